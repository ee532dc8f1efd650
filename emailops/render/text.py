"""A plan as text: settings, changes by scope, steps for people, what is not known, counts, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.plan import Action, Change, Control, Plan, short
from emailops.render import plan as words
from emailops.render.console import Line

_SIGN_STYLES = {"+": "create", "-": "removed", "~": "update"}


def text(plan: Plan, next_: str) -> list[Line]:
    """The whole plan; `next_` is the command or act that follows. No value of it can break out of its line."""
    lines: list[Line] = [("heading", words.head(plan)), ("", "")]
    sections = (_settings, _changes, _steps, _taken, _unknown, ignored, _beside)
    for section in (one(plan) for one in sections):
        lines += section
    lines += [("", words.counts(plan)), ("heading", f"change {short(plan.change)}      next: {next_}")]
    return [(style, words.one_line(line)) for style, line in lines]


def ignored(plan: Plan) -> Iterator[Line]:
    """What is hidden, under its number."""
    if plan.ignored:
        yield "faint", f"{words.hidden_count(plan)}:"
        yield from (("faint", f"  {line}") for line in words.hidden(plan))
        yield "", ""


def _settings(plan: Plan) -> Iterator[Line]:
    if plan.settings_unknown:
        yield "heading", "settings"
        yield "unknown", f"  ? not known: {plan.settings_unknown}"
        yield "", "      emailops plan --base REF compares with the state of a commit"
        yield "", ""
    groups = words.group_settings(plan)
    if not groups:
        return
    yield "heading", "settings"
    for settings, stages, consumers, diff in groups:
        yield "update", f"  ~ {', '.join(settings)}      {', '.join(stages)}"
        for sign, entry in diff:
            yield _SIGN_STYLES[sign], f"      {sign} {entry}"
        yield "faint", f"      read by  {'  '.join(consumers)}"
    yield "", ""


def _changes(plan: Plan) -> Iterator[Line]:
    scope: str | None = None
    said: tuple[str, ...] = ()
    for change in words.at_providers(plan):
        if change.scope != scope:
            scope, said = change.scope, ()
            yield "heading", scope
        yield from _change(change, said)
        said = change.notes
    if scope is not None:
        yield "", ""


def _change(change: Change, said: tuple[str, ...]) -> Iterator[Line]:
    yield change.action.name, f"  {change.action.value} {change.resource}      {change.reason.value}"
    for field in change.fields:
        if change.action is not Action.create:
            yield "", f"      {field.name}  {words.value(field.after)}   (was {words.value(field.before)})"
    for note in words.fresh(change.notes, said):
        yield "faint", f"      {words.one_line(note)}"


def _steps(plan: Plan) -> Iterator[Line]:
    if not plan.steps:
        return
    yield "heading", "for a person"
    for changes in words.pages(plan):
        yield from _one_step(changes[0]) if len(changes) == 1 else _one_page(changes)
    yield "", ""


def _one_page(changes: list[Change]) -> Iterator[Line]:
    step = changes[0].step
    if step is None:
        return
    yield "person", f"  ! {changes[0].resource.kind}      {len(changes)} on one page, {step.when}"
    yield "", f"      why    {words.one_line(step.why)}"
    yield "", f"      open   {step.open}"
    rows = [
        (change.resource.name, words.one_line(entry), words.one_line(note))
        for change in changes
        if change.step
        for entry, note in change.step.enter
    ]
    width = max(len(name) for name, _, _ in rows)
    entry_width = min(60, max(len(entry) for _, entry, _ in rows))
    said = ""
    for number, (name, entry, note) in enumerate(rows):
        label = "enter" if number == 0 else "     "
        shown = name if name != said else ""
        said = name
        yield "", f"      {label}  {shown:<{width}}   {entry:<{entry_width}}   {note}".rstrip()
    yield "", f"      then   {words.attest_command(changes)}"


def _one_step(change: Change) -> Iterator[Line]:
    step = change.step
    if step is None:
        return
    yield "person", f"  ! {change.resource}      {step.when}"
    yield "", f"      why    {words.one_line(step.why)}"
    if change.control is Control.verified:
        for field in change.fields:
            yield from (("", f"             {line}") for line in words.reviewed(field))
    yield "", f"      open   {step.open}"
    width = min(60, max((len(words.one_line(entry)) for entry, _ in step.enter), default=0))
    for number, (entry, note) in enumerate(step.enter, 1):
        label = f"      {'enter' if number == 1 else '     '}  {number}  "
        if "\n" in entry:
            yield "", f"{label}{words.one_line(note)}:"
            yield from (("", f"                | {line}".rstrip()) for line in entry.split("\n"))
        else:
            yield "", f"{label}{words.one_line(entry):<{width}}   {words.one_line(note)}".rstrip()
    yield "", f"      then   {words.one_line(step.then)}"


def _taken(plan: Plan) -> Iterator[Line]:
    if not plan.taken:
        return
    yield "heading", "taken since the base"
    for one in plan.taken:
        yield "", f"  ✓ {one.resource}      attested by {one.by} on {one.on}"
    yield "", ""


def _unknown(plan: Plan) -> Iterator[Line]:
    if not plan.unknown:
        return
    yield "heading", "not known"
    for reason in plan.unknown:
        yield "unknown", f"  ? {words.one_line(reason)}"
    yield "", ""


def _beside(plan: Plan) -> Iterator[Line]:
    for one in plan.undeclared:
        names = f": {', '.join(map(words.one_line, one.names))}" if one.names else ""
        yield "faint", f"beside, and left alone: {one.count} {one.kind} not declared here{names}"
    if plan.undeclared:
        yield "", ""
