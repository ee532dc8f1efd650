"""A document as text for a terminal: what needs no action first, the counts and what to do next last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from emailops.canonical import short
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.rows import Code, Diff, Entry, Form, Link, Note, Piece, Row, Section
from emailops.render.sections import Document

_SIGN_STYLES = {"+": "create", "-": "removed", "~": "update"}
_INDENT = " " * 6
_WIDEST = 60
"""Notes stand in a column behind values, as far as the values are no wider."""


def text(document: Document) -> list[Line]:
    """The whole document. No value of it can break out of its line."""
    lines: list[Line] = [
        ("heading", document.title),
        ("", ""),
        *section_lines(document.sections, fold=document.is_change),
    ]
    lines.append(("", document.counts))
    lines.append(("heading", f"change {short(document.change)}      next: {document.next}"))
    return [(style, one_line(line)) for style, line in lines]


def section_lines(sections: Iterable[Section], *, fold: bool = False) -> Iterator[Line]:
    """Sections that have rows, each with an empty line after it; with `fold`, a folded one as a line a row."""
    for section in sections:
        if section.rows:
            yield "heading", section.title
            for row in section.rows:
                yield from _row(replace(row, details=()) if fold and section.folded else row)
            yield "", ""


def _row(row: Row) -> Iterator[Line]:
    said = "      ".join(filter(None, [", ".join(row.names), row.words, ", ".join(row.at)]))
    yield row.mark.style, f"  {row.mark.symbol} {said}" if row.mark.symbol else f"  {said}"
    for detail in row.details:
        match detail:
            case Note():
                label = f"{detail.label:<5}  " if detail.label else ""
                yield "faint" if detail.is_faint else "", f"{_INDENT}{label}{''.join(map(_piece, detail.pieces))}"
            case Diff():
                yield from _diff(detail)
            case Form():
                yield from _form(detail)


def _piece(piece: Piece) -> str:
    match piece:
        case Code():
            return one_line(piece.text)
        case Link():
            return one_line(piece.url)
    return one_line(piece)


def _diff(diff: Diff) -> Iterator[Line]:
    if diff.label:
        yield "", f"{_INDENT}{diff.label}:"
    indent = f"{_INDENT}       " if diff.label else _INDENT
    for sign, words in diff.lines:
        yield _SIGN_STYLES.get(sign, ""), f"{indent}{sign} {words}" if sign else f"{indent}{words}"


def _form(form: Form) -> Iterator[Line]:
    """What to do, in columns; an act or a name is not repeated below itself."""
    act_width = max((len(entry.act) for entry in form.entries), default=0)
    name_width = max((len(one_line(entry.name)) for entry in form.entries), default=0)
    width = min(_WIDEST, max((len(one_line(entry.value)) for entry in form.entries), default=0))
    above = Entry("", "", "", "")
    for entry in form.entries:
        name = "" if (entry.act, entry.name) == (above.act, above.name) else one_line(entry.name)
        act = "" if entry.act == above.act else entry.act
        start = f"{_INDENT}{act:<{act_width}}  {f'{name:<{name_width}}  ' if name_width else ''}"
        above = entry
        if "\n" in entry.value:
            yield "", f"{start}{one_line(entry.note)}:"
            yield from (("", f"{' ' * 16}| {one_line(line)}".rstrip()) for line in entry.value.split("\n"))
        else:
            yield "", f"{start}{one_line(entry.value):<{width}}   {one_line(entry.note)}".rstrip()
