"""YAML a line a field or item, each text spelt one way, and read back (https://yaml.org/spec/1.2.2/).

A name stands plain where readers of YAML 1.1 (PyYAML, Ruby's Psych) and of YAML 1.2 take it for the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from emailops.generate.quotes import double_quoted

WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
SPELT = tuple(spelt for word in WORDS for spelt in (word, word.capitalize(), word.upper()))
"""What readers take for a boolean or for nothing, and in each case."""
_PLAIN = re.compile(rf"(?i:(?!(?:{'|'.join(WORDS)})$))[A-Za-z_][A-Za-z0-9_-]*")
_WRITTEN = {"None": "null", "True": "true", "False": "false", "{}": "{}", "[]": "[]"}
_READ = {"null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How texts are spelt: written, in which quotes they then stand, and what to make of what YAML reads in them."""

    write: Callable[[str], str]
    quote: str
    read: Callable[[str], str]


DOUBLE_QUOTED = Spelling(double_quoted, '"', str)


def is_plain(name: str) -> bool:
    """Whether every reader takes a name for a text without quotes."""
    return _PLAIN.fullmatch(name) is not None


def written(fields: Mapping[str, Any], spelling: Spelling = DOUBLE_QUOTED) -> str:
    """The fields as lines; of no fields, nothing."""
    return "".join(_fields(fields, "", spelling))


def read(content: str, spelling: Spelling = DOUBLE_QUOTED) -> dict[str, Any]:
    """The fields again. Raises ValueError for what was not written so."""
    try:
        node = yaml.compose(content, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error
    value = {} if node is None else _read(node, spelling)
    if not isinstance(value, dict):
        raise ValueError("not as it was written")
    return value


def _fields(fields: Mapping[str, Any], indent: str, spelling: Spelling) -> list[str]:
    entries = ((f"{indent}{_name(name)}:", value) for name, value in fields.items())
    return _entries(entries, f"{indent}  ", spelling)


def _entries(entries: Iterable[tuple[str, Any]], indent: str, spelling: Spelling) -> list[str]:
    lines = []
    for start, value in entries:
        if value and isinstance(value, dict):
            lines += [f"{start}\n", *_fields(value, indent, spelling)]
        elif value and isinstance(value, list):
            lines += [f"{start}\n", *_entries(((f"{indent}-", item) for item in value), f"{indent}  ", spelling)]
        else:
            lines.append(f"{start} {_scalar(value, spelling)}\n")
    return lines


def _scalar(value: Any, spelling: Spelling) -> str:
    return spelling.write(value) if isinstance(value, str) else _WRITTEN.get(repr(value), repr(value))


def _name(name: str) -> str:
    return name if is_plain(name) else double_quoted(name)


def _read(node: yaml.Node, spelling: Spelling) -> Any:
    """A value as it was written; its own quotes tell a text from what only looks like one."""
    if isinstance(node, yaml.MappingNode):
        return {str(name.value): _read(value, spelling) for name, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, spelling) for item in node.value]
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if style == spelling.quote:
        return spelling.read(node.value)
    if not style and _INTEGER.fullmatch(node.value):
        return int(node.value)
    if not style and node.value in _READ:
        return _READ[node.value]
    raise ValueError(f"not as it was written: {node.value}")
