"""`jenkins-vars`: `{% set name = literal %}` lines that a Jinja template imports.

https://jinja.palletsprojects.com/en/stable/templates/#literals: texts, lists and mappings are written as in Python, and
none in small letters. A name that begins with _ cannot be imported: ibid., #import.
"""

from __future__ import annotations

from emailops.errors import InvalidInput
from emailops.generate.contract import Header, Values
from emailops.generate.header import enclosed
from emailops.generate.literal import identifier, literal

_WORDS = frozenset({"true", "false", "none", "loop", "self", "super", "caller", "varargs", "kwargs"})
"""What Jinja means by these, no template can change; its other words are Python's."""


def write(header: Header, values: Values) -> str:
    lines = [
        f"{{% set {_name(name, header.edit)} = {literal(value, none='none')} %}}\n"
        for settings in values.values()
        for name, value in settings.items()
    ]
    return enclosed(header, "\n" + "".join(lines) if lines else "")


def _name(name: str, edit: str) -> str:
    if name in _WORDS or name.startswith("_"):
        raise InvalidInput(f"{edit}: no template could import {name!r}", "use no word of Jinja's, and no _ in front")
    return identifier(name, edit)
