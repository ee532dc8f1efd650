"""Attested fields of any kind: attested and unchanged, or a step for a person with the complete value to enter.

An attestation is bound to the digest of kind, resource, account and fields, so that any edit outdates it by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from emailops.kinds.contract import NOTIFY_PAGES, Attested, Known, Noted, Verdict
from emailops.plan import Action, Attestation, Change, Control, Desired, Difference, Reason, Step, digest

_OLDEST = 10**6
PEOPLE = "people"
"""The field that holds handles, each with its since; their addresses are only ever revealed on a terminal."""


class AttestationState(StrEnum):
    """How an attestation stands on a day."""

    attested = "attested"
    outdated = "outdated"
    expired = "expired"
    missing = "not attested"


_REASONS = {
    AttestationState.outdated: Reason.outdated,
    AttestationState.expired: Reason.expired,
    AttestationState.missing: Reason.not_attested,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The attestation of a resource on a day, if there is one; `expires` is the last day on which it counts."""

    state: AttestationState
    attestation: Attestation | None = None
    made_for: str = ""
    age: int = 0
    expires: date | None = None


def assess(desired: Desired, words: Attested, noted: Noted) -> Verdict:
    """What is noted of the attested fields."""
    found = noted.attestations.get(str(desired.resource))
    held = standing(desired, found, noted.attestation_days, noted.today)
    if held.state is AttestationState.attested:
        return Verdict(None, Known.attested)
    return Verdict(_step(desired, words, _REASONS[held.state], held.attestation, noted.today), Known.none)


def standing(desired: Desired, found: tuple[str, Attestation] | None, days: int, today: date) -> Standing:
    """How `found`, the name that it was made for and the attestation, stands; it counts for so many days."""
    if found is None:
        return Standing(AttestationState.missing)
    made_for, attestation = found
    old = age(attestation, today)
    if attestation.digest != digest_of(desired, made_for):
        state = AttestationState.outdated
    else:
        state = AttestationState.expired if old > days else AttestationState.attested
    return Standing(state, attestation, made_for, old, _expires(attestation, days))


def digest_of(desired: Desired, resource: str = "") -> str:
    """What binds an attestation to exactly these fields; `resource` is the name it was made for."""
    return digest(
        {
            "kind": desired.resource.kind,
            "resource": resource or str(desired.resource),
            "account": desired.account,
            "fields": desired.attested,
        }
    )


def age(attestation: Attestation, today: date) -> int:
    """In days; an attestation without a readable day, or of a day to come, is as old as can be."""
    try:
        days = (today - date.fromisoformat(attestation.on)).days
    except ValueError:
        return _OLDEST
    return days if days >= -1 else _OLDEST


def _expires(attestation: Attestation, days: int) -> date | None:
    try:
        return date.fromisoformat(attestation.on) + timedelta(days)
    except (ValueError, OverflowError):
        return None


def _step(desired: Desired, words: Attested, reason: Reason, attestation: Attestation | None, today: date) -> Change:
    fields = desired.attested or {}
    before = attestation.fields if attestation and isinstance(attestation.fields, dict) else {}
    had, want = _lines(before), _lines(fields)
    since = f"already there, attested {age(attestation, today)} days ago" if attestation else ""
    enter = [(text, _note(name, since if (name, text) in had else "+ add")) for name, text in want]
    enter += [(text, _note(name, "- remove")) for name, text in had if (name, text) not in want]
    if fields.get(PEOPLE):
        reveal = f"emailops show {desired.resource} --reveal"
        enter.insert(0, (reveal, "prints the people's addresses, on a terminal only"))
    step = Step(
        when="before merge" if any(line not in had for line in want) else "after apply",
        why=f"{words.why}; {reason.value}",
        open=f"{NOTIFY_PAGES}/{desired.account}{words.page}",
        enter=tuple(enter),
        then=f"emailops attest {desired.resource}",
    )
    return Change(
        desired.resource,
        desired.scope,
        Action.person,
        Control.attested,
        reason,
        fields=tuple(
            Difference(name, before.get(name), value)
            for name, value in fields.items()
            if before.get(name, [] if isinstance(value, list) else None) != value
        ),
        step=step,
    )


def _lines(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(field, text) a value; an entry of a list stands for itself."""
    return [
        ("" if isinstance(value, list) else name, str(held))
        for name, value in fields.items()
        for held in (value if isinstance(value, list) else [value])
    ]


def _note(name: str, note: str) -> str:
    return f"{name}  {note}".strip()
