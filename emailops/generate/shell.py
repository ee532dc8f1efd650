"""`shell`: `export NAME='text'` lines that a POSIX shell sources.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02: single quotes keep every
character as it is.
"""

from __future__ import annotations

from emailops.generate.contract import Header, Values
from emailops.generate.environment import unfit, variables
from emailops.generate.header import commented


def write(header: Header, values: Values) -> str:
    lines = [f"export {name}={_quoted(header.edit, name, text)}\n" for name, text in variables(header, values).items()]
    return commented(header, "\n" + "".join(lines) if lines else "")


def _quoted(edit: str, name: str, text: str) -> str:
    if "\r" in text:
        raise unfit(edit, name, "a checkout may change a carriage return")
    return "'" + text.replace("'", "'\\''") + "'"
