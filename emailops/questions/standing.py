"""How a resource's attestation stands on a day: attested, outdated or expired, or there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from emailops.kinds import attested
from emailops.plan import Attestation, Desired, Reason

MISSING = "not attested"
_STATES = {
    None: "attested",
    Reason.not_attested: MISSING,
    Reason.outdated: "outdated",
    Reason.expired: "expired",
}


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
    reason = attested.standing(desired, found, days, today)
    state = _STATES[reason]
    if found is None:
        return Standing(state)
    made_for, attestation = found
    return Standing(state, attestation, made_for, attested.age(attestation, today), _expires(attestation, days))


def _expires(attestation: Attestation, days: int) -> date | None:
    try:
        return date.fromisoformat(attestation.on) + timedelta(days)
    except (ValueError, OverflowError):
        return None
