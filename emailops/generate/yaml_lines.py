"""YAML a line a field or item, each text spelt one way, and read back (https://yaml.org/spec/1.2.2/).

A name stands plain where readers of YAML 1.1 (PyYAML, Ruby's Psych) and of YAML 1.2 take it for the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emailops.generate.quotes import double_quoted, unquoted

WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
SPELT = tuple(spelt for word in WORDS for spelt in (word, word.capitalize(), word.upper()))
"""What readers take for a boolean or for nothing, and in each case."""
_PLAIN = re.compile(rf"(?i:(?!(?:{'|'.join(WORDS)})$))[A-Za-z_][A-Za-z0-9_-]*")
_TEXT = r'"(?:[^"\\]|\\.)*"'
_FIELD = re.compile(rf"(?P<name>[A-Za-z_][\w-]*|{_TEXT}):(?: (?P<value>.+))?")
_WRITTEN = {"None": "null", "True": "true", "False": "false", "{}": "{}", "[]": "[]"}
_READ: dict[str, Callable[[], Any]] = {
    "null": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "{}": dict,
    "[]": list,
}
_INTEGER = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How texts are spelt: written, what they then look like, and read."""

    write: Callable[[str], str]
    form: re.Pattern[str]
    read: Callable[[str], str]


DOUBLE_QUOTED = Spelling(double_quoted, re.compile(_TEXT), unquoted)


def is_plain(name: str) -> bool:
    """Whether every reader takes a name for a text without quotes."""
    return _PLAIN.fullmatch(name) is not None


def written(fields: Mapping[str, Any], spelling: Spelling = DOUBLE_QUOTED) -> str:
    """The fields as lines; of no fields, nothing."""
    return "".join(_fields(fields, "", spelling))


def read(content: str, spelling: Spelling = DOUBLE_QUOTED) -> dict[str, Any]:
    """The fields again. Raises ValueError for what was not written so."""
    lines = [line for line in content.splitlines() if line and not line.startswith("#")]
    if not lines:
        return {}
    value, left = _block(lines, 0, 0, spelling)
    if left != len(lines) or not isinstance(value, dict):
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


def _block(lines: list[str], at: int, indent: int, spelling: Spelling) -> tuple[Any, int]:
    """What is written from a line on, at this depth, and the first line after it."""
    fields: dict[str, Any] = {}
    items: list[Any] = []
    while at < len(lines) and (line := lines[at]).startswith(" " * indent) and line[indent] != " ":
        if line[indent:] == "-" or line[indent:].startswith("- "):
            item, at = _value(line[indent + 2 :], lines, at + 1, indent + 2, spelling)
            items.append(item)
        elif found := _FIELD.fullmatch(line[indent:]):
            value, at = _value(found["value"] or "", lines, at + 1, indent + 2, spelling)
            fields[unquoted(found["name"]) if found["name"].startswith('"') else found["name"]] = value
        else:
            raise ValueError(f"not as it was written: {line}")
    return items or fields, at


def _value(scalar: str, lines: list[str], at: int, indent: int, spelling: Spelling) -> tuple[Any, int]:
    """The value that follows on the line, else the block below it."""
    if not scalar:
        return _block(lines, at, indent, spelling)
    if spelling.form.fullmatch(scalar):
        return spelling.read(scalar), at
    if _INTEGER.fullmatch(scalar):
        return int(scalar), at
    if scalar not in _READ:
        raise ValueError(f"not as it was written: {scalar}")
    return _READ[scalar](), at
