"""A Notify service's guest list: attested (https://www.notifications.service.gov.uk/using-notify/guest-list).

No key of a service can read or write it. A team key mails only the team and this list: case aside, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.declaration.model import Declaration, Service
from emailops.declaration.people import with_since
from emailops.declaration.vocabulary import Contact
from emailops.kinds.attested import PEOPLE
from emailops.kinds.contract import Attested, Field, Kind, ProviderName, StandIn
from emailops.kinds.notify_service import Kept, declared_by, entry_under, service_of
from emailops.resource import Control, Resource

NAME = "notify-guest-list"
LIMIT = 5
"""Addresses, and again numbers, that Notify's page takes."""
PROBED = "nobody, or a probe"

_LISTS = {Contact.address: "addresses", Contact.number: "numbers", Contact.person: PEOPLE}


def kept(declaration: Declaration, service: Service) -> Iterator[Kept]:
    if service.guest_list is not None:
        guests: dict[str, list[str]] = {"addresses": [], "numbers": [], PEOPLE: []}
        for guest in service.guest_list:
            shown = with_since(declaration, guest.value) if guest.contact is Contact.person else guest.value
            guests[_LISTS[guest.contact]].append(shown)
        yield Resource(NAME, service.account), dict(normalised(guests)), service.source.at("guest_list")


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """Guests that are people stay out: their addresses are not declared."""
    service = service_of(at.declaration, at.account)
    if service is not None:
        account["guest_list"] = [
            guest.value for guest in service.guest_list or () if guest.contact is not Contact.person
        ]


def normalised(guests: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Entries as Notify compares them: addresses lower-cased, numbers without spaces, each sorted, none twice.

    A person is `handle since YYYY-MM-DD`, so that a new address, which is a new since, outdates an attestation.
    """
    return {
        "addresses": sorted({address.strip().lower() for address in guests["addresses"]}),
        "numbers": sorted({plain_number(number) for number in guests["numbers"]}),
        "people": sorted(set(guests["people"])),
    }


def plain_number(text: str) -> str:
    """A telephone number without what people put between its digits."""
    return "".join(c for c in text if c.isdigit() or c == "+")


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(
        Field("addresses", Control.attested, read_by=PROBED),
        Field("numbers", Control.attested, read_by=PROBED),
        Field(PEOPLE, Control.attested, read_by=PROBED),
    ),
    declared=declared_by(kept),
    entry=entry_under("guest_list"),
    stand_in=stand_in,
    attested=Attested("/api/guest-list", "a team key refuses every address that is not listed"),
)
