"""What is said of a plan in a line: whose it is, how fresh, its numbers, and settings that say the same together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emailops.declaration.settings import is_pending
from emailops.plan import OBSERVATION, PRODUCTION, SHARED, Change, DeclaredChange, Plan
from emailops.render.words import counted, moment, value

Differing = tuple[tuple[str, str], ...]
"""What changes inside a setting, as (sign, words)."""


class SettingGroup(NamedTuple):
    """Settings that change in the same way, at the same stages."""

    settings: list[str]
    stages: list[str]
    consumers: list[str]
    difference: Differing


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
    parts = [f"{plan.counts[count]} {word}" for count, word in words if plan.counts.get(count)]
    facts = ", ".join(f"{plan.counts.get(fact, 0)} {fact}" for fact in ("verified", "attested", "unknown"))
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


def fresh(notes: tuple[str, ...], said: tuple[str, ...]) -> list[str]:
    """The notes that the change before did not say already."""
    new = [note for note in notes if note not in said]
    return new if len(new) == len(notes) else [*new, "the rest as above"]


def hidden(plan: Plan) -> list[str]:
    """What entries of `ignore` hide, a line a difference."""
    return [
        f"{hides.resource}  {hides.field.name}  {value(hides.field.before)} there, {value(hides.field.after)} declared"
        f" (until {hides.until}: {hides.why})"
        for hides in plan.ignored
    ]


def hidden_count(plan: Plan) -> str:
    """How many differences entries of `ignore` hide."""
    return f"{counted(len(plan.ignored), 'difference')} hidden by ignore"


def setting_groups(plan: Plan) -> list[SettingGroup]:
    """The settings that change, those that change alike together."""
    by_setting: dict[tuple[str, str], dict[Differing, list[str]]] = {}
    for change in plan.settings:
        stages = by_setting.setdefault((change.subject, change.name), {}).setdefault(difference(change), [])
        stages.append(change.stage)
    groups: dict[tuple[Any, ...], SettingGroup] = {}
    for (consumer, setting), by_difference in by_setting.items():
        for lines, stages in by_difference.items():
            group = groups.setdefault((lines, tuple(stages)), SettingGroup([], stages, [], lines))
            if setting not in group.settings:
                group.settings.append(setting)
            if consumer not in group.consumers:
                group.consumers.append(consumer)
    return list(groups.values())


def difference(change: DeclaredChange) -> Differing:
    """What changes inside a setting: only the entries of a mapping that differ."""
    return tuple(_difference(change.before, change.after, ""))


def _difference(before: Any, after: Any, path: str) -> Iterator[tuple[str, str]]:
    is_mapping = [isinstance(content, dict) and not is_pending(content) for content in (before, after)]
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
