"""`paas-vars`: YAML of variables for one app, from which a renderer fills a Cloud Foundry manifest without quoting.

https://docs.cloudfoundry.org/devguide/deploy-apps/manifest-attributes.html: the manifest is YAML again. So a value
carries the quotes that it needs there: what the first reading gives is a double-quoted scalar for the second
(https://yaml.org/spec/1.2.2/#double-quoted-style).
"""

from __future__ import annotations

import re

from emailops.errors import InvalidInput
from emailops.generate.environment import assigned, variables
from emailops.generate.format import Format, Header, Names, Values, unfit
from emailops.generate.header import commented
from emailops.generate.quotes import double_quoted, unquoted

_NO_NAMES = ("Y", "N", "YES", "NO", "ON", "OFF", "TRUE", "FALSE", "NULL")
"""The name is not quoted in the manifest either, and YAML 1.1 takes these for something else."""

_LINE = re.compile(r"^    (?P<name>\w+): '(?P<text>\"(?:[^']|'')*\")'$", re.MULTILINE)


def write(header: Header, values: Values) -> str:
    lines = [
        f"    {_name(header.edit, name)}: {_quoted_twice(header.edit, name, text)}\n"
        for name, text in variables(header, values).items()
    ]
    env = "\n" + "".join(lines) if lines else " {}\n"
    return commented(header, f"\n{_quoted(header.app)}:\n  env:{env}")


def read(content: str) -> Values:
    if content.rstrip().endswith("\n  env: {}"):
        return {"": {}}
    return assigned(_LINE, content, _unquoted)


def _name(edit: str, name: str) -> str:
    if name in _NO_NAMES:
        raise InvalidInput(f"{edit}: YAML would not read {name!r} as a name", "give the setting another name")
    return name


def _quoted_twice(edit: str, name: str, text: str) -> str:
    if "((" in text:
        raise unfit(edit, name, "Cloud Foundry puts the value of a variable in place of ((...))")
    return "'" + _quoted(text).replace("'", "''") + "'"


def _quoted(text: str) -> str:
    """Without braces, a renderer that takes its variables for templates finds nothing to do."""
    return double_quoted(text, escaped="{}", two_digits=True)


def _unquoted(quoted: str) -> str:
    return unquoted(quoted.replace("''", "'"))


FORMAT = Format(
    write=write,
    read=read,
    purpose="for the manifest of an app on Cloud Foundry whose renderer does not quote values; texts only",
    names=Names(
        f"^(?!({'|'.join(_NO_NAMES)})$)[A-Z][A-Z0-9_]*$",
        "capitals, digits and _, and no word that YAML takes for a boolean",
    ),
    holds_texts=True,
    names_app=True,
)
