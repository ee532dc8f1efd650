"""YAML text to positioned values, with PyYAML's C parser (https://yaml.org/spec/1.1/).

Scalars stay text: only the plain word `null` is null, and nothing is a number, a date or a boolean until a schema asks.
Whatever is not plain data (tags, several documents, duplicate fields, aliases that recurse or explode) is a finding.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from emailops.canonical import composed
from emailops.declaration.values import Items, Table
from emailops.resource import Finding, Place
from emailops.store.tree import MAX_BYTES

MAX_DEPTH = 50
_MOST_KEPT = 50_000
"""Of more bytes than this nothing is kept: a state has few such files, and each takes much memory."""
MAX_VALUES = 100_000
"""More that aliases stand for is a mistake or an attack, unless nearly as much is really written."""


def parse(path: str, content: bytes) -> tuple[Any, list[Finding]]:
    """The one document in `content`, and what is wrong with it; None when nothing could be read.

    A state and its base have most files in common, and an apply reads its state twice: what was parsed is kept.
    """
    document, findings = (_kept if len(content) <= _MOST_KEPT else _parsed)(path, content)
    return document, [*findings]


def _parsed(path: str, content: bytes) -> tuple[Any, list[Finding]]:
    findings: list[Finding] = []
    text = _decode(path, content, findings)
    if text is None:
        return None, findings
    try:
        return _Reader(path, text, findings).document(), findings
    except _Unreadable as error:
        return None, [error.finding]
    except yaml.MarkedYAMLError as error:
        return None, [_seen(path, text) or _syntax(path, text, error)]
    except yaml.reader.ReaderError as error:
        line, column = _line_and_column(text.encode(), error.position)
        message = f"the character U+{error.character:04X} is not allowed in YAML"
        return None, [_finding(path, line, column, "yaml-character", message, "remove it")]


_kept = lru_cache(maxsize=500)(_parsed)

_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_ODD_SPACE = re.compile(r"[\u00a0\u2007\u202f]")
_NO_TAG = (None, "!")


class _Unreadable(Exception):
    """What ends the reading of a file."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Anchored(NamedTuple):
    """A value that aliases may stand for: the event that began it, and how many values it holds, itself included."""

    event: Any
    value: Any
    size: int


class _Reader:
    """Turns the parser's events into values, without the nodes that PyYAML would make of a whole file first.

    A value that several aliases name is read once and counted each time.
    """

    def __init__(self, path: str, text: str, findings: list[Finding]) -> None:
        self._path = path
        self._findings = findings
        self._next: Callable[[], Any] = CParser(text).get_event
        self._anchored: dict[str, _Anchored] = {}
        self._open: dict[str, Any] = {}
        self._depth = 0
        self._written = 0
        self._exploded = False

    def document(self) -> Any:
        """The one document, an empty mapping where there is none. Raises _Unreadable, and what PyYAML raises."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return Table(Place(self._path, 1, 1))
        first = self._next()
        value, _ = self._value(first)
        self._next()
        if not isinstance(event := self._next(), yaml.StreamEndEvent):
            self._end(event, "yaml-documents", "a second document begins here", "make it a file of its own")
        is_empty = isinstance(first, yaml.ScalarEvent) and value == "" and not first.style
        return Table(Place(self._path, 1, 1)) if is_empty else value

    def _value(self, event: Any) -> tuple[Any, int]:
        """The value that begins with this event, and how many values it holds, itself included."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.anchor is None:
            return self._own(event)
        name = event.anchor
        if name in self._anchored or name in self._open:
            self._end(event, "yaml-syntax", f"the anchor &{name} stands here a second time", "rename one of the two")
        self._open[name] = event
        value, size = self._own(event)
        self._anchored[name] = _Anchored(self._open.pop(name), value, size)
        return value, size

    def _own(self, event: Any) -> tuple[Any, int]:
        is_tagged = event.tag not in _NO_TAG
        if is_tagged:
            self._report(event, "yaml-tag", f"the tag {event.tag} has no meaning here", "remove it")
        self._written += 1
        if isinstance(event, yaml.ScalarEvent):
            return (None if is_tagged or _is_null(event) else event.value), 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._end(event, "yaml-depth", f"nested deeper than {MAX_DEPTH} levels", "flatten it")
        value, size = self._mapping(event) if isinstance(event, yaml.MappingStartEvent) else self._sequence(event)
        self._depth -= 1
        return (None if is_tagged or self._explodes(event, size) else value), size

    def _alias(self, event: Any) -> tuple[Any, int]:
        name = event.anchor
        if name in self._open:
            message = "an alias that stands inside its own anchor"
            self._report(self._open[name], "yaml-alias", message, "write the value out")
            return None, 1
        if name not in self._anchored:
            self._end(event, "yaml-syntax", f"no anchor &{name} stands before this alias", "write the value out")
        _, value, size = self._anchored[name]
        return value, size

    def _explodes(self, event: Any, size: int) -> bool:
        if size <= max(MAX_VALUES, 2 * self._written):
            return False
        if not self._exploded:
            self._exploded = True
            self._report(event, "yaml-alias", f"aliases that stand for more than {MAX_VALUES:,} values", "use extends")
        return True

    def _mapping(self, start: Any) -> tuple[Table, int]:
        table, size = Table(self._place(start)), 1
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            name = self._name(event)
            value_event = self._next()
            value, held = self._value(value_event)
            size += held
            if name is None:
                message = "the name of a field must be text"
                self._report(event, "yaml-field", message, "write a plain word before the colon")
            elif name in table:
                first = table.field_places[name].line
                message = f"the field {name!r} stands here a second time (first on line {first})"
                self._report(event, "duplicate-field", message, "keep one of the two")
            else:
                stands, mark = event.start_mark, self._origin(value_event).start_mark
                table.put_here(name, value, (stands.line + 1, stands.column + 1), (mark.line + 1, mark.column + 1))
        return table, size

    def _name(self, event: Any) -> str | None:
        """The name of a field, of which many files have the same; None for what is no text."""
        if not isinstance(event, yaml.ScalarEvent):
            value, _ = self._value(event)
            return value if isinstance(value, str) else None
        if event.tag not in _NO_TAG or _is_null(event):
            return None
        if event.anchor is not None:
            self._value(event)
        return sys.intern(event.value)

    def _sequence(self, start: Any) -> tuple[Items, int]:
        items, size = Items(self._place(start)), 1
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            value, held = self._value(event)
            size += held
            items.put(value, self._place(self._origin(event)))
        return items, size

    def _origin(self, event: Any) -> Any:
        """Where a value was written: an alias's at its anchor."""
        name = event.anchor
        if not isinstance(event, yaml.AliasEvent):
            return event
        return self._anchored[name].event if name in self._anchored else self._open[name]

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._path, mark.line + 1, mark.column + 1)

    def _report(self, event: Any, rule: str, message: str, remedy: str) -> None:
        self._findings.append(Finding.error(self._place(event), rule, message, remedy))

    def _end(self, event: Any, rule: str, message: str, remedy: str) -> NoReturn:
        raise _Unreadable(Finding.error(self._place(event), rule, message, remedy))


