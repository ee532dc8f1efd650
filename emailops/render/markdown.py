"""A plan as Markdown for one comment on a pull request: counts first, what needs care above the fold, all escaped.

https://github.github.com/gfm/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from emailops.plan import Action, Change, Control, Plan
from emailops.render import plan as words

MARKER = "<!-- emailops plan -->"
"""The first line, by which the one comment is found again."""
LONGEST = 60_000
"""Characters; a comment on GitHub holds 65,536."""
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9./_:?=&%-]+")
_PROVIDERS_PAGE = re.compile(
    r"(https://(?:us[0-9]{1,3}\.admin\.mailchimp\.com|www\.notifications\.service\.gov\.uk)/[A-Za-z0-9./_?=&%-]*)"
)
_ALIVE = re.compile(r"@|#|\bwww(?=\.)|:(?=//)|\bGH-(?=[0-9])", re.IGNORECASE)
_NOTHING = "&#8203;"
"""A space of no width."""
_UNFOLD = ("  <details><summary>what to do</summary>", "")
_FOLD = ("", "  </details>")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the comment: whole rows are left out from its end when there is no room for all of them."""

    opening: tuple[str, ...]
    rows: tuple[str, ...]
    closing: tuple[str, ...] = ()


def text(plan: Plan, next_: str, link: str = "") -> str:
    """The plan; `next_` is the command or act that follows, `link` leads to the whole where it has to be cut."""
    top = "\n".join(_top(plan))
    end = "\n".join(["", f"change {code(plan.change)}", "", f"next: {prose(next_)}", ""])
    room = LONGEST - len(top) - len(end) - len(_cut(10**6, link)) - 2
    shown, left_out = [top], 0
    for part in (one(plan) for one in (_delicate, _steps, _unknown, _hidden, _settings, _changes, _beside)):
        lines, missing = _fitting(part, room)
        room -= sum(len(line) + 1 for line in lines)
        left_out += missing
        shown += lines
    return "\n".join([*shown, *([_cut(left_out, link)] if left_out else []), end])


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
    """Words in which no Markdown, HTML, mention, reference or link comes alive, but for links to providers' pages."""
    parts = _PROVIDERS_PAGE.split(words.one_line(content))
    return "".join(f"<{part}>" if index % 2 else _still(part) for index, part in enumerate(parts))


def _still(content: str) -> str:
    escaped = re.sub(r"([\\`*_{}\[\]()+!|~>])", r"\\\1", html.escape(content, quote=False))
    return _ALIVE.sub(rf"\g<0>{_NOTHING}", escaped)


def fenced(lines: Iterable[str], language: str, indent: str) -> Iterator[str]:
    """A block of code that none of its lines can end."""
    shown = [words.one_line(line) for line in lines]
    fence = "`" * max(3, 1 + max(map(_longest_run, shown), default=0))
    yield f"{indent}{fence}{language}"
    yield from (f"{indent}{line}".rstrip() for line in shown)
    yield f"{indent}{fence}"


def _longest_run(content: str) -> int:
    return max((len(run) for run in re.findall(r"`+", content)), default=0)


def _cut(left_out: int, link: str) -> str:
    whole = f"the whole plan: <{link}>" if _PLAIN_URL.fullmatch(link) else "the whole plan is in the build"
    return f"\n**{left_out} rows did not fit here**; {whole}"


def _fitting(part: Part, room: int) -> tuple[list[str], int]:
    """The lines of a part for which there is room, and how many of its rows are left out."""
    if not part.rows:
        return [], 0
    room -= sum(len(line) + 1 for line in (*part.opening, *part.closing))
    rows: list[str] = []
    for row in part.rows:
        room -= len(row) + 1
        if room < 0:
            break
        rows.append(row)
    missing = len(part.rows) - len(rows)
    return ([*part.opening, *rows, *part.closing] if rows else []), missing


def _top(plan: Plan) -> Iterator[str]:
    yield MARKER
    yield f"### {prose(words.head(plan))}"
    yield ""
    yield f"**{prose(words.counts(plan))}**"
    if plan.review_only:
        yield ""
        yield f"For review only: {prose(words.why_review_only(plan))}."


def _delicate(plan: Plan) -> Part:
    rows = [
        f"- {prose(one.scope)}: {prose(f'{one.action.value} {one.action.name}')} {code(str(one.resource))}, "
        f"{prose(one.reason.value)}"
        for one in words.delicate(plan)
    ]
    return Part(("", "#### Touches production", ""), tuple(rows))


