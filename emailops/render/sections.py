"""What a plan shows, once for every format: a title, sections of rows in one order, and how it ends.

A section is added in `_SECTIONS`. A writer (text, markdown, html) knows rows and details, never what they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from emailops.plan import Action, Change, Difference, Origin, Plan
from emailops.render import declared, phrases, steps
from emailops.render.rows import Code, Detail, Diff, Mark, Note, Row, Section
from emailops.render.word_difference import has_lines, signed_lines
from emailops.render.words import value
from emailops.resource import PRODUCTION, SHARED


@dataclass(frozen=True, slots=True)
class Document:
    """A plan, ready to be written. `caution` says why it cannot be applied, `next` which command or act follows.

    `is_change` says that it has something of its own beside what was open before.
    """

    title: str
    counts: str
    caution: str
    sections: tuple[Section, ...]
    change: str
    digest: str
    next: str
    is_change: bool


def document(plan: Plan, next_: str) -> Document:
    """The plan as every format shows it; sections without a row are left out."""
    caution = f"For review only: {phrases.why_review_only(plan)}." if plan.review_only else ""
    sections = (section for source in _SECTIONS for section in source(plan) if section.rows)
    return Document(
        phrases.head(plan),
        phrases.counts(plan),
        caution,
        tuple(sections),
        plan.change,
        plan.digest,
        next_,
        _is_change(plan),
    )


def ignored(plan: Plan) -> Iterator[Section]:
    """What entries of `ignore` hide, a row a difference."""
    rows = tuple(Row(Mark("", "faint"), words=line) for line in phrases.hidden(plan))
    yield Section(phrases.hidden_count(plan), rows)


def _production(plan: Plan) -> Iterator[Section]:
    """Everything of this change that may be felt in production, a line each."""
    changes = [change for change in _ours(plan) if change.is_managed and change.scope in (PRODUCTION, SHARED)]
    rows = [Row(_mark(change), (str(change.resource),), change.scope) for change in changes]
    groups = [group for group in declared.groups(plan.declared) if group.reaches_production]
    rows += [Row(group.mark, group.names, declared.reach(group)) for group in groups]
    yield Section("touches production", tuple(rows))


def _declared(plan: Plan) -> Iterator[Section]:
    if plan.settings_unknown:
        way = Note("", (Code("emailops plan --base REF"), " compares with the state of a commit"))
        row = Row(Mark("?", "unknown"), (), f"not known: {plan.settings_unknown}", (way,))
        yield Section("declared changes", (row,))
    yield from declared.sections(plan.declared)


def _providers(plan: Plan) -> Iterator[Section]:
    """A section a scope."""
    changes = _at_providers(_ours(plan))
    for scope in dict.fromkeys(change.scope for change in changes):
        yield Section(f"at the providers: {scope}", _changes(change for change in changes if change.scope == scope))


def _people(plan: Plan) -> Iterator[Section]:
    yield Section("for a person", steps.rows([change for change in _ours(plan) if change.action is Action.person]))


def _before(plan: Plan) -> Iterator[Section]:
    """What the base's own plan has, too: no work of this change, and never above it."""
    before = [change for change in plan.changes if change.origin is Origin.before]
    people = steps.rows([change for change in before if change.action is Action.person])
    rows = (*_changes(_at_providers(before)), *people)
    yield Section("open before this change" if _is_change(plan) else "open", rows, folded=True)


def _is_change(plan: Plan) -> bool:
    """Whether there is something of this change, beside what was open before it."""
    return bool(plan.declared or _ours(plan))


def _ours(plan: Plan) -> list[Change]:
    """What this change causes; without a base that could tell, everything."""
    return [change for change in plan.changes if change.origin is not Origin.before]


def _at_providers(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.action not in (Action.person, Action.unknown)]


def _changes(changes: Iterable[Change]) -> tuple[Row, ...]:
    """A row a change; a note that the row above said already is not said again."""
    rows: list[Row] = []
    said: tuple[str, ...] = ()
    for change in changes:
        rows.append(_change(change, said))
        said = change.notes
    return tuple(rows)


def _change(change: Change, said: tuple[str, ...]) -> Row:
    fields = () if change.action is Action.create else change.fields
    lines = tuple(line for field in fields for line in _field(field))
    notes = (Note("", (note,), is_faint=True) for note in phrases.fresh(change.notes, said))
    details: tuple[Detail, ...] = (*([Diff(lines)] if lines else []), *notes)
    return Row(_mark(change), (str(change.resource),), change.reason.value, details)


def _field(field: Difference) -> Iterator[tuple[str, str]]:
    if has_lines(field.before, field.after):
        yield "", field.name
        yield from signed_lines(field.before, field.after)
    else:
        yield "", f"{field.name}  {value(field.after)}   (was {value(field.before)})"


def _taken(plan: Plan) -> Iterator[Section]:
    rows = (Row(Mark("✓", ""), (str(taken.resource),), f"attested by {taken.by} on {taken.on}") for taken in plan.taken)
    yield Section("taken since the base", tuple(rows))


def _rotations(plan: Plan) -> Iterator[Section]:
    rows = (Row(Mark("!", "person"), (name,), told) for name, told in plan.rotations)
    yield Section("keys that are being replaced", tuple(rows))


def _unknown(plan: Plan) -> Iterator[Section]:
    yield Section("not known", tuple(Row(Mark("?", "unknown"), words=reason) for reason in plan.unknown))


def _beside(plan: Plan) -> Iterator[Section]:
    rows = []
    for undeclared in plan.undeclared:
        names = f": {', '.join(undeclared.names)}" if undeclared.names else ""
        words = f"{undeclared.count} {undeclared.kind} not declared here{names}"
        rows.append(Row(Mark("", "faint"), words=words))
    yield Section("also there, and left alone", tuple(rows))


def _mark(change: Change) -> Mark:
    return Mark(change.action.value, change.action.name, change.action.name)


_SECTIONS: tuple[Callable[[Plan], Iterator[Section]], ...] = (
    _production,
    _declared,
    _providers,
    _people,
    _before,
    _rotations,
    _taken,
    _unknown,
    ignored,
    _beside,
)
"""In the order in which every format shows them."""
