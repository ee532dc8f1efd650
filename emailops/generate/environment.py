"""What can reach a program through its environment: texts, under names that every shell can have.

https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.format import Header, Names, Values, merged, unfit

NAMES = Names("A-Za-z_", "A-Za-z0-9_", "a name that every shell can have: letters, digits and _, no digit first")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def variables(header: Header, values: Values) -> dict[str, str]:
    """Name -> text. Raises InvalidInput for a name or a value that no environment can hold."""
    return {_name(name, header.edit): _text(name, value, header.edit) for name, value in merged(values).items()}


def assigned(line: re.Pattern[str], content: str, unquoted: Callable[[str], str]) -> Values:
    """What the lines of a file assign: the groups `name` and `text` of each. Raises ValueError where no line does."""
    found = {match["name"]: unquoted(match["text"]) for match in line.finditer(content)}
    if not found and any(text.strip() and not text.startswith("#") for text in content.splitlines()):
        raise ValueError("nothing is assigned")
    return {"": found}


def _name(name: str, edit: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise InvalidInput(
        f"{edit}: {name!r} cannot be the name of a variable", "use letters, digits and _, no digit first"
    )


def _text(name: str, value: Any, edit: str) -> str:
    if not isinstance(value, str):
        message = f"{edit}: {name} cannot come from the environment: it would arrive as text"
        raise InvalidInput(message, "write {json_text: SOURCE}, or give it a file of the format flask, python or json")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise unfit(edit, name, "it holds a character that no environment can hold")
    return value
