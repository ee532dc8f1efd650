"""Settings in YAML and JSON files that people own: only the declared ones are set, and every other byte stays.

They stand in a mapping, a field each, or in a list of `name` and `value`, as Kubernetes and Helm have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from emailops.errors import InvalidInput
from emailops.generate.format import Insertion
from emailops.generate.quotes import double_quoted
from emailops.generate.yaml_lines import WORDS, written
from emailops.store.editor import (
    ALIAS,
    Alias,
    Composed,
    Edit,
    added,
    applied,
    is_block,
    json_document,
    replaced,
    yaml_documents,
)

_BOM = "\ufeff"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_TEXT = re.compile(
    rf"(?i:|~|=|<<|{'|'.join(WORDS)}|[-+]?\.(?:inf|nan)|[-+]?0x[0-9a-f_]+|[-+]?0o?[0-7_]+|[-+]?0b[01_]+"
    r"|[-+]?[0-9][0-9_,]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[-+]?\.[0-9_]+(?:e[-+]?[0-9]+)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t \t].*)?)"
)
"""What some reader of YAML takes for a number, a day, a boolean or nothing, where it stands without quotes."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./@+-]*")
_NAMED = ("name", "value")
_NO_NAME = ALIAS


class Unfit(InvalidInput):
    """A file into which the settings cannot be put as it stands."""


def inserted(path: str, content: bytes, form: str, insertions: Iterable[Insertion]) -> bytes:
    """The file with every setting in it as declared. Raises Unfit, which names the file and what is in the way."""
    insertions = [*insertions]
    mark, text = _text(path, content)
    for insertion in insertions:
        text = applied(text, _Place(path, text, form, insertion.at).edits(insertion.values))
    left = [name for insertion in insertions for name in _Place(path, text, form, insertion.at).differing(insertion)]
    if left:
        raise Unfit(f"{path} is written so that {left[0]} cannot be put in", "write it there once by hand")
    return (mark + text).encode()


def differing(path: str, content: bytes, form: str, insertions: Iterable[Insertion]) -> list[str]:
    """`+` each setting that the file lacks, `~` each that it holds otherwise, with its place. Raises Unfit."""
    _, text = _text(path, content)
    found = []
    for insertion in insertions:
        place = _Place(path, text, form, insertion.at)
        for name in place.differing(insertion):
            sign = "~" if place.value(name) is not None else "+"
            found.append(f"{sign} {'.'.join((*insertion.at, name))}")
    return found


def held(path: str, content: bytes, form: str, at: Sequence[str]) -> Callable[[str], Any]:
    """What the file holds of a setting at a place, as plain JSON; None for one that it lacks. Raises Unfit."""
    place = _Place(path, _text(path, content)[1], form, tuple(at))
    return lambda name: None if (node := place.value(name)) is None else _plain(node)


def _text(path: str, content: bytes) -> tuple[str, str]:
    """The mark of an order of bytes, where there is one, and the text after it."""
    try:
        text = content.decode()
        return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    except UnicodeDecodeError as error:
        raise Unfit(f"{path} is not UTF-8", "save it as UTF-8") from error


@dataclass(frozen=True, slots=True)
class _Entry:
    """A setting that stands there: the node of its value, None where an item of a list has no value."""

    value: yaml.Node | None
    around: yaml.CollectionNode


