"""`properties`: lines of `name=value` that `java.util.Properties` loads, and so Spring.

https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader): space
before a value is passed over, a backslash begins an escape, and a character beyond ASCII is written in UTF-16.
"""

from __future__ import annotations

import re
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.environment import assigned
from emailops.generate.format import Format, Header, Names, Values, merged, unfit
from emailops.generate.header import commented

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_LINE = re.compile(r"^(?P<name>[A-Za-z_][\w.-]*)=(?P<text>[ -~]*)$", re.MULTILINE)
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
_ESCAPE = re.compile(r"((?:\\u[0-9a-f]{4})+)|\\(.)")
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def write(header: Header, values: Values) -> str:
    lines = [
        f"{_name(name, header.edit)}={_escaped(_text(name, value, header.edit))}\n"
        for name, value in merged(values).items()
    ]
    return commented(header, "\n" + "".join(lines) if lines else "")


def read(content: str) -> Values:
    return assigned(_LINE, content, _unescaped)


def _name(name: str, edit: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise InvalidInput(f"{edit}: {name!r} cannot be the name of a property", "use letters, digits, _ . and -")


def _text(name: str, value: Any, edit: str) -> str:
    if isinstance(value, str):
        return value
    raise unfit(edit, name, "a property is one text")


def _escaped(text: str) -> str:
    rest = text.lstrip(" ")
    return "\\ " * (len(text) - len(rest)) + "".join(map(_written, rest))


def _written(character: str) -> str:
    if " " <= character <= "~" and character != "\\":
        return character
    if character in _ESCAPES:
        return _ESCAPES[character]
    units = character.encode("utf-16-be", errors="surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _units(found[1]) if found[1] else _MEANT.get(found[2], found[2]), text)


def _units(numbers: str) -> str:
    return bytes.fromhex(numbers.replace("\\u", "")).decode("utf-16-be", errors="surrogatepass")


FORMAT = Format(
    write=write,
    read=read,
    purpose="a Java properties file, which Spring reads too; texts only",
    names=Names("A-Za-z_", "A-Za-z0-9_.-", "letters, digits, _ . and -, a letter or _ first"),
    holds_texts=True,
)
