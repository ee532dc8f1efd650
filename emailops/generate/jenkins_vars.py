"""`jenkins-vars`: `{% set name = literal %}` lines that a Jinja template imports.

https://jinja.palletsprojects.com/en/stable/templates/#literals: texts, lists and mappings are written as in Python, and
none in small letters. A name that begins with _ cannot be imported: ibid., #import.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Names, Values, merged
from emailops.generate.header import enclosed
from emailops.generate.literal import identifier, literal

_WORDS = frozenset({"true", "false", "none", "loop", "self", "super", "caller", "varargs", "kwargs"})
"""What Jinja means by these, no template can change; its other words are Python's."""

_SET = re.compile(r"^\{% set (\w+) = (.*?) %\}$", re.DOTALL | re.MULTILINE)


def write(header: Header, values: Values) -> str:
    lines = [
        f"{{% set {_name(name, header.edit)} = {literal(value, none='none')} %}}\n"
        for name, value in merged(values).items()
    ]
    return enclosed(header, "\n" + "".join(lines) if lines else "")


def read(content: str) -> Values:
    if not content.startswith("{#"):
        raise ValueError("no header")
    return {"": {name: _literal(text) for name, text in _SET.findall(content)}}


def _literal(text: str) -> Any:
    return ast.literal_eval(_Nones().visit(ast.parse(text, mode="eval")))


class _Nones(ast.NodeTransformer):
    """Jinja's word for None, as Python's."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(None) if node.id == "none" else node


def _name(name: str, edit: str) -> str:
    if name in _WORDS or name.startswith("_"):
        raise InvalidInput(f"{edit}: no template could import {name!r}", "use no word of Jinja's, and no _ in front")
    return identifier(name, edit)


FORMAT = Format(
    write=write,
    read=read,
    names=Names("^[A-Za-z][A-Za-z0-9_]*$", "a name that a template can import: letters, digits and _, a letter first"),
)
