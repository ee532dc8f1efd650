"""Attested fields of any kind: attested and unchanged, or a step for a person with the complete value to enter.

An attestation is bound to the digest of kind, resource, account and fields, so that any edit outdates it by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from emailops.canonical import digest
from emailops.dataclass import dataclass
from emailops.kinds.contract import NOTIFY_PAGES, Kind, Known, Noted, Verdict
from emailops.plan import Act, Action, Change, Difference, Instruction, Reason, Step, When
from emailops.resource import Attestation, Control, Desired

_OLDEST = 10**6
FOR_GOOD = 10**5
"""Days for which what was seen counts while a change goes on: nobody is asked for it again in the middle."""
UNKNOWN = "unknown"
"""What is declared where nobody knows a value."""
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


def assess(desired: Desired, kind: Kind, noted: Noted) -> Verdict:
    """What is noted of the attested fields."""
    found = noted.attestations.get(str(desired.resource))
    held = standing(desired, found, noted.attestation_days, noted.today)
    if held.state is AttestationState.attested:
        return Verdict(None, Known.attested)
    return Verdict(_step(desired, kind, _REASONS[held.state], held.attestation, noted.today), Known.none)


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


def _step(desired: Desired, kind: Kind, reason: Reason, attestation: Attestation | None, today: date) -> Change:
    fields = desired.attested or {}
    before = attestation.fields if attestation and isinstance(attestation.fields, dict) else {}
    had, want = _lines(before), _lines(fields)
    instructions = list(_instructions(kind, before, fields, _since(attestation, today)))
    if fields.get(PEOPLE):
        reveal = f"emailops show {desired.resource} --reveal"
        instructions.insert(0, Instruction(reveal, "prints the people's addresses, on a terminal only", Act.run))
    page, why = (kind.attested.page, kind.attested.why) if kind.attested else ("", "")
    is_new = any(line not in had for line in want)
    step = Step(
        when=When.before_merge if is_new else When.now if reason is Reason.expired else When.after_apply,
        why=f"{why}; {reason.value}",
        open=f"{NOTIFY_PAGES}/{desired.account}{page}" if page else desired.told,
        enter=tuple(instructions),
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


def _instructions(
    kind: Kind, before: Mapping[str, Any], fields: Mapping[str, Any], since: str
) -> Iterator[Instruction]:
    """What to do with each value: what was attested is checked, what is new is done, what is gone from a list goes.

    Of what nobody has looked at yet it is not said that it is to be added: it may be there. What is declared to be
    unknown gives nothing to do.
    """
    acts = {field.name: field.act for field in kind.fields}
    had, want = _lines(before), _lines(fields)
    for name, text in want:
        label = "" if isinstance(fields[name], list | bool) else name
        if text == UNKNOWN:
            continue
        if (name, text) in had:
            yield Instruction(text, _note(label, since), Act.check)
        elif not before:
            yield Instruction(text, _note(label), acts.get(name, Act.enter))
        elif isinstance(fields[name], list):
            yield Instruction(text, "+ new", acts.get(name, Act.enter))
        else:
            was = before.get(name)
            yield Instruction(text, _note(label, f"was {was}" if was else "+ new"), acts.get(name, Act.enter))
    for name, text in had:
        is_of_a_list = isinstance(before[name], list) or name not in fields
        if (name, text) not in want and is_of_a_list and text != UNKNOWN:
            yield Instruction(text, "- no longer declared", Act.remove)


def _since(attestation: Attestation | None, today: date) -> str:
    days = age(attestation, today) if attestation else 0
    return "as attested today" if days < 1 else "as attested yesterday" if days == 1 else f"as attested {days} days ago"


def _lines(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(field, text) a value; an entry of a list stands for itself, and of a yes or no its field."""
    return [
        (name, text)
        for name, value in fields.items()
        for text in (
            [str(held) for held in value]
            if isinstance(value, list)
            else [name if value else f"not {name}"]
            if isinstance(value, bool)
            else [str(value)]
        )
    ]


def _note(*parts: str) -> str:
    return "  ".join(filter(None, parts))
