"""Names that a person asks with, and what they may have meant."""

from __future__ import annotations

from collections.abc import Iterable

from emailops.declaration.names import near
from emailops.errors import UsageError


def check(sort: str, name: str, known: Iterable[str]) -> None:
    """Raises UsageError, with the nearest name, for one that is not known."""
    choices = sorted(set(known))
    if name not in choices:
        close = near(name, choices)
        remedy = f"did you mean {close}?" if close else f"write one of {', '.join(choices) or 'none yet'}"
        raise UsageError(f"there is no {sort} {name!r}", remedy)
