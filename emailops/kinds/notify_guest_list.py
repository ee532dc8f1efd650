"""A Notify service's guest list: attested (https://www.notifications.service.gov.uk/using-notify/guest-list).

No key of a service can read or write it. A team key mails only the team and this list: case aside, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from emailops.kinds.contract import NOTIFY_PAGES, Capability, Kind, Noted, Verdict, World
from emailops.plan import Action, Attestation, Change, Control, Desired, Difference, Reason, Step, digest

NAME = "notify-guest-list"
LIMIT = 5
"""Addresses, and again numbers, that Notify's page takes."""


def normalised(guests: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Entries as Notify compares them: addresses lower-cased, numbers without spaces, each sorted, none twice.

    A person is `handle since YYYY-MM-DD`, so that a new address, which is a new since, outdates an attestation.
    """
    return {
        "addresses": sorted({one.strip().lower() for one in guests["addresses"]}),
        "numbers": sorted({plain_number(one) for one in guests["numbers"]}),
        "people": sorted(set(guests["people"])),
    }


def plain_number(text: str) -> str:
    """A telephone number without what people put between its digits."""
    return "".join(c for c in text if c.isdigit() or c == "+")


def attested_digest(resource: str, account: str, fields: Any) -> str:
    """What binds an attestation to exactly these entries of this service."""
    return digest({"kind": NAME, "resource": resource, "account": account, "fields": fields})


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:  # noqa: ARG001
    """Attested and unchanged, or a step for a person."""
    found = noted.attestations.get(str(desired.resource))
    if found is None:
        return Verdict(_step(desired, Reason.not_attested, None, noted.today), "")
    made_for, attestation = found
    if attestation.digest != attested_digest(made_for, desired.account, desired.attributes):
        return Verdict(_step(desired, Reason.outdated, attestation, noted.today), "")
    if age(attestation, noted.today) > noted.attestation_days:
        return Verdict(_step(desired, Reason.expired, attestation, noted.today), "")
    return Verdict(None, "attested")


def age(attestation: Attestation, today: date) -> int:
    """In days; an attestation without a readable day is as old as can be."""
    try:
        return (today - date.fromisoformat(attestation.on)).days
    except ValueError:
        return 10**6


def _step(desired: Desired, reason: Reason, attestation: Attestation | None, today: date) -> Change:
    before = attestation.fields if attestation and isinstance(attestation.fields, dict) else {}
    fields = tuple(
        Difference(sort, before.get(sort), entries)
        for sort, entries in desired.attributes.items()
        if before.get(sort, []) != entries
    )
    had = [str(one) for sort in desired.attributes for one in before.get(sort) or []]
    want = [one for entries in desired.attributes.values() for one in entries]
    since = f"already there, attested {age(attestation, today)} days ago" if attestation else ""
    enter = [(one, since if one in had else "+ add") for one in want]
    enter += [(one, "- remove") for one in had if one not in want]
    if desired.attributes["people"]:
        enter.insert(
            0, (f"emailops show {desired.resource} --reveal", "prints the people's addresses, on a terminal only")
        )
    added = any(one not in had for one in want)
    step = Step(
        when="before merge" if added else "after apply",
        why=_WHY[reason],
        open=f"{NOTIFY_PAGES}/{desired.account}/api/guest-list",
        enter=tuple(enter),
        then=f"emailops attest {desired.resource}",
    )
    return Change(desired.resource, desired.scope, Action.person, Control.attested, reason, fields=fields, step=step)


_WHY = {
    Reason.not_attested: "a team key refuses every address that is not listed; nobody has said that these are",
    Reason.outdated: "a team key refuses every address that is not listed; the list changed after it was attested",
    Reason.expired: "the last look at the list is too long ago",
}

KIND = Kind(
    name=NAME,
    capabilities=(Capability("addresses, numbers, people", Control.attested, "nobody", "a person in Notify"),),
    assess=assess,
)
