"""`dotenv`: `NAME=text` lines that python-dotenv, and so Flask, reads as a POSIX shell does.

https://saurabh-kumar.com/python-dotenv/#file-format: it knows escapes inside single quotes too, expands `${NAME}`
inside any, and takes a backslash before a closing quote for an escape. A shell does none of this; what is written here
means the same to both. Docker's `--env-file` takes whatever follows the equals sign, quotes too, so that a plain word
stands without any (https://docs.docker.com/reference/cli/docker/container/run/#env).
"""

from __future__ import annotations

import re

from emailops.generate.environment import NAMES, assigned, variables
from emailops.generate.format import Format, Header, Values, unfit
from emailops.generate.header import commented

_LINE = re.compile(r"""^(?P<name>\w+)=(?P<text>'[^']*'|"(?:[^"\\]|\\.)*"|[\w@%+,./:-]*)$""", re.MULTILINE | re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_@%+,./:-]*")


def write(header: Header, values: Values) -> str:
    lines = [f"{name}={_quoted(header.edit, name, text)}\n" for name, text in variables(header, values).items()]
    return commented(header, "\n" + "".join(lines) if lines else "")


def read(content: str) -> Values:
    return assigned(_LINE, content, _unquoted)


def _quoted(edit: str, name: str, text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if "\r" in text:
        raise unfit(edit, name, "a checkout may change a carriage return")
    if "${" in text:
        raise unfit(edit, name, "python-dotenv puts the value of a variable in place of ${...}")
    if text.endswith("\\"):
        raise unfit(edit, name, "python-dotenv does not see where a text ends that ends in a backslash")
    if "'" not in text and "\\\\" not in text:
        return f"'{text}'"
    if "$" not in text and "`" not in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    raise unfit(edit, name, "python-dotenv and a shell disagree on $ or ` beside a single quote or two backslashes")


def _unquoted(quoted: str) -> str:
    if quoted.startswith('"'):
        return re.sub(r"\\(.)", r"\1", quoted[1:-1])
    return quoted[1:-1] if quoted.startswith("'") else quoted


FORMAT = Format(
    write=write,
    read=read,
    purpose="for Flask's dotenv, python-dotenv, a POSIX shell, and of plain words `docker run --env-file`; texts only",
    names=NAMES,
    holds_texts=True,
)