class _Place:
    """The mapping or list in one document of a text to which `at` leads."""

    def __init__(self, path: str, text: str, form: str, at: tuple[str, ...]) -> None:
        self._path, self._text, self._form, self._at = path, text, form, at
        self._words = ".".join(at) or "its top"
        documents = self._documents()
        if not documents:
            self._refuse("is empty", "write into it what it is for")
        found = [(document, led) for document in documents if (led := self._led(document.root)) is not None]
        if not found:
            self._refuse(f"has no {self._words}", "write it there once, such as `NAME: {}`, or correct `at`")
        if len(found) > 1:
            self._refuse(f"has {self._words} in {len(found)} documents", "make each a file of its own")
        document, self._node = found[0]
        self._shared = _shared(document)
        if id(self._node) in self._shared or isinstance(self._node, Alias):
            self._refuse_shared(self._words)
        if isinstance(self._node, yaml.ScalarNode) and not _is_nothing(self._node):
            self._refuse(f"holds a text at {self._words}", "make it a mapping, or a list of name and value")

    def edits(self, values: Mapping[str, Any]) -> list[Edit]:
        """What has to be written, so that all of these stand there."""
        if not isinstance(self._node, yaml.CollectionNode):
            return [replaced(self._text, self._node, self._written(dict(values)))]
        found: list[Edit] = []
        missing = {}
        for name, value in values.items():
            if isinstance(self._node, yaml.SequenceNode) and not isinstance(value, str):
                why = f"has a list at {self._words}, where {name} must be one text"
                self._refuse(why, "write {json_text: SOURCE}")
            entry = self._entry(name)
            if entry is None:
                missing[name] = value
            elif entry.value is None:
                found.append(self._added(entry.around, {_NAMED[1]: value}))
            else:
                found += self._changed(entry.value, value, name)
        return [*found, self._added(self._node, missing)] if missing else found

    def differing(self, insertion: Insertion) -> Iterator[str]:
        for name, value in insertion.values.items():
            node = self.value(name)
            if node is None or not _is_same(node, value):
                yield name

    def value(self, name: str) -> yaml.Node | None:
        """The node of a setting's value."""
        if isinstance(self._node, yaml.ScalarNode):
            return None
        entry = self._entry(name)
        return entry.value if entry else None

    def _documents(self) -> list[Composed]:
        try:
            return [json_document(self._text)] if self._form == "json" else yaml_documents(self._text)
        except (ValueError, yaml.YAMLError) as error:
            problem = getattr(error, "problem", None) or str(error).partition(":")[0].lower()
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else getattr(error, "lineno", 1)
            self._refuse(f"cannot be read: line {line}: {problem}", f"see that it is {self._form.upper()}")

    def _led(self, node: yaml.Node) -> yaml.Node | None:
        for step in self._at:
            if isinstance(node, yaml.MappingNode):
                inner = self._only(step, [value for name, value in _fields(node) if name == step])
            elif isinstance(node, yaml.SequenceNode):
                inner = self._only(step, [item for item in node.value if _field(item, _NAMED[0]) == step])
            else:
                return None
            if inner is None:
                return None
            node = inner
        return node

    def _entry(self, name: str) -> _Entry | None:
        """What stands there under a name. Raises Unfit where no value of ours can."""
        if isinstance(self._node, yaml.MappingNode):
            found = self._only(name, [inner for field, inner in _fields(self._node) if field == name])
            return None if found is None else _Entry(found, self._node)
        item = self._only(name, [item for item in self._node.value if _field(item, _NAMED[0]) == name])
        if not isinstance(item, yaml.MappingNode):
            return None
        others = [field for field, _ in _fields(item) if field not in _NAMED]
        node = self._only(name, [inner for field, inner in _fields(item) if field == _NAMED[1]])
        if node is None and others:
            self._refuse(f"takes {name} from {others[0]} at {self._words}", "give it a value, or leave it out here")
        return _Entry(node, item)

    def _only(self, name: str, nodes: list[yaml.Node]) -> yaml.Node | None:
        if len(nodes) > 1:
            self._refuse(f"has {name} twice at {self._words}", "keep one of the two")
        return nodes[0] if nodes else None

    def _changed(self, node: yaml.Node, value: Any, name: str) -> list[Edit]:
        """The least that makes a value the declared one: of a mapping, what differs in it."""
        if _is_same(node, value):
            return []
        start = self._text[node.start_mark.index : node.start_mark.index + 1]
        if id(node) in self._shared or isinstance(node, Alias) or (start in ("&", "!") and self._form == "yaml"):
            self._refuse_shared(name)
        if isinstance(node, yaml.MappingNode) and isinstance(value, dict) and node.value and value:
            there = dict(_fields(node))
            if there.keys() <= value.keys() and len(there) == len(node.value):
                found = [edit for field, inner in there.items() for edit in self._changed(inner, value[field], name)]
                missing = {field: inner for field, inner in value.items() if field not in there}
                return [*found, self._added(node, missing)] if missing else found
        if is_block(node) and value and isinstance(value, dict | list):
            return [replaced(self._text, node, _lines(value))]
        return [replaced(self._text, node, self._written(value, node))]

    def _added(self, node: yaml.CollectionNode, values: Mapping[str, Any]) -> Edit:
        if isinstance(node, yaml.MappingNode):
            entries = [f"{self._name(name)}: {self._written(value)}" for name, value in values.items()]
            lines = "".join(self._field_lines(name, value) for name, value in values.items())
            return added(self._text, node, entries, lines)
        written = {self._name(name): self._written(value) for name, value in values.items()}
        first, second = map(self._name, _NAMED)
        entries = [f"{{{first}: {name}, {second}: {value}}}" for name, value in written.items()]
        lines = "".join(f"- {first}: {name}\n  {second}: {value}\n" for name, value in written.items())
        return added(self._text, node, entries, lines)

    def _field_lines(self, name: str, value: Any) -> str:
        if value and isinstance(value, dict | list):
            return f"{self._name(name)}:\n" + "".join(f"  {line}\n" for line in _lines(value).splitlines())
        return f"{self._name(name)}: {self._written(value)}\n"

    def _name(self, name: str) -> str:
        return name if self._form == "yaml" and _is_plain(name) else self._written(name)

    def _written(self, value: Any, instead_of: yaml.Node | None = None) -> str:
        """On one line; a text in quotes, unless what it stands instead of has none and it needs none."""
        if self._form == "json":
            return json.dumps(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self._name(name)}: {self._written(inner)}" for name, inner in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self._written(inner) for inner in value) + "]"
        if not isinstance(value, str):
            return json.dumps(value)
        style = instead_of.style if isinstance(instead_of, yaml.ScalarNode) and instead_of.value else '"'
        if not style and _is_plain(value):
            return value
        is_single = style == "'" and value.isascii() and value.isprintable() and "'" not in value
        return f"'{value}'" if is_single else double_quoted(value)

    def _refuse_shared(self, name: str) -> NoReturn:
        """An alias stands for it, too, or a tag makes something else of it."""
        self._refuse(f"has an anchor, an alias or a tag at {name}", "write it out without")

    def _refuse(self, why: str, remedy: str) -> NoReturn:
        raise Unfit(f"{self._path} {why}", remedy)


