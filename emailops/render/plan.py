"""The words of a plan that its text, its comment and its page share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from emailops.declaration.ids import PENDING, is_pending
from emailops.declaration.model import PRODUCTION
from emailops.plan import (
    OBSERVATION,
    SHARED,
    Action,
    Change,
    Control,
    Difference,
    Plan,
    SettingChange,
)
from emailops.render.words import changed

_COMMAND = re.compile(r"(emailops [a-z-]+(?: [a-z-]+/[^\s,]+| --[a-z-]+)*)?(.*)", re.DOTALL)


def head(plan: Plan) -> str:
    """Whose plan, against what, and how fresh."""
    base = {
        "commit": f"settings against {plan.base.ref[:12]}",
        "merge-base": "your changes since main",
        "snapshot": f"settings against the apply of {plan.base.ref}",
        "unknown": "settings unknown",
        "none": "",
    }[plan.base.kind]
    part = ", ".join(plan.scopes) if len(plan.scopes) == 1 else ""
    only = f"only {plan.only}" if plan.only else ""
    was_asked = plan.requests or plan.observed_from == OBSERVATION
    seen = f"providers as of {freshness(plan)}" if was_asked else "no provider was asked"
    return " · ".join(filter(None, [plan.service, part, only, base, seen]))


def freshness(plan: Plan) -> str:
    """How old what it rests on is: with its day, since a comment and a page are read for days."""
    return moment(plan.observed_at) + (", as observed" if plan.observed_from == OBSERVATION else "")


def moment(iso: str) -> str:
    """`2026-11-24T06:00:00Z` as a person writes it."""
    return f"{iso[:10]} {iso[11:16]} UTC"


def counts(plan: Plan) -> str:
    """One line of numbers, the ones that are zero left out where they say nothing."""
    words = [
        ("create", "to create"),
        ("update", "to update"),
        ("adopt", "to adopt"),
        ("release", "to release"),
        ("consumers", "consumers to update" if plan.counts.get("consumers") != 1 else "consumer to update"),
        ("person", "for a person"),
    ]
    parts = [f"{plan.counts[key]} {word}" for key, word in words if plan.counts.get(key)]
    facts = ", ".join(f"{plan.counts.get(key, 0)} {key}" for key in ("verified", "attested", "unknown"))
    requests = [] if plan.observed_from == OBSERVATION else [counted(plan.requests, "request")]
    nothing = "nothing known to change" if plan.unknown else "no changes"
    return " · ".join([*(parts or [nothing]), facts, *requests])


def why_review_only(plan: Plan) -> str:
    """Why apply would refuse the plan."""
    if plan.observed_from == OBSERVATION:
        return f"it rests on what was observed at {moment(plan.observed_at)}"
    return "; ".join(plan.unknown) or "something that apply would change could not be read"


def delicate(plan: Plan) -> list[Change]:
    """The managed changes that may reach production: its own, and those of what several stages share."""
    return [change for change in plan.managed if change.scope in (PRODUCTION, SHARED)]


def at_providers(plan: Plan) -> list[Change]:
    """What is not for a person."""
    return [change for change in plan.changes if change.action not in (Action.person, Action.unknown)]


def pages(plan: Plan) -> list[list[Change]]:
    """The steps for people; those that one look at one page settles stand together."""
    found: dict[tuple[object, ...], list[Change]] = {}
    for change in plan.steps:
        found.setdefault(_page(change), []).append(change)
    return list(found.values())


def attest_command(changes: Iterable[Change]) -> str:
    """What records several steps that were taken."""
    return f"emailops attest {' '.join(str(change.resource) for change in changes)}"


def command_and_words(then: str) -> tuple[str, str]:
    """The command with which what follows a step begins, if it does, and the rest."""
    found = _COMMAND.fullmatch(then)
    return (found[1] or "", found[2]) if found else ("", then)


def group_settings(plan: Plan) -> list[tuple[list[str], list[str], list[str], tuple[tuple[str, str], ...]]]:
    """Setting changes that say the same, together: (settings, stages, consumers, difference)."""
    by_setting: dict[tuple[str, str], dict[tuple[tuple[str, str], ...], list[str]]] = {}
    for one in plan.settings:
        by_setting.setdefault((one.consumer, one.setting), {}).setdefault(difference(one), []).append(one.stage)
    groups: dict[tuple[Any, ...], tuple[list[str], list[str]]] = {}
    for (consumer, setting), by_difference in by_setting.items():
        for diff, stages in by_difference.items():
            settings, consumers = groups.setdefault((diff, tuple(stages)), ([], []))
            if setting not in settings:
                settings.append(setting)
            if consumer not in consumers:
                consumers.append(consumer)
    return [(settings, list(stages), consumers, diff) for (diff, stages), (settings, consumers) in groups.items()]


def difference(change: SettingChange) -> tuple[tuple[str, str], ...]:
    """What changes inside a setting, as (sign, words): only the entries of a mapping that differ."""
    return tuple(_difference(change.before, change.after, ""))


def value(content: Any) -> str:
    """A value on one line."""
    if content is None:
        return "nothing"
    if is_pending(content):
        return f"waits for apply: {content[PENDING]}"
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, str):
        return one_line(content) or "an empty text"
    if isinstance(content, list):
        return ", ".join(value(one) for one in content) or "an empty list"
    if isinstance(content, dict):
        return ", ".join(f"{key}: {value(inner)}" for key, inner in content.items()) or "an empty mapping"
    return str(content)


def counted(number: int, thing: str) -> str:
    """`1 request`, `2 requests`."""
    return f"{number} {thing}{'s' * (number != 1)}"


def one_line(content: str) -> str:
    """Text that cannot break out of its line."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in content)


