"""`tfvars`: variables of Terraform, a setting a variable, in a `.tfvars` file.

https://developer.hashicorp.com/terraform/language/expressions/strings: `${` and `%{` begin a template, which `$${` and
`%%{` write out; a mapping is an object, whose names are texts here.
"""

from __future__ import annotations

import re
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Names, Values, merged
from emailops.generate.header import commented
from emailops.generate.literal import Language, evaluated, literal
from emailops.generate.quotes import double_quoted

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"^([A-Za-z_][\w-]*) = (.*?)$(?=\n[A-Za-z_]|\n?\Z)", re.DOTALL | re.MULTILINE)
_ENTRY = re.compile(r'^( +"(?:[^"\\]|\\.)*") = ', re.MULTILINE)


def write(header: Header, values: Values) -> str:
    lines = [
        f"{_name(name, header.edit)} = {literal(value, language=_HCL)}\n" for name, value in merged(values).items()
    ]
    return commented(header, "\n" + "".join(lines) if lines else "")


def read(content: str) -> Values:
    """With a colon for each equals sign, what is written here is a Python literal."""
    found = _VARIABLE.findall(content)
    if not found and any(line and not line.startswith("#") for line in content.splitlines()):
        raise ValueError("no variable")
    return {"": {name: _plain(evaluated(_ENTRY.sub(r"\1: ", text), _HCL)) for name, text in found}}


def _name(name: str, edit: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise InvalidInput(f"{edit}: {name!r} cannot be the name of a variable", "use letters, digits, _ and -")


def _text(text: str) -> str:
    return double_quoted(re.sub(r"([$%])(?=\{)", r"\1\1", text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return re.sub(r"([$%])\1(?=\{)", r"\1", value) if isinstance(value, str) else value


_HCL = Language(_text, between=" = ")
FORMAT = Format(
    write=write,
    read=read,
    purpose="variables of Terraform, in a file whose name ends in .tfvars",
    names=Names("A-Za-z_", "A-Za-z0-9_-", "letters, digits, _ and -, no digit first"),
)
