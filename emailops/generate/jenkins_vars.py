"""`jenkins-vars`: `{% set name = literal %}` lines that a Jinja template imports.

https://jinja.palletsprojects.com/en/stable/templates/#literals: texts, lists and mappings are written as in Python, but
none, true and false in small letters. A name that begins with _ cannot be imported: ibid., #import.
"""

from __future__ import annotations

import re

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Names, Values, merged
from emailops.generate.header import enclosed
from emailops.generate.literal import PYTHON, Language, evaluated, identifier, literal

_WORDS = frozenset({"true", "false", "none", "loop", "self", "super", "caller", "varargs", "kwargs"})
"""What Jinja means by these, no template can change; its other words are Python's."""

_JINJA = Language(PYTHON.text, none="none")
_SET = re.compile(r"^\{% set (\w+) = (.*?) %\}$", re.DOTALL | re.MULTILINE)


def write(header: Header, values: Values) -> str:
    lines = [
        f"{{% set {_name(name, header.edit)} = {literal(value, language=_JINJA)} %}}\n"
        for name, value in merged(values).items()
    ]
    return enclosed(header, "\n" + "".join(lines) if lines else "")


def read(content: str) -> Values:
    if not content.startswith("{#"):
        raise ValueError("no header")
    return {"": {name: evaluated(text, _JINJA) for name, text in _SET.findall(content)}}


def _name(name: str, edit: str) -> str:
    if name in _WORDS or name.startswith("_"):
        raise InvalidInput(f"{edit}: no template could import {name!r}", "use no word of Jinja's, and no _ in front")
    return identifier(name, edit)


FORMAT = Format(
    write=write,
    read=read,
    purpose="for the Jinja templates of Jenkins jobs: `{% set NAME = ... %}`",
    names=Names("A-Za-z", "A-Za-z0-9_", "a name that a template can import: letters, digits and _, a letter first"),
)
