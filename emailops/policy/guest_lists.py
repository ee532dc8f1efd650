"""Rules for the list of those whom a team key may mail beside the team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from emailops.declaration.model import Declaration
from emailops.declaration.vocabulary import Contact
from emailops.kinds.notify_guest_list import LIMIT, NAME, plain_number
from emailops.policy.problem import Problem, warning


def guest_list_size(declaration: Declaration) -> Iterator[Problem]:
    """A guest list holds at most five addresses and five numbers.

    Notify's page has room for no more, so a longer list could never be entered.
    """
    for service in declaration.services.values():
        guests = service.guest_list or ()
        for noun, count in (
            ("addresses", sum(guest.contact is not Contact.number for guest in guests)),
            ("numbers", sum(guest.contact is Contact.number for guest in guests)),
        ):
            if count > LIMIT:
                message = f"{count} {noun} on the guest list of {service.account}; Notify takes {LIMIT}"
                yield Problem(f"{NAME}/{service.account}", service.source.at("guest_list"), message, "remove some")


def guest_twice(declaration: Declaration) -> Iterator[Problem]:
    """Nobody is on a guest list twice.

    Notify compares addresses without regard to case: the second entry takes a place and does nothing.
    """
    for service in declaration.services.values():
        seen: set[str] = set()
        for guest in service.guest_list or ():
            value = plain_number(guest.value) if guest.contact is Contact.number else guest.value.lower()
            if value in seen:
                yield Problem(
                    f"{NAME}/{service.account}", guest.place, f"{guest.value} is on the list twice", "remove one"
                )
            seen.add(value)


def guest_until(declaration: Declaration, today: date) -> Iterator[Problem]:
    """A guest stays until the day that was agreed.

    Five places fill with people who left long ago, unless each has a day on which someone decides anew.
    """
    for service in declaration.services.values():
        for guest in service.guest_list or ():
            if guest.until and guest.until < today.isoformat():
                message = f"{guest.value} was to stay until {guest.until}"
                remedy = "remove the guest, or write a later day"
                place = guest.source.at("until")
                yield warning(f"{NAME}/{service.account}", place, message, remedy)
