"""`shell`: `export NAME='text'` lines that a POSIX shell sources.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02: single quotes keep every
character as it is.
"""

from __future__ import annotations

import re

from emailops.generate.environment import NAMES, assigned, variables
from emailops.generate.format import Format, Header, Values, unfit
from emailops.generate.header import commented

_LINE = re.compile(r"^export (?P<name>\w+)=(?P<text>(?:'[^']*'|\\')+)$", re.MULTILINE)


def write(header: Header, values: Values) -> str:
    lines = [f"export {name}={_quoted(header.edit, name, text)}\n" for name, text in variables(header, values).items()]
    return commented(header, "\n" + "".join(lines) if lines else "")


def read(content: str) -> Values:
    return assigned(_LINE, content, _unquoted)


def _quoted(edit: str, name: str, text: str) -> str:
    if "\r" in text:
        raise unfit(edit, name, "a checkout may change a carriage return")
    return "'" + text.replace("'", "'\\''") + "'"


def _unquoted(quoted: str) -> str:
    return quoted.replace("'\\''", "\0")[1:-1].replace("\0", "'")


FORMAT = Format(
    write=write,
    read=read,
    purpose="for a POSIX shell that reads it with `. FILE`; texts only",
    names=NAMES,
    holds_texts=True,
)
