"""What is declared otherwise than in the base, as rows: facts that change alike stand together, and whom they reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from emailops.declaration.ids import PENDING, is_pending
from emailops.plan import DeclaredChange, Sort, Thing
from emailops.render.rows import Detail, Diff, Mark, Note, Row, Section
from emailops.render.word_difference import has_lines, signed_lines
from emailops.render.words import counted, value

Lines = tuple[tuple[str, str], ...]
"""What changes inside a fact, as (sign, words)."""

_MOST_PLACES = 3
_WAITS = "waits for apply"
_READ = (Sort.setting, Sort.secret, Sort.use)
"""What consumers and mailings find at a stage: who finds the same stands together."""


class Group(NamedTuple):
    """Facts of one sort that change alike: the names they bear, the stages, and the consumers or things they are of."""

    sort: Sort
    names: tuple[str, ...]
    stages: tuple[str, ...]
    subjects: tuple[str, ...]
    lines: Lines
    mark: Mark
    unsafe: tuple[str, ...]
    reaches_production: bool
    at: tuple[str, ...]


def sections(changes: Iterable[DeclaredChange]) -> Iterator[Section]:
    """A section a sort, in the order of the sorts."""
    found = groups(changes)
    for sort in dict.fromkeys(group.sort for group in found):
        yield Section(sort.value, tuple(row(group) for group in found if group.sort is sort))


def groups(changes: Iterable[DeclaredChange]) -> list[Group]:
    """What a reader takes in at one look: a value that consumers read otherwise, or all that is edited of one thing."""
    every = list(changes)
    read = [change for change in every if change.sort in _READ]
    others: dict[tuple[Sort, str], list[DeclaredChange]] = {}
    for change in every:
        if change.sort not in _READ:
            others.setdefault((change.sort, change.subject or change.name), []).append(change)
    return [*_alike(read), *(_thing(edited) for edited in others.values())]


def row(group: Group) -> Row:
    """What changes, then whom it reaches."""
    notes: list[Detail] = [Note("look twice", (reason,)) for reason in group.unsafe]
    if group.sort in (Sort.setting, Sort.use):
        reader = "read by" if group.sort is Sort.setting else "used by"
        notes.append(Note(reader, (", ".join(group.subjects),), is_faint=True))
        return Row(group.mark, group.names, ", ".join(group.stages), (Diff(group.lines), *notes), group.at)
    if group.sort is Sort.secret:
        act = "take back" if group.mark.symbol == "-" else "hand over"
        notes.append(Note(act, (f"{', '.join(group.names)} of {', '.join(group.subjects)}",)))
        return Row(group.mark, group.names, ", ".join(group.stages), (Diff(group.lines), *notes), group.at)
    return Row(group.mark, group.names, "", (Diff(group.lines), *notes), group.at)


def reach(group: Group) -> str:
    """Whom a change of production concerns, in a few words."""
    if group.sort is Sort.setting:
        return f"read by {counted(len(group.subjects), 'consumer')}"
    if group.sort is Sort.use:
        return f"used by {counted(len(group.subjects), 'mailing')}"
    if group.sort is Sort.secret:
        return f"held by {counted(len(group.subjects), 'consumer')}"
    return group.sort.name


def difference(change: DeclaredChange) -> Lines:
    """What changes inside a fact: only the entries of a mapping or a list that differ, and the words of a text."""
    return tuple(_difference(change.before, change.after, ""))


def _alike(changes: list[DeclaredChange]) -> Iterator[Group]:
    """Settings and keys: those that change in the same way at the same stages are one group."""
    by_name: dict[tuple[Sort, str, str], dict[Lines, list[DeclaredChange]]] = {}
    for change in changes:
        by_lines = by_name.setdefault((change.sort, change.subject, change.name), {})
        by_lines.setdefault(difference(change), []).append(change)
    alike: dict[tuple[Sort, Lines, tuple[str, ...]], list[DeclaredChange]] = {}
    for (sort, _, _), found in by_name.items():
        for lines, same in (_by_stage(found) if sort is Sort.secret else found).items():
            alike.setdefault((sort, lines, tuple(change.stage for change in same)), []).extend(same)
    for (sort, lines, stages), same in alike.items():
        names, subjects, unsafe = (
            tuple(dict.fromkeys(filter(None, words)))
            for words in zip(*((change.name, change.subject, change.unsafe) for change in same), strict=True)
        )
        reaches = any(change.reaches_production for change in same)
        yield Group(sort, names, stages, subjects, lines, _mark(same), unsafe, reaches, _places(same))


def _by_stage(by_lines: Mapping[Lines, list[DeclaredChange]]) -> Mapping[Lines, list[DeclaredChange]]:
    """A variable that comes, goes, or changes at several stages, each as one: a line says of which stage it is."""
    alike: dict[Thing, dict[Lines, list[DeclaredChange]]] = {}
    for lines, same in by_lines.items():
        alike.setdefault(same[0].thing, {})[lines] = same
    return dict(
        _together(of_thing) if len(of_thing) > 1 else next(iter(of_thing.items())) for of_thing in alike.values()
    )


def _together(by_lines: Mapping[Lines, list[DeclaredChange]]) -> tuple[Lines, list[DeclaredChange]]:
    lines = tuple(
        (sign, f"{', '.join(change.stage for change in same)} -> {words}")
        for of_stages, same in by_lines.items()
        for sign, words in of_stages
    )
    return lines, [change for same in by_lines.values() for change in same]


def _thing(changes: list[DeclaredChange]) -> Group:
    """A key, a stage, a consumer, a limit...: all that is edited of one thing."""
    first = changes[0]
    lines = tuple(
        (sign, words)
        for change in changes
        for sign, words in _difference(change.before, change.after, change.name if first.subject else "")
    )
    unsafe = tuple(dict.fromkeys(change.unsafe for change in changes if change.unsafe))
    reaches = any(change.reaches_production for change in changes)
    stages = tuple(dict.fromkeys(change.stage for change in changes if change.stage))
    names, subjects, at = (first.subject or first.name,), (first.subject,), _places(changes)
    return Group(first.sort, names, stages, subjects, lines, _mark(changes), unsafe, reaches, at)


def _places(changes: list[DeclaredChange]) -> tuple[str, ...]:
    """The lines that decide what changes, each once; of many the first, and how many more."""
    every = list(dict.fromkeys(map(_place, (change for change in changes if change.path))))
    more = [f"{len(every) - _MOST_PLACES} more"] if len(every) > _MOST_PLACES else []
    return (*every[:_MOST_PLACES], *more)


def _place(change: DeclaredChange) -> str:
    place = f"{change.path}:{change.line}"
    return f"was {place}" if change.after is None else place


def _mark(changes: list[DeclaredChange]) -> Mark:
    """Whether what it is about is new, gone, or another than it was."""
    things = {change.thing for change in changes}
    if things == {Thing.new}:
        return Mark("+", "create")
    return Mark("-", "removed") if things == {Thing.gone} else Mark("~", "update")


def _difference(before: Any, after: Any, path: str) -> Iterator[tuple[str, str]]:
    name = f"{path} -> " if path else ""
    if _are(dict, before, after):
        was: Mapping[str, Any] = before or {}
        is_: Mapping[str, Any] = after or {}
        for field in [*was, *(field for field in is_ if field not in was)]:
            if field not in is_ or field not in was or was[field] != is_[field]:
                yield from _difference(was.get(field), is_.get(field), f"{path} / {field}" if path else str(field))
    elif _are(list, before, after) and before and after and sorted(map(str, before)) != sorted(map(str, after)):
        yield from (("-", f"{name}{value(entry)}") for entry in before if entry not in after)
        yield from (("+", f"{name}{value(entry)}") for entry in after if entry not in before)
    elif has_lines(before, after):
        yield "", path
        yield from signed_lines(before, after)
    elif before is None:
        yield "+", f"{name}{_WAITS if _is_of(after, path) else value(after)}"
    elif after is None:
        yield "-", f"{name}{value(before)}"
    else:
        yield "~", f"{name}{value(after)}   (was {value(before)})"


def _is_of(content: Any, path: str) -> bool:
    """Whether it waits for the id of the very thing that its path names."""
    return is_pending(content) and content[PENDING].partition("/")[2] == path.replace(" / ", ".")


def _are(type_: type, before: Any, after: Any) -> bool:
    """Whether both sides are of a type, or the one that is there is and holds something."""
    there = [side for side in (before, after) if side is not None]
    is_type = all(isinstance(side, type_) and not is_pending(side) for side in there)
    return is_type and (len(there) == 2 or any(there))
