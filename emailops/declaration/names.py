"""Names: one for what has only a title, and the one that was probably meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from emailops.errors import NotDeclared

_HEX = re.compile(r"[0-9a-f]{32}")
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_GAP = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST = 80
_ALIKE = 0.65
_MOST = 12


def name_for(title: str, taken: Iterable[str], otherwise: str) -> str:
    """The title, where it is a name already; else its words in small letters. What is `taken` gets a number.

    Names that differ in nothing but case would be one file on some machines, so they count as the same.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    name = plain if plain == title and not _NOT_A_NAME.search(title) else _GAP.sub("-", plain).lower()
    name = name.strip("_-")[:_LONGEST].strip("_-") or otherwise
    used = {name.lower() for name in taken}
    numbered = (f"{name}-{number}" for number in range(2, len(used) + 3))
    return (
        name if name.lower() not in used else next(candidate for candidate in numbered if candidate.lower() not in used)
    )


def as_handed_out(name: str) -> str:
    """The name of a Notify key as it stands in the key: small letters and digits, and _ for a blank."""
    return re.sub(r"[^a-z0-9_]", "", re.sub(r"\s", "_", name.strip().lower()))


def id_in(text: str) -> str:
    """The UUID that a text is, in any spelling that Notify takes; empty for none."""
    digits = re.sub(r"urn:|uuid:|[{}-]", "", text.lower())
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts) if _HEX.fullmatch(digits) else ""


def require(sort: str, name: str, known: Iterable[str]) -> None:
    """Raises NotDeclared, with the nearest name, for one that is not known."""
    choices = sorted(set(known))
    if name not in choices:
        close = near(name, choices)
        others = f"write one of {_some(choices)}" if choices else f"no {sort} is declared yet"
        remedy = f"did you mean {close}?" if close else others
        raise NotDeclared(f"there is no {sort} {name!r}", remedy)


def near(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty when none is close.

    Of a resource, kind and name are compared apart: that two are of one kind makes their names no more alike. Capitals
    make no name another one.
    """
    kind, _, own = name.lower().rpartition("/")
    parted = [(whole, *whole.lower().rpartition("/")[::2]) for whole in known]
    kinds = {of for _, of, _ in parted}
    meant = get_close_matches(kind, kinds, n=len(kinds) or 1, cutoff=_ALIKE) if kind else kinds
    wholes = {last: whole for whole, of, last in parted if of in meant}
    return next((wholes[last] for last in get_close_matches(own, wholes, n=1, cutoff=_ALIKE)), "")


def _some(choices: list[str]) -> str:
    """As many as a person reads."""
    more = f" and {len(choices) - _MOST} more" if len(choices) > _MOST else ""
    return f"{', '.join(choices[:_MOST])}{more}"
