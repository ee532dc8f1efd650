"""How a resource's attestation stands on a day: attested, outdated or expired, or there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from emailops.kinds.attested import age, digest_of
from emailops.plan import Attestation, Desired

MISSING = "not attested"


@dataclass(frozen=True, slots=True)
class Standing:
    """`state` is attested, outdated, expired or not attested; `expires` is the last day on which it counts."""

    state: str
    attestation: Attestation | None = None
    made_for: str = ""
    age: int = 0
    expires: date | None = None


def standing(desired: Desired, found: tuple[str, Attestation] | None, days: int, today: date) -> Standing:
    """How `found`, the name that it was made for and the attestation, stands; it counts for so many days."""
    if found is None:
        return Standing(MISSING)
    made_for, attestation = found
    old = age(attestation, today)
    expires = _expires(attestation, days)
    if attestation.digest != digest_of(desired, made_for):
        state = "outdated"
    else:
        state = "expired" if old > days else "attested"
    return Standing(state, attestation, made_for, old, expires)


def _expires(attestation: Attestation, days: int) -> date | None:
    try:
        return date.fromisoformat(attestation.on) + timedelta(days)
    except (ValueError, OverflowError):
        return None
