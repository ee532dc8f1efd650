"""One edit of a text of YAML or JSON after the other, with every byte around it kept: comments, order and layout.

Nodes are PyYAML's, with the places where each begins and ends in the text; a document of JSON is given as such nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any, NamedTuple

import yaml

MAX_DEPTH = 100
_ALIASES: tuple[type, ...] = (yaml.AliasEvent,)
_ENDS: tuple[type, ...] = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_SPACE = re.compile(r"[ \t\r\n]*")
_JSON = json.JSONDecoder()


class Edit(NamedTuple):
    """What takes the place of a part of a text."""

    start: int
    end: int
    written: str


ALIAS = "\0"
"""The value of an alias: the text of nothing else."""


class Alias(yaml.ScalarNode):
    """What stands for another node, where it stands."""


@dataclass(slots=True)
class Composed:
    """The outermost node, the anchors of nodes by their identity, and the anchors for which aliases stand."""

    root: yaml.Node
    anchored: dict[int, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all of these, which do not overlap, in place; what is put in at one point, in the order given."""
    in_order = sorted(edits, key=lambda edit: edit.start)
    for edit in reversed(in_order):
        text = text[: edit.start] + edit.written + text[edit.end :]
    return text


def replaced(text: str, node: yaml.Node, written: str) -> Edit:
    """A value in place of another; what is written over lines stands in the column of what was there."""
    start, end = node.start_mark.index, end_of(node)
    end = start + len(text[start:end].rstrip())
    # The dashes of a list may stand in the column of its name, where nothing else may.
    further = "  " if is_block(node, yaml.SequenceNode) and not written.startswith("- ") else ""
    lines = indent(written.rstrip("\n"), " " * node.start_mark.column + further).lstrip(" ")
    lines = further + lines
    return Edit(start, end, " " * (text[start - 1 : start] == ":") + _with_ends_of(text, lines))


def added(text: str, collection: yaml.CollectionNode, entries: Iterable[str], lines: str) -> Edit:
    """Further entries at the end of a mapping or sequence: as `entries` within braces or brackets, else as `lines`."""
    last = _last(collection)
    if collection.flow_style or last is None:
        at, gap = (collection.start_mark.index + 1, "") if last is None else (end_of(last), _gap(text, collection))
        between = gap or ", "
        return Edit(at, at, gap + between.join(entries))
    end = end_of(last)
    at = end if text[end - 1 : end] == "\n" else text.find("\n", end) + 1 or len(text)
    column = collection.start_mark.column
    start = "" if text[:at].endswith("\n") else "\n"
    return Edit(at, at, _with_ends_of(text, start + indent(lines, " " * column)))


def is_block(node: yaml.Node, sort: type[yaml.CollectionNode] = yaml.CollectionNode) -> bool:
    """Whether it stands over lines, without braces or brackets."""
    return isinstance(node, sort) and not node.flow_style


def end_of(node: yaml.Node) -> int:
    """Where a node's own text ends; the parser lets that of a block reach over comments and empty lines after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = _last(node)
        return end_of(last) if last is not None else int(node.end_mark.index)
    return int(node.end_mark.index)


def yaml_documents(text: str) -> list[Composed]:
    """Every document that is not empty. Raises yaml.YAMLError, and ValueError for what is nested too deep."""
    events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
    found = []
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            document = Composed(yaml.ScalarNode("", ""))
            document.root = _composed(next(events), events, document, 0)
            if document.root.start_mark.index < document.root.end_mark.index:
                found.append(document)
    return found


def json_document(text: str) -> Composed:
    """The document. Raises ValueError for what is no JSON, or is nested too deep."""
    try:
        json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    return Composed(_json_node(text, _after_space(text, 0)))


def _composed(event: Any, events: Iterator[Any], document: Composed, depth: int) -> yaml.Node:
    """The node that begins with an event. PyYAML's own composer tells nothing of where an alias stands."""
    if type(event) in _ALIASES:
        document.aliases.add(event.anchor)
        return Alias("", ALIAS, event.start_mark, event.end_mark)
    if depth == MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
    node = _scalar(event) if isinstance(event, yaml.ScalarEvent) else _collection(event, events, document, depth)
    if event.anchor is not None:
        document.anchored[id(node)] = event.anchor
    return node


def _scalar(event: Any) -> yaml.Node:
    return yaml.ScalarNode("", event.value, event.start_mark, event.end_mark, style=event.style)


def _collection(event: Any, events: Iterator[Any], document: Composed, depth: int) -> yaml.Node:
    inner = []
    end: Any = next(events)
    while type(end) not in _ENDS:
        inner.append(_composed(end, events, document, depth + 1))
        end = next(events)
    marks = (event.start_mark, end.end_mark, event.flow_style)
    if type(end) is yaml.SequenceEndEvent:
        return yaml.SequenceNode("", inner, *marks)
    return yaml.MappingNode("", list(zip(inner[::2], inner[1::2], strict=True)), *marks)


def _json_node(text: str, start: int) -> yaml.Node:
    """The value that begins there, in a text that is known to be JSON."""
    if text[start] not in "{[":
        value, end = _JSON.raw_decode(text, start)
        is_text = text[start] == '"'
        marks = (_mark(start), _mark(end))
        return yaml.ScalarNode("", value if is_text else text[start:end], *marks, style='"' if is_text else None)
    children: list[yaml.Node] = []
    at = _after_space(text, start + 1)
    while text[at] not in "}]":
        children.append(_json_node(text, at))
        at = _after_space(text, end_of(children[-1]))
        at = _after_space(text, at + 1) if text[at] in ",:" else at
    marks = (_mark(start), _mark(at + 1))
    if text[start] == "[":
        return yaml.SequenceNode("", children, *marks, flow_style=True)
    pairs = list(zip(children[::2], children[1::2], strict=True))
    return yaml.MappingNode("", pairs, *marks, flow_style=True)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _mark(index: int) -> yaml.Mark:
    return yaml.Mark("", index, 0, 0, "", 0)


def _last(collection: yaml.CollectionNode) -> yaml.Node | None:
    """The value of the last entry."""
    if not collection.value:
        return None
    last: yaml.Node = collection.value[-1][1] if isinstance(collection, yaml.MappingNode) else collection.value[-1]
    return last


def _gap(text: str, collection: yaml.CollectionNode) -> str:
    """What goes before a further entry within braces or brackets: a line of its own, where the last one has one."""
    last = collection.value[-1][0] if isinstance(collection, yaml.MappingNode) else collection.value[-1]
    before = text[: last.start_mark.index]
    space = before[len(before.rstrip()) :]
    return f",{space}" if "\n" in space else ", "


def _with_ends_of(text: str, lines: str) -> str:
    """The lines, ended as those of the text are."""
    return lines.replace("\n", "\r\n") if "\r\n" in text else lines
