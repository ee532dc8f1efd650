"""`typescript`: a module of constants, whose types are as narrow as their values (`as const`).

https://www.typescriptlang.org/docs/handbook/release-notes/typescript-3-4.html#const-assertions. JSON is an expression
of JavaScript; its escapes are JavaScript's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Names, Values, merged, unfit
from emailops.generate.header import SLASHES, commented

_WORDS = (
    *("arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete"),
    *("do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function", "if", "implements"),
    *("import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public"),
    *("return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void"),
    *("while", "with", "yield"),
)
"""What no constant of a module can be called."""
_NAMES = rf"(?!({'|'.join(_WORDS)})$)[A-Za-z_][A-Za-z0-9_]*"
_CONSTANT = re.compile(r"^export const (\w+) = (.*?)(?: as const)?;$", re.DOTALL | re.MULTILINE)
_PROTOTYPE = "__proto__"


def write(header: Header, values: Values) -> str:
    lines = [
        f"export const {_name(name, header.edit)} = {_literal(header.edit, name, value)};\n"
        for name, value in merged(values).items()
    ]
    return commented(header, "\n" + "".join(lines) if lines else "", SLASHES)


def read(content: str) -> Values:
    found = _CONSTANT.findall(content)
    if not content.startswith(SLASHES):
        raise ValueError("no comment in front")
    return {"": {name: json.loads(text) for name, text in found}}


def _name(name: str, edit: str) -> str:
    if re.fullmatch(_NAMES, name):
        return name
    raise InvalidInput(
        f"{edit}: {name!r} cannot be a name in TypeScript", "use letters, digits and _, and no word of it"
    )


def _literal(edit: str, name: str, value: Any) -> str:
    if value is None:
        return "null"
    if _PROTOTYPE in _names(value):
        raise unfit(edit, name, f"JavaScript takes the name {_PROTOTYPE} for something else")
    return json.dumps(value, indent=2) + " as const"


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


FORMAT = Format(
    write=write,
    read=read,
    purpose="a TypeScript module of constants, with types as narrow as their values",
    names=Names("A-Za-z_", "A-Za-z0-9_", "letters, digits and _, no digit first, and no word of TypeScript", _WORDS),
)
