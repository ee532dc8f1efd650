"""What can reach a program through its environment: texts, under names that every shell can have.

https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
"""

from __future__ import annotations

import re
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.contract import Header, Values

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def variables(header: Header, values: Values) -> dict[str, str]:
    """Name -> text. Raises InvalidInput for a name or a value that no environment can hold."""
    return {
        _name(name, header.edit): _text(name, value, header.edit)
        for settings in values.values()
        for name, value in settings.items()
    }


def unfit(edit: str, name: str, why: str) -> InvalidInput:
    """The refusal of a text that a format cannot say."""
    return InvalidInput(
        f"{edit}: {name} would not arrive as declared: {why}", "give it another text, or another format"
    )


def _name(name: str, edit: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise InvalidInput(
        f"{edit}: {name!r} cannot be the name of a variable", "use capitals, digits and _, a capital first"
    )


def _text(name: str, value: Any, edit: str) -> str:
    if not isinstance(value, str):
        message = f"{edit}: {name} cannot come from the environment: it would arrive as text"
        raise InvalidInput(message, "give it a file of its own, of the format flask, python or json")
    if "\0" in value or any("\ud800" <= one <= "\udfff" for one in value):
        raise unfit(edit, name, "it holds a character that no environment can hold")
    return value
