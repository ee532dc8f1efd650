"""Names for what has only a title: readable, of the form that names have, and none twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_GAP = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST = 80


def name_for(title: str, taken: Iterable[str], otherwise: str) -> str:
    """The title, where it is a name already; else its words in small letters. What is `taken` gets a number.

    Names that differ in nothing but case would be one file on some machines, so they count as the same.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    name = plain if plain == title and not _NOT_A_NAME.search(title) else _GAP.sub("-", plain).lower()
    name = name.strip("_-")[:_LONGEST].strip("_-") or otherwise
    used = {one.lower() for one in taken}
    numbered = (f"{name}-{number}" for number in range(2, len(used) + 3))
    return name if name.lower() not in used else next(one for one in numbered if one.lower() not in used)
