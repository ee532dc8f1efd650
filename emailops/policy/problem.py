"""What a rule yields: a problem at a place, about a subject that a waiver can name."""

from __future__ import annotations

from collections.abc import Iterable

from emailops.dataclass import dataclass
from emailops.declaration.names import near
from emailops.resource import Place, Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """`subject` is a resource, or the name of a stage, consumer, mailing or framework, such as `stage/NAME`.

    It is empty where no waiver can name it.
    """

    subject: str
    place: Place
    message: str
    remedy: str
    severity: Severity = Severity.error


def warning(subject: str, place: Place, message: str, remedy: str) -> Problem:
    """What time alone made wrong, or does no harm yet."""
    return Problem(subject, place, message, remedy, Severity.warning)


def unknown(subject: str, place: Place, sort: str, word: str, known: Iterable[str]) -> Problem:
    """A word that names nothing declared."""
    choices = sorted(known)
    close = near(word, choices)
    others = f"declare it, or write one of {', '.join(choices)}" if choices else "declare it"
    remedy = f"did you mean {close}?" if close else others
    return Problem(subject, place, f"there is no {sort} {word!r}", remedy)
