"""Telephone numbers as Notify reads them, and where a redirect takes a text message.

https://docs.notifications.service.gov.uk/rest-api.html#phone-number-required
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import Misconfigured

# What people type between digits: white space of any sort, what shows as nothing, brackets, hyphens and dashes.
_SEPARATORS = re.compile("[\\s()\u00ad\u180e\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff-]+")
# A zero that is only dialled within the country, as in +44 (0)7700.
_DIALLED_AT_HOME = re.compile(r"\(\s*0\s*\)")
_BEGINNING = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)
_UK = "44"
_LENGTHS_AT_HOME = (9, 10)


def international(number: str) -> str:
    """The number with + and its country, as Notify sends to it; of one that Notify refuses, digits as they stand."""
    compact = _SEPARATORS.sub("", _DIALLED_AT_HOME.sub("", number))
    digits = compact.lstrip("+")
    if compact.startswith(("+", "00")):
        digits = digits.lstrip("0")
    else:
        digits = digits.lstrip("0")
        digits = f"{_UK}{digits}" if len(digits) in _LENGTHS_AT_HOME else digits
    return f"+{_UK}{digits[2:].lstrip('0')}" if digits.startswith(_UK) else f"+{digits}"


class NumberRedirects:
    """How redirected numbers begin, with + and their country, and whom their text messages go to."""

    def __init__(self, numbers: Any) -> None:
        """Raises Misconfigured for anything that would redirect nothing, or to nobody."""
        if not isinstance(numbers, Mapping):
            what = f"redirects of numbers are {type(numbers).__name__}, not a mapping"
            raise Misconfigured(what, "an environment variable cannot hold one: take it from the generated settings")
        for beginning, target in numbers.items():
            if not isinstance(beginning, str) or not _BEGINNING.fullmatch(beginning):
                raise Misconfigured("a redirect is not from a number", "write how it begins, such as +447700900")
            if not isinstance(target, str) or not _BEGINNING.fullmatch(international(target)):
                raise Misconfigured(f"{beginning} is redirected to what is not a number", "write a whole number")
        self._targets = dict(numbers)

    def __repr__(self) -> str:
        return f"<NumberRedirects of {', '.join(sorted(self._targets)) or 'nothing'}>"

    def target(self, number: str) -> str | None:
        """Whom a text message to this number goes to instead; None where it goes to the number itself."""
        whole = international(number)
        found = (target for beginning, target in self._targets.items() if whole.startswith(beginning))
        return next(found, None)
