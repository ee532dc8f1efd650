"""The addresses of test subscribers, worked out where they are needed and held nowhere else."""

from __future__ import annotations

from emailops.declaration.model import Declaration
from emailops.declaration.vocabulary import Contact
from emailops.errors import InvalidInput
from emailops.private import Address
from emailops.resource import Resource
from emailops.run import Run


def addresses_of(declaration: Declaration, run: Run) -> tuple[dict[Resource, Address], str]:
    """Subscriber -> address, people's from the file outside Git; and why some are missing."""
    people: dict[str, Address] | None = None
    missing: list[str] = []
    subscribers = list(declaration.subscribers())
    if any(subscriber.contact is Contact.person for subscriber in subscribers):
        try:
            people = run.people()
        except InvalidInput as error:
            missing.append(error.message)
    found: dict[Resource, Address] = {}
    for subscriber in subscribers:
        if subscriber.contact is Contact.address:
            found[subscriber.resource] = Address(subscriber.value)
        elif people is not None and subscriber.value in people:
            found[subscriber.resource] = people[subscriber.value]
        elif people is not None:
            missing.append(f"EMAILOPS_PEOPLE has no {subscriber.value}")
    return found, ", ".join(dict.fromkeys(missing))
