"""A plan as Markdown for a pull request: counts first, steps above the details, everything escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from emailops.plan import OBSERVATION, Action, Change, Control, Plan
from emailops.render import plan as words

_PLAIN_URL = re.compile(r"https://[A-Za-z0-9./_?=&%-]+")


def text(plan: Plan, next_: str) -> str:
    """The whole plan; `next_` is the command or act that follows."""
    return "\n".join(_lines(plan, next_)) + "\n"


def code(content: str) -> str:
    """An inline code span that nothing in `content` can end."""
    content = words.one_line(content)
    fence = "`" * (_longest_run(content) + 1)
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{fence}{pad}{content}{pad}{fence}" if content else ""


def cell(content: str) -> str:
    """A code span inside a table, where even code cannot hold a bare pipe."""
    return code(content.replace("|", "\\|"))


def prose(content: str) -> str:
    """Words in which no Markdown, HTML or mention comes alive."""
    escaped = html.escape(words.one_line(content), quote=False)
    return re.sub(r"([\\`*_{}\[\]()#+!|~>])", r"\\\1", escaped).replace("@", "@&#8203;")


def fenced(lines: Iterable[str], language: str, indent: str) -> Iterator[str]:
    """A block of code that none of its lines can end."""
    shown = [words.one_line(line) for line in lines]
    fence = "`" * max(3, 1 + max(map(_longest_run, shown), default=0))
    yield f"{indent}{fence}{language}"
    yield from (f"{indent}{line}".rstrip() for line in shown)
    yield f"{indent}{fence}"


def _longest_run(content: str) -> int:
    return max((len(run) for run in re.findall(r"`+", content)), default=0)


def _lines(plan: Plan, next_: str) -> Iterator[str]:
    yield f"### {prose(words.head(plan))}"
    yield ""
    yield f"**{prose(words.counts(plan))}**"
    if plan.review_only:
        yield ""
        yield f"For review only: {_why_review_only(plan)}."
    yield from _steps(plan)
    yield from _settings(plan)
    yield from _changes(plan)
    if plan.unknown:
        yield from ("", "#### Not known", "")
        yield from (f"- {prose(reason)}" for reason in plan.unknown)
    if plan.ignored:
        yield from ("", f"{words.hidden_count(plan)}:", "")
        yield from (f"- {prose(line)}" for line in words.hidden(plan))
    for one in plan.undeclared:
        names = f": {', '.join(one.names)}" if one.names else ""
        yield from ("", f"Beside, and left alone: {one.count} {prose(one.kind)} not declared here{prose(names)}")
    yield ""
    yield f"change {code(plan.change)}"
    yield ""
    yield f"next: {prose(next_)}"


def _why_review_only(plan: Plan) -> str:
    if plan.observed_from == OBSERVATION:
        return f"it rests on what was observed, as of {words.freshness(plan)}"
    return "something that apply would change could not be read"


def _steps(plan: Plan) -> Iterator[str]:
    if plan.steps:
        yield from ("", "#### For a person", "")
    for change in plan.steps:
        step = change.step
        if step is None:
            continue
        yield f"- [ ] {code(str(change.resource))} {prose(step.when)}: {prose(step.why)}"
        yield f"  - open {f'<{step.open}>' if _PLAIN_URL.fullmatch(step.open) else code(step.open)}"
        if change.control is Control.verified and change.fields:
            yield "  - there, beside what was reviewed"
            yield from fenced(_differences(change), "diff", "    ")
        for entry, note in step.enter:
            if "\n" in entry:
                yield f"  - {prose(note)}"
                yield from fenced(entry.split("\n"), "text", "    ")
            else:
                yield f"  - {code(entry)} {prose(note)}".rstrip()
        yield f"  - then {code(step.then)}"


def _differences(change: Change) -> Iterator[str]:
    """With each sign at the start of its line, where a diff is coloured."""
    return (line.removeprefix("  ") for field in change.fields for line in words.reviewed(field))


def _settings(plan: Plan) -> Iterator[str]:
    if plan.base.kind == "unknown" and not plan.only:
        yield from ("", "#### Settings", "", f"Not known: {prose(plan.base.ref)}.")
    groups = words.group_settings(plan)
    if not groups:
        return
    yield from ("", "#### Settings", "", "| setting | stages | difference | read by |", "| --- | --- | --- | --- |")
    for settings, stages, consumers, diff in groups:
        cells = [
            "<br>".join(cell(one) for one in settings),
            prose(", ".join(stages)),
            "<br>".join(cell(f"{sign} {entry}") for sign, entry in diff),
            prose(", ".join(consumers)),
        ]
        yield f"| {' | '.join(cells)} |"


def _changes(plan: Plan) -> Iterator[str]:
    changes = [one for one in plan.changes if one.action not in (Action.person, Action.unknown)]
    if changes:
        yield from ("", "#### Changes", "", "| scope | | resource | what |", "| --- | --- | --- | --- |")
    said: tuple[str, ...] = ()
    for change in changes:
        fields = [f"{one.name}: {words.value(one.before)} -> {words.value(one.after)}" for one in change.fields]
        notes = [change.reason.value, *words.fresh(change.notes, said)]
        said = change.notes
        what = "<br>".join([*map(prose, notes), *map(cell, fields if change.action is not Action.create else [])])
        cells = (prose(change.scope), f"{change.action.value} {change.action.name}", cell(str(change.resource)), what)
        yield f"| {' | '.join(cells)} |"
