"""`yaml`: a file of its own in YAML, a setting a line, as Ansible's `defaults/main.yml` or Rails' settings have it.

https://yaml.org/spec/1.2.2/: every text is a double-quoted scalar, so that no reader takes `no` or `010` for anything
else; readers of YAML 1.1 (PyYAML, Ruby's Psych) and of YAML 1.2 read the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Names, Values, merged
from emailops.generate.header import commented
from emailops.generate.quotes import double_quoted, unquoted

_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
_PLAIN = re.compile(rf"(?i:(?!(?:{'|'.join(_WORDS)})$))[A-Za-z_][A-Za-z0-9_-]*")
_TEXT = r'"(?:[^"\\]|\\.)*"'
_SCALARS = {"None": "null", "{}": "{}", "[]": "[]"}
_EMPTY: dict[str, Callable[[], Any]] = {"null": lambda: None, "{}": dict, "[]": list}
_FIELD = re.compile(rf"(?P<name>[A-Za-z_][\w-]*|{_TEXT}):(?: (?P<value>.+))?")


def write(header: Header, values: Values) -> str:
    settings = merged(values)
    for name in settings:
        if not _PLAIN.fullmatch(name):
            message = f"{header.edit}: YAML would not read {name!r} as a plain name"
            raise InvalidInput(message, "use letters, digits, _ and -, and no word such as yes or null")
    return commented(header, "\n" + "".join(_fields(settings, "")) if settings else "")


def read(content: str) -> Values:
    lines = [line for line in content.splitlines() if line and not line.startswith("#")]
    if not lines:
        return {"": {}}
    value, left = _block(lines, 0, 0)
    if left != len(lines) or not isinstance(value, dict):
        raise ValueError("not as it was written")
    return {"": value}


def _fields(fields: dict[str, Any], indent: str) -> list[str]:
    return [line for name, value in fields.items() for line in _entry(f"{indent}{_name(name)}:", value, f"{indent}  ")]


def _items(items: list[Any], indent: str) -> list[str]:
    return [line for item in items for line in _entry(f"{indent}-", item, f"{indent}  ")]


def _entry(start: str, value: Any, indent: str) -> list[str]:
    if value and isinstance(value, dict | list):
        return [f"{start}\n", *(_fields(value, indent) if isinstance(value, dict) else _items(value, indent))]
    scalar = double_quoted(value) if isinstance(value, str) else _SCALARS[repr(value)]
    return [f"{start} {scalar}\n"]


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else double_quoted(name)


def _block(lines: list[str], at: int, indent: int) -> tuple[Any, int]:
    """What is written from a line on, at this depth, and the first line after it."""
    fields: dict[str, Any] = {}
    items: list[Any] = []
    while at < len(lines) and (line := lines[at]).startswith(" " * indent) and line[indent] != " ":
        if line[indent:] == "-" or line[indent:].startswith("- "):
            item, at = _value(line[indent + 2 :], lines, at + 1, indent + 2)
            items.append(item)
        elif found := _FIELD.fullmatch(line[indent:]):
            value, at = _value(found["value"] or "", lines, at + 1, indent + 2)
            fields[unquoted(found["name"]) if found["name"].startswith('"') else found["name"]] = value
        else:
            raise ValueError(f"not as it was written: {line}")
    return items or fields, at


def _value(scalar: str, lines: list[str], at: int, indent: int) -> tuple[Any, int]:
    """The value that follows on the line, else the block below it."""
    if not scalar:
        return _block(lines, at, indent)
    if re.fullmatch(_TEXT, scalar):
        return unquoted(scalar), at
    if scalar not in _EMPTY:
        raise ValueError(f"not as it was written: {scalar}")
    return _EMPTY[scalar](), at


FORMAT = Format(
    write=write,
    read=read,
    purpose="a YAML file of its own, for Ansible, Rails and anything else that reads YAML",
    names=Names(
        f"^(?!({'|'.join(spelt for word in _WORDS for spelt in (word, word.capitalize(), word.upper()))})$)"
        "[A-Za-z_][A-Za-z0-9_-]*$",
        "letters, digits, _ and -, and no word that YAML takes for a boolean or for nothing",
    ),
)
