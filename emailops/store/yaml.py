"""YAML text to positioned values, with PyYAML's C parser (https://yaml.org/spec/1.1/).

Scalars stay text: only the plain word `null` is null, and nothing is a number, a date or a boolean until a schema asks.
Whatever is not plain data (tags, several documents, duplicate fields, aliases that recurse or explode) is a finding.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

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
        node = _Composer(text).get_single_node()
    except _TooDeep as error:
        return None, [
            _finding(path, *error.place, "yaml-depth", f"nested deeper than {MAX_DEPTH} levels", "flatten it")
        ]
    except yaml.MarkedYAMLError as error:
        return None, [_seen(path, text) or _syntax(path, error)]
    except yaml.reader.ReaderError as error:
        line, column = _line_and_column(text.encode(), error.position)
        message = f"the character U+{error.character:04X} is not allowed in YAML"
        return None, [_finding(path, line, column, "yaml-character", message, "remove it")]
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value == "" and not node.style):
        return Table(Place(path, 1, 1)), findings
    return _Builder(path, findings).build(node), findings


_kept = lru_cache(maxsize=500)(_parsed)

_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_ODD_SPACE = re.compile(r"[\u00a0\u2007\u202f]")


class _TooDeep(Exception):
    def __init__(self, mark: Any) -> None:
        self.place = (mark.line + 1, mark.column + 1)


class _Composer(CParser):
    """The C composer with tags resolved to text or null, and its depth bounded: it recurses on the C stack."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        self._depth = 0

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        return "null" if kind is yaml.ScalarNode and value == "null" and implicit[0] else ""

    def descend_resolver(self, parent: Any, index: Any) -> None:  # noqa: ARG002
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep(parent.start_mark)

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _Builder:
    """Turns nodes into values; a node that several aliases name is turned once and counted each time."""

    def __init__(self, path: str, findings: list[Finding]) -> None:
        self._path = path
        self._findings = findings
        self._built: dict[int, Any] = {}
        self._open: set[int] = set()
        self._sizes: dict[int, int] = {}
        self._written = 0
        self._exploded = False

    def build(self, node: yaml.Node) -> Any:
        if node.tag not in ("", "null"):
            self._report(node, "yaml-tag", f"the tag {node.tag} has no meaning here", "remove it")
            return None
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag else node.value
        number = id(node)
        if number in self._open:
            self._report(node, "yaml-alias", "an alias that stands inside its own anchor", "write the value out")
            return None
        if number not in self._built:
            self._open.add(number)
            value = self._mapping(node) if isinstance(node, yaml.MappingNode) else self._sequence(node)
            self._open.discard(number)
            self._built[number] = value
            self._sizes[number] = 1 + sum(self._size(child) for child in _children(node))
            self._written += 1 + sum(isinstance(child, yaml.ScalarNode) for child in _children(node))
        if self._sizes[number] > max(MAX_VALUES, 2 * self._written):
            if not self._exploded:
                self._exploded = True
                self._report(
                    node, "yaml-alias", f"aliases that stand for more than {MAX_VALUES:,} values", "use extends"
                )
            return None
        return self._built[number]

    def _mapping(self, node: yaml.MappingNode) -> Table:
        table = Table(self._place(node))
        for name, value_node in node.value:
            value = self.build(value_node)
            if not isinstance(name, yaml.ScalarNode) or name.tag:
                self._report(
                    name, "yaml-field", "the name of a field must be text", "write a plain word before the colon"
                )
            elif name.value in table:
                first = table.field_places[name.value].line
                message = f"the field {name.value!r} stands here a second time (first on line {first})"
                self._report(name, "duplicate-field", message, "keep one of the two")
            else:
                table.put(name.value, value, self._place(name), self._place(value_node))
        return table

    def _sequence(self, node: yaml.Node) -> Items:
        items = Items(self._place(node))
        for child in node.value:
            items.put(self.build(child), self._place(child))
        return items

    def _size(self, node: yaml.Node) -> int:
        return self._sizes.get(id(node), 1)

    def _place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        return Place(self._path, mark.line + 1, mark.column + 1)

    def _report(self, node: yaml.Node, rule: str, message: str, remedy: str) -> None:
        self._findings.append(Finding.error(self._place(node), rule, message, remedy))


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value)


def _decode(path: str, content: bytes, findings: list[Finding]) -> str | None:
    if len(content) > MAX_BYTES:
        findings.append(_finding(path, 1, 1, "yaml-size", f"larger than {MAX_BYTES:,} bytes", "split it into a folder"))
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.append(_finding(path, 1, 1, "yaml-encoding", "encoded as UTF-16", "save it as UTF-8"))
        return None
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode()
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


def _syntax(path: str, error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or "not YAML"
    if "found another document" in problem:
        return _finding(
            path, line, column, "yaml-documents", "a second document begins here", "make it a file of its own"
        )
    message = f"{error.context}, {problem}" if error.context else problem
    return _finding(path, line, column, "yaml-syntax", message, "look at the line before, too")


def _finding(path: str, line: int, column: int, rule: str, message: str, remedy: str) -> Finding:
    return Finding.error(Place(path, line, column), rule, message, remedy)
