"""`paas-vars` in the shape `variables`: names that the renderer's own templates read, in a file that it merges last.

A template prints a text without quotes into the manifest, so each carries those that it needs there, as in
`paas_vars.py`. A name is a variable or an attribute in Jinja, and one that begins with _ is out of its reach:
https://jinja.palletsprojects.com/en/stable/templates/#variables.
"""

from __future__ import annotations

import re
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate import yaml_lines
from emailops.generate.format import Format, Header, Names, Values, merged, unfit
from emailops.generate.header import commented
from emailops.generate.quotes import double_quoted, unquoted

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SAID = "letters, digits and _, a letter first, and no word that YAML takes for a boolean"


def quoted(text: str) -> str:
    """A double-quoted scalar without braces: a renderer that takes its variables for templates finds nothing to do."""
    return double_quoted(text, escaped="{}", two_digits=True)


def quoted_twice(text: str) -> str:
    """What a first reading of YAML gives as a quoted scalar for the second."""
    return "'" + quoted(text).replace("'", "''") + "'"


def unquoted_twice(text: str) -> str:
    return unquoted(text[1:-1].replace("''", "'"))


def refuse_unsayable(edit: str, name: str, text: str) -> None:
    """Raises InvalidInput for a text that would not arrive in the manifest."""
    if "((" in text:
        raise unfit(edit, name, "Cloud Foundry puts the value of a variable in place of ((...))")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise unfit(edit, name, "it holds a character that no environment can hold")


SPELLING = yaml_lines.Spelling(quoted_twice, "'", unquoted)
TWICE = r"'\"(?:[^']|'')*\"'"
"""What a text spelt so looks like."""


def write(header: Header, values: Values) -> str:
    variables = merged(values)
    for name, value in variables.items():
        _refuse_unreadable(header.edit, name, value)
    return commented(header, f"\n{yaml_lines.written(variables, SPELLING)}" if variables else "")


def read(content: str) -> Values:
    return {"": yaml_lines.read(content, SPELLING)}


def _refuse_unreadable(edit: str, name: str, value: Any) -> None:
    """Refuses what a template could not name, or would print as another thing."""
    if not _NAME.fullmatch(name) or not yaml_lines.is_plain(name):
        raise InvalidInput(f"{edit}: no template could read {name!r}", f"use {_SAID}")
    _refuse_unprintable(edit, name, value)


def _refuse_unprintable(edit: str, name: str, value: Any) -> None:
    if isinstance(value, dict):
        for inner_name, inner in value.items():
            _refuse_unreadable(edit, inner_name, inner)
    elif isinstance(value, list):
        for item in value:
            _refuse_unprintable(edit, name, item)
    elif isinstance(value, str):
        refuse_unsayable(edit, name, value)
    elif value is None:
        raise unfit(edit, name, "a template prints nothing as the text None")


FORMAT = Format(
    write=write,
    read=read,
    purpose="the names that the renderer's own templates read, such as `supplier_frontend: {mailchimp_username: ...}`",
    names=Names("A-Za-z", "A-Za-z0-9_", _SAID, yaml_lines.SPELT),
)