def _shared(document: Composed) -> set[int]:
    """The nodes for which an alias stands, or that are part of one, by their identity."""
    found: set[int] = set()
    todo = [(document.root, False)]
    while todo:
        node, is_shared = todo.pop()
        is_shared = is_shared or document.anchored.get(id(node)) in document.aliases
        if is_shared:
            found.add(id(node))
        if isinstance(node, yaml.CollectionNode):
            parts = (part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,)))
            todo += [(part, is_shared) for part in parts]
    return found


def _field(item: yaml.Node, name: str) -> str | None:
    if not isinstance(item, yaml.MappingNode):
        return None
    return next((str(inner.value) for field, inner in _fields(item) if field == name), None)


def _fields(node: yaml.MappingNode) -> list[tuple[str, yaml.Node]]:
    """Each field of a mapping; one whose name is no text has a name that nothing is called by."""
    return [(name.value if isinstance(name, yaml.ScalarNode) else _NO_NAME, inner) for name, inner in node.value]


def _is_nothing(node: yaml.ScalarNode) -> bool:
    return not node.style and node.value in ("", "~", "null")


def _is_text(node: yaml.ScalarNode) -> bool:
    return bool(node.style) or _UUID.fullmatch(node.value) is not None or not _NO_TEXT.fullmatch(node.value)


def _is_plain(text: str) -> bool:
    """Whether every reader takes it for a text without quotes."""
    return bool(_UUID.fullmatch(text) or (_PLAIN.fullmatch(text) and not _NO_TEXT.fullmatch(text)))


def _is_same(node: yaml.Node, value: Any) -> bool:
    if isinstance(node, yaml.MappingNode):
        fields = _fields(node)
        is_alike = isinstance(value, dict) and sorted(field for field, _ in fields) == sorted(value)
        return is_alike and all(_is_same(inner, value[field]) for field, inner in fields)
    if isinstance(node, yaml.SequenceNode):
        is_alike = isinstance(value, list) and len(value) == len(node.value)
        return is_alike and all(map(_is_same, node.value, value))
    if not isinstance(node, yaml.ScalarNode):
        return False
    if isinstance(value, str):
        return bool(node.value == value and _is_text(node))
    return not node.style and node.value == json.dumps(value)


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {field: _plain(inner) for field, inner in _fields(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    if not isinstance(node, yaml.ScalarNode):
        return None
    try:
        value = node.value if _is_text(node) else json.loads(node.value)
    except ValueError:
        return node.value
    return node.value if isinstance(value, float) else value


def _lines(value: dict[str, Any] | list[Any]) -> str:
    """A mapping or list in YAML, a line a part."""
    if isinstance(value, dict):
        return written(value)
    return "".join(line[2:] for line in written({"_": value}).splitlines(keepends=True)[1:])
