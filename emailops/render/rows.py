"""The parts of which every document is made, whatever it is about: sections, their rows, and the details of a row.

section   a title and its rows; folded where the format can fold, and then its title tells how many rows
row       a mark, names, and words on one line; below it, its details
note      a label and words
diff      lines with a sign: + added, - removed, ~ changed, or none
form      what a person does: an act, a name, a value (of several lines, perhaps) and a note each
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Code:
    """Something to copy: a command, a name, a value."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page to open."""

    url: str


Piece = str | Code | Link


class Mark(NamedTuple):
    """What stands before a row: a symbol, a style of the console, and the word of the symbol where it has one."""

    symbol: str
    style: str
    word: str = ""


class Entry(NamedTuple):
    """What a person does with one value; `name` says into what, where a form is about several."""

    act: str
    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Note:
    """Words on one line, after a label or none."""

    label: str
    pieces: tuple[Piece, ...]
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """Lines that differ, each as (sign, words)."""

    lines: tuple[tuple[str, str], ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What a person does, in order."""

    entries: tuple[Entry, ...]


Detail = Note | Diff | Form


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a section tells: `names` can be copied, `words` are read, `at` are the lines that decide it."""

    mark: Mark
    names: tuple[str, ...] = ()
    words: str = ""
    details: tuple[Detail, ...] = ()
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a title."""

    title: str
    rows: tuple[Row, ...]
    folded: bool = False
