"""What a scan sees and what becomes of it: reported, waived with a reason, or known from a baseline."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from emailops.resource import Finding, Severity

Heard = Callable[[str], None]
"""Is told from time to time how far a scan is."""


def nobody(far: str) -> None:
    """Hears it, and does nothing."""


def percent(done: int, whole: int) -> str:
    """How much of a whole is done, in words."""
    return f"{min(100 * done // max(whole, 1), 100)} %"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that must not be there. `subject` is what a waiver names: a domain, a column, the sort of a secret.

    `reason` is there where an inline waiver gives it. It never holds a secret or an address of a person.
    """

    path: str
    line: int
    column: int
    rule: str
    subject: str
    message: str
    remedy: str
    severity: Severity = Severity.error
    reason: str = ""
    fingerprint: str = ""

    def finding(self) -> Finding:
        """As every other finding is shown."""
        return Finding(self.path, self.line, self.column, self.rule, self.severity, self.message, self.remedy)


@dataclass(frozen=True, slots=True)
class Unread:
    """What was not read, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """All that a scan has to tell: `read` counts by noun what was looked at, `notes` are for people."""

    sightings: tuple[Sighting, ...]
    waived: tuple[Sighting, ...] = ()
    known: tuple[Sighting, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    read: dict[str, int] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """Whether something is there that must not be."""
        return any(sighting.severity is Severity.error for sighting in self.sightings)


def in_order(sightings: Iterable[Sighting]) -> list[Sighting]:
    """By place, each with a fingerprint that holds neither the line, which moves, nor anything private."""
    counts: Counter[tuple[str, str, str]] = Counter()
    ordered = []
    for sighting in sorted(sightings, key=lambda seen: (seen.path, seen.line, seen.column, seen.rule)):
        same = (sighting.rule, sighting.path, sighting.subject)
        counts[same] += 1
        text = "\0".join((*same, str(counts[same])))
        digest = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]
        ordered.append(sighting if sighting.fingerprint else replace(sighting, fingerprint=digest))
    return ordered


def unread_in_order(unread: Iterable[Unread]) -> tuple[Unread, ...]:
    """By path, none twice."""
    return tuple(sorted(set(unread), key=lambda left: (left.path, left.why)))
