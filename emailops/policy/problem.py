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


def unknown(
    subject: str, place: Place, sort: str, word: str, known: Iterable[str], *, is_declared: bool = True
) -> Problem:
    """A word that names nothing known; `is_declared` where people declare such things, and not the tool alone."""
    choices = sorted(known)
    close = near(word, choices)
    ways = ["declare it"] * is_declared + [f"write one of {', '.join(choices)}"] * bool(choices)
    remedy = f"did you mean {close}?" if close else ", or ".join(ways)
    return Problem(subject, place, f"there is no {sort} {word!r}", remedy)
