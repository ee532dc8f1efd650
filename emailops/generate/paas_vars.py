"""`paas-vars`: YAML of variables for one app, from which a renderer fills a Cloud Foundry manifest without quoting.

https://docs.cloudfoundry.org/devguide/deploy-apps/manifest-attributes.html: the manifest is YAML again. So a value
carries the quotes that it needs there: what the first reading gives is a double-quoted scalar for the second
(https://yaml.org/spec/1.2.2/#double-quoted-style).
"""

from __future__ import annotations

from emailops.errors import InvalidInput
from emailops.generate.contract import Header, Values
from emailops.generate.environment import unfit, variables
from emailops.generate.header import commented

_NO_NAMES = frozenset({"Y", "N", "YES", "NO", "ON", "OFF", "TRUE", "FALSE", "NULL"})
"""The name is not quoted in the manifest either, and YAML 1.1 takes these for something else."""


def write(header: Header, values: Values) -> str:
    lines = [
        f"    {_name(header.edit, name)}: {_quoted_twice(header.edit, name, text)}\n"
        for name, text in variables(header, values).items()
    ]
    env = "\n" + "".join(lines) if lines else " {}\n"
    return commented(header, f"\n{_quoted(header.app)}:\n  env:{env}")


def _name(edit: str, name: str) -> str:
    if name in _NO_NAMES:
        raise InvalidInput(f"{edit}: YAML would not read {name!r} as a name", "give the setting another name")
    return name


def _quoted_twice(edit: str, name: str, text: str) -> str:
    if "((" in text:
        raise unfit(edit, name, "Cloud Foundry puts the value of a variable in place of ((...))")
    return "'" + _quoted(text).replace("'", "''") + "'"


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(one: str) -> str:
    if one in '"\\':
        return "\\" + one
    # Without braces, a renderer that takes its variables for templates finds nothing to do.
    if " " <= one <= "~" and one not in "{}":
        return one
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
