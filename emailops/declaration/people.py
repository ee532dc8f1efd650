"""Wherever the state names someone by handle: who, in which role, and where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from emailops.dataclass import dataclass
from emailops.declaration.model import Declaration, Service
from emailops.declaration.values import is_true
from emailops.declaration.vocabulary import Contact
from emailops.resource import Place


class Role(Enum):
    """What someone is there where they are named."""

    key_owner = "owns the key"
    guest = "is on the guest list"
    member = "is in the team"
    subscriber = "is a test subscriber"
    attester = "attested it"
    waiver_owner = "answers for the waiver"


@dataclass(frozen=True, slots=True)
class Named:
    """`subject` is a resource, or what a waiver is for. An entry that is there for them alone begins at `whole`."""

    handle: str
    role: Role
    subject: str
    place: Place
    whole: Place | None = None


def named_people(declaration: Declaration) -> Iterator[Named]:
    """Everyone who is named, as often as they are."""
    for key in declaration.keys.values():
        if "owner" in key.source:
            owner = key.source.text("owner")
            yield Named(owner, Role.key_owner, f"notify-key/{key.name}", key.source.at("owner"))
    for service in declaration.services.values():
        yield from _of_service(service)
    for subscriber in declaration.subscribers():
        if subscriber.contact is Contact.person:
            name = subscriber.resource.name.rpartition(".")[2]
            whole = subscriber.audience.source.table("subscribers").places[name]
            yield Named(subscriber.value, Role.subscriber, str(subscriber.resource), subscriber.place, whole)
    for name, table in declaration.attestation_tables.items():
        yield Named(table.text("by"), Role.attester, name, table.at("by"))
    for waiver in declaration.waivers:
        if waiver.owner:
            yield Named(waiver.owner, Role.waiver_owner, waiver.resource, waiver.source.at("owner"))


def with_since(declaration: Declaration, handle: str) -> str:
    """A person as an attestation holds them: with another address comes another since, where it is declared."""
    person = declaration.people.get(handle)
    since = person.text("since") if person else "unknown"
    return f"{handle} since {since}" if since else handle


def has_left(declaration: Declaration, handle: str) -> bool:
    """Whether someone is declared to have left, on whatever day."""
    person = declaration.people.get(handle)
    return person is not None and is_true(person.get("left"))


def _of_service(service: Service) -> Iterator[Named]:
    for guest in service.guest_list or ():
        if guest.contact is Contact.person:
            subject = f"notify-guest-list/{service.account}"
            yield Named(guest.value, Role.guest, subject, guest.place, guest.source.place)
    for handle, place in service.source.items_at("team").placed_texts():
        yield Named(handle, Role.member, f"notify-team/{service.account}", place, place)
