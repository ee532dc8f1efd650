"""Edits in YAML that people wrote: what an edit does not touch stays to the byte, comments and layout too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

import yaml

from emailops.store.editor import added, applied, end_of, replaced, yaml_documents
from emailops.store.tree import ROOT

_WIDTH = 110
_ENDLESS = 10**9


def put_entry(files: Mapping[str, bytes], section: str, name: str, value: Mapping[str, Any]) -> tuple[str, str]:
    """(path, text) of the file in which the section's entry `name` now stands: where the section stands already."""
    if any(path.startswith(f"{section}/") and path.endswith(".yaml") for path in files):
        return f"{section}/{name}.yaml", block(value)
    if section in _names(files, ROOT):
        return ROOT, put(_text(files, ROOT), (section, name), value)
    path = f"{section}.yaml"
    return path, put(_text(files, path), (name,), value)


def put(text: str, names: Sequence[str], value: Any) -> str:
    """The text with `value` under these names: in place of what stands there, else at the end of the mapping around."""
    node = _root(text)
    rest = list(names)
    while rest and isinstance(node, yaml.MappingNode):
        found = next((inner for name, inner in node.value if name.value == rest[0]), None)
        if found is None:
            name, inner = rest[0], _nested(rest[1:], value)
            entry = f"{flow(name)}: {flow(inner)}"
            return applied(text, [added(text, node, [entry], block({name: inner}))])
        node = found
        rest.pop(0)
    if node is None:
        return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{block(_nested(rest, value))}"
    return applied(text, [replaced(text, node, flow(_nested(rest, value)))])


def way(path: str, section: str, name: str) -> tuple[str, ...]:
    """The names that lead to the section's entry `name` in the file at `path`, as `put` takes them."""
    if path == f"{section}/{name}.yaml":
        return ()
    return (name,) if path == f"{section}.yaml" else (section, name)


def put_at(text: str, line: int, column: int, value: str) -> str:
    """The text with `value` in place of the one that begins there, counted from 1. Raises KeyError where none does."""
    for _, parts in _collections(_root(text)):
        for part in parts:
            if isinstance(part[-1], yaml.ScalarNode) and _begins_at(part[-1], line, column):
                return applied(text, [replaced(text, part[-1], flow(value))])
    raise KeyError(f"{line}:{column}")


def drop_at(text: str, line: int, column: int) -> str:
    """The text without the entry of a list, or the field of a mapping, whose value begins there, counted from 1.

    What was the last one leaves an empty list or mapping. Raises KeyError where no such value begins.
    """
    for around, parts in _collections(_root(text)):
        for number, part in enumerate(parts):
            if _begins_at(part[-1], line, column):
                return _without(text, around, parts, number)
    raise KeyError(f"{line}:{column}")


_Parts = list[tuple[yaml.Node, ...]]
"""(name, value) of each field of a mapping, (value,) of each entry of a list."""


def _collections(node: yaml.Node | None) -> Iterator[tuple[yaml.CollectionNode, _Parts]]:
    """The innermost last, so that the value that is found first is the largest that begins there."""
    if isinstance(node, yaml.CollectionNode):
        parts = list(node.value) if isinstance(node, yaml.MappingNode) else [(inner,) for inner in node.value]
        yield node, parts
        for part in parts:
            yield from _collections(part[-1])


def _without(text: str, around: yaml.CollectionNode, parts: _Parts, number: int) -> str:
    begin, end = parts[number][0].start_mark.index, end_of(parts[number][-1])
    if len(parts) == 1:
        empty = "{}" if isinstance(around, yaml.MappingNode) else "[]"
        return f"{text[: around.start_mark.index]}{empty}{text[end_of(around) :]}"
    if around.flow_style:
        if number + 1 < len(parts):
            return f"{text[:begin]}{text[parts[number + 1][0].start_mark.index :]}"
        return f"{text[: end_of(parts[number - 1][-1])]}{text[end:]}"
    first = text.rfind("\n", 0, begin) + 1
    after = text.find("\n", end)
    return f"{text[:first]}{text[after + 1 :] if after >= 0 else ''}"


def _begins_at(node: yaml.Node, line: int, column: int) -> bool:
    return bool((node.start_mark.line + 1, node.start_mark.column + 1) == (line, column))


def flow(value: Any) -> str:
    """A value on one line."""
    dumped = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, allow_unicode=True, width=_ENDLESS
    )
    return dumped.removesuffix("...\n").rstrip("\n")


def block(value: Mapping[str, Any]) -> str:
    """A mapping, a line a field; what has no parts with parts of their own stands on one line, if it is short."""
    lines = ""
    for name, inner in value.items():
        line = f"{flow(name)}: {flow(inner)}\n"
        if isinstance(inner, Mapping) and inner and (len(line) > _WIDTH or _is_deep(inner)):
            lines += f"{flow(name)}:\n{indent(block(inner), '  ')}"
        else:
            lines += line
    return lines


class _Dumper(yaml.SafeDumper):
    """Writes text so that it comes back as it was, whatever characters it holds."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = None if text.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


def _is_deep(value: Mapping[str, Any]) -> bool:
    return any(isinstance(inner, Mapping) for inner in value.values())


def _nested(names: Sequence[str], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value


def _root(text: str) -> yaml.Node | None:
    return next((document.root for document in yaml_documents(text)), None)


def _names(files: Mapping[str, bytes], path: str) -> set[str]:
    node = _root(_text(files, path))
    return {name.value for name, _ in node.value} if isinstance(node, yaml.MappingNode) else set()


def _text(files: Mapping[str, bytes], path: str) -> str:
    return files.get(path, b"").decode("utf-8-sig")
