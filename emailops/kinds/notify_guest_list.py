"""A Notify service's guest list: attested (https://www.notifications.service.gov.uk/using-notify/guest-list).

No key of a service can read or write it. A team key mails only the team and this list: case aside, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

from emailops.kinds.contract import Attested, Capability, Kind
from emailops.plan import Control

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


KIND = Kind(
    name=NAME,
    capabilities=(
        Capability("addresses, numbers, people", Control.attested, "nobody, or a probe", "a person in Notify"),
    ),
    attested=Attested("/api/guest-list", "a team key refuses every address that is not listed"),
)