def reviewed(field: Difference) -> Iterator[str]:
    """What a verified field holds beside what was reviewed; of a text, the words that differ."""
    if not isinstance(field.before, str) or "\n" not in f"{field.before}{field.after}":
        yield f"{field.name}  {value(field.before)} there, {value(field.after)} reviewed"
        return
    yield field.name
    yield from (f"  {one_line(line)}" for line in changed(str(field.after), field.before))


def _difference(before: Any, after: Any, path: str) -> Iterator[tuple[str, str]]:
    is_mapping = [isinstance(one, dict) and not is_pending(one) for one in (before, after)]
    if all(is_mapping) or (before is None and is_mapping[1] and after) or (after is None and is_mapping[0] and before):
        was: Mapping[str, Any] = before or {}
        is_: Mapping[str, Any] = after or {}
        for key in [*was, *(key for key in is_ if key not in was)]:
            if key not in is_ or key not in was or was[key] != is_[key]:
                yield from _difference(was.get(key), is_.get(key), f"{path} / {key}" if path else str(key))
        return
    name = f"{path} -> " if path else ""
    if before is None:
        yield "+", f"{name}{value(after)}"
    elif after is None:
        yield "-", f"{name}{value(before)}"
    else:
        yield "~", f"{name}{value(after)}   (was {value(before)})"


def fresh(notes: tuple[str, ...], said: tuple[str, ...]) -> list[str]:
    """The notes that the change before did not say already."""
    new = [note for note in notes if note not in said]
    return new if len(new) == len(notes) else [*new, "the rest as above"]


def _page(change: Change) -> tuple[object, ...]:
    """What steps have in common that one look at one page settles."""
    step = change.step
    if step is None or change.control is not Control.attested:
        return (change.resource, change.control)
    return (change.resource.kind, step.when, step.why, step.open)


def hidden(plan: Plan) -> list[str]:
    """What entries of `ignore` hide, a line a difference."""
    return [
        f"{one.resource}  {one.field.name}  {value(one.field.before)} there, {value(one.field.after)} declared"
        f" (until {one.until}: {one.why})"
        for one in plan.ignored
    ]


def hidden_count(plan: Plan) -> str:
    return f"{counted(len(plan.ignored), 'difference')} hidden by ignore"