def _steps(plan: Plan) -> Part:
    steps = ["\n".join(_step(changes[0]) if len(changes) == 1 else _page(changes)) for changes in words.pages(plan)]
    taken = [f"- [x] {code(str(one.resource))} attested by {prose(one.by)} on {prose(one.on)}" for one in plan.taken]
    return Part(("", "#### For a person", ""), (*steps, *taken))


def _step(change: Change) -> Iterator[str]:
    step = change.step
    if step is None:
        return
    yield f"- [ ] {code(str(change.resource))} {prose(step.when)}: {prose(step.why)}"
    yield from _UNFOLD
    yield f"  - open {_address(step.open)}"
    if change.control is Control.verified and change.fields:
        yield "  - there, beside what was reviewed"
        yield from fenced(_differences(change), "diff", "    ")
    for entry, note in step.enter:
        if "\n" in entry:
            yield f"  - {prose(note)}"
            yield from fenced(entry.split("\n"), "text", "    ")
        else:
            yield f"  - {code(entry)} {prose(note)}".rstrip()
    command, rest = words.command_and_words(step.then)
    yield f"  - then {code(command)}{prose(rest)}"
    yield from _FOLD


def _page(changes: Sequence[Change]) -> Iterator[str]:
    """Steps that one look at one page settles."""
    step = changes[0].step
    if step is None:
        return
    count = f"{len(changes)} {changes[0].resource.kind} on one page"
    yield f"- [ ] {prose(count)}, {prose(step.when)}: {prose(step.why)}"
    yield from _UNFOLD
    yield f"  - open {_address(step.open)}"
    for change in changes:
        entered = change.step.enter if change.step else ()
        values = ", ".join(f"{code(entry)} {prose(note)}".rstrip() for entry, note in entered)
        yield f"  - {code(change.resource.name)}: {values}"
    yield f"  - then {code(words.attest_command(changes))}"
    yield from _FOLD


def _address(url: str) -> str:
    return f"<{url}>" if _PLAIN_URL.fullmatch(url) else code(url)


def _differences(change: Change) -> Iterator[str]:
    """With each sign at the start of its line, where a diff is coloured."""
    return (line.removeprefix("  ") for field in change.fields for line in words.reviewed(field))


def _unknown(plan: Plan) -> Part:
    reasons = list(plan.unknown)
    if plan.settings_unknown:
        reasons.append(f"settings: {plan.settings_unknown}")
    return Part(("", "#### Not known", ""), tuple(f"- {prose(reason)}" for reason in reasons))


def _hidden(plan: Plan) -> Part:
    rows = tuple(f"- {prose(line)}" for line in words.hidden(plan))
    return Part(("", f"{words.hidden_count(plan)}:", ""), rows)


def _settings(plan: Plan) -> Part:
    rows = []
    for settings, stages, consumers, diff in words.group_settings(plan):
        cells = [
            "<br>".join(cell(one) for one in settings),
            prose(", ".join(stages)),
            "<br>".join(cell(f"{sign} {entry}") for sign, entry in diff),
            prose(", ".join(consumers)),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    heads = "| setting | stages | difference | read by |"
    return _folded(f"Settings: {words.counted(len(rows), 'difference')}", heads, rows)


def _changes(plan: Plan) -> Part:
    rows = []
    said: tuple[str, ...] = ()
    for change in words.at_providers(plan):
        fields = [f"{one.name}: {words.value(one.before)} -> {words.value(one.after)}" for one in change.fields]
        notes = [change.reason.value, *words.fresh(change.notes, said)]
        said = change.notes
        what = "<br>".join([*map(prose, notes), *map(cell, fields if change.action is not Action.create else [])])
        cells = (prose(change.scope), f"{change.action.value} {change.action.name}", cell(str(change.resource)), what)
        rows.append(f"| {' | '.join(cells)} |")
    return _folded(f"At the providers: {words.counted(len(rows), 'change')}", "| scope | | resource | what |", rows)


def _folded(summary: str, heads: str, rows: list[str]) -> Part:
    columns = "| --- " * (heads.count("|") - 1) + "|"
    opening = ("", f"<details><summary>{html.escape(summary)}</summary>", "", heads, columns)
    return Part(opening, tuple(rows), ("", "</details>"))


def _beside(plan: Plan) -> Part:
    rows = []
    for one in plan.undeclared:
        names = f": {', '.join(one.names)}" if one.names else ""
        rows.append(f"- {one.count} {prose(one.kind)} not declared here{prose(names)}")
    return Part(("", "Beside, and left alone:", ""), tuple(rows))
