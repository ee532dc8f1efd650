"""One thing that happens to a message, and the line of a file that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from emailops.resource import Place


@dataclass(frozen=True, slots=True)
class TraceStep:
    """`says` never holds the address or the number that was asked about."""

    what: str
    says: str
    place: Place