def _is_null(event: Any) -> bool:
    return event.value == "null" and event.implicit[0] and event.tag is None


def _decode(path: str, content: bytes, findings: list[Finding]) -> str | None:
    if len(content) > MAX_BYTES:
        findings.append(_finding(path, 1, 1, "yaml-size", f"larger than {MAX_BYTES:,} bytes", "split it into a folder"))
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.append(_finding(path, 1, 1, "yaml-encoding", "encoded as UTF-16", "save it as UTF-8"))
        return None
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return str(composed(content.decode()))
    except UnicodeDecodeError as error:
        line, column = _line_and_column(content, error.start)
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        findings.append(_finding(path, line, column, "yaml-encoding", message, "save it as UTF-8"))
        return None


def _line_and_column(content: bytes, position: int) -> tuple[int, int]:
    """Of a byte; the column counts characters."""
    before = content[:position]
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1


def _seen(path: str, text: str) -> Finding | None:
    """Faults that YAML's own messages do not name."""
    found = _CONFLICT.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        message = f"a merge conflict stands here: {found[0].strip()}"
        return _finding(path, line, 1, "yaml-conflict", message, "settle it: keep one side, and remove the marks")
    found = _ODD_SPACE.search(text)
    if found:
        line, column = _line_and_column(text.encode(), len(text[: found.start()].encode()))
        message = f"a no-break space (U+{ord(found[0]):04X}) stands where YAML needs a plain one"
        return _finding(path, line, column, "yaml-space", message, "type the space again")
    return None


def _syntax(path: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    message, remedy = _in_words(error, _character(text, line, column))
    return _finding(path, line, column, "yaml-syntax", message, remedy)


def _character(text: str, line: int, column: int) -> str:
    """What stands there; empty at the end of a line."""
    lines = text.splitlines()
    return lines[line - 1][column - 1 : column] if line <= len(lines) else ""


def _in_words(error: yaml.MarkedYAMLError, character: str) -> tuple[str, str]:
    """What the parser met, and what mends it. What people seldom write keeps the parser's own words."""
    problem, context = error.problem or "not YAML", error.context or ""
    begins = f" that begins on line {error.context_mark.line + 1}" if error.context_mark else ""
    if character == "\t":
        return "a tab stands where YAML is indented", "indent with spaces"
    if "cannot start any token" in problem:
        return f"no value begins with {character}", "put the value in quotes"
    if problem.startswith("mapping values are not allowed"):
        return "a colon stands where no field can begin", "put a value that holds ': ' in quotes, or indent as above"
    for closing, what in (("']'", "list in [ ]"), ("'}'", "mapping in { }")):
        if problem.startswith("did not find expected") and closing in problem:
            return f"the {what}{begins} does not end", f"write {closing[1]} where it ends"
    if "quoted scalar" in context and "end of stream" in problem:
        return f"the text in quotes{begins} does not end", "write the second quote"
    if problem == "did not find expected key":
        return (
            "no field begins here",
            "indent it as the fields above; a value that holds a quote stands in the other quotes",
        )
    if problem == "did not find expected '-' indicator":
        return f"this is no entry of the list{begins}", "begin it with -, or indent it as what it belongs to"
    return f"{context}, {problem}" if context else problem, "look at the line before, too"


def _finding(path: str, line: int, column: int, rule: str, message: str, remedy: str) -> Finding:
    return Finding.error(Place(path, line, column), rule, message, remedy)
