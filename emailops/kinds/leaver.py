"""That someone who has left is out of everything: attested once, for all services together.

No provider says who its members are, or whose a key is; each shows it to people, on pages of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.model import Declaration
from emailops.declaration.people import has_left
from emailops.declaration.places import Part, parts
from emailops.kinds.contract import NOTIFY_PAGES, Attested, Field, Kind, ProviderName
from emailops.plan import Act
from emailops.resource import SHARED, Control, Desired, Resource

NAME = "leaver"


def declared(declaration: Declaration) -> Iterator[Desired]:
    """One a person who has left, with what to see on each page."""
    for handle, person in declaration.people.items():
        if has_left(declaration, handle):
            pages = (f"{NOTIFY_PAGES}/{account.service_id}/users" for account in declaration.notify_accounts.values())
            yield Desired(
                Resource(NAME, handle),
                SHARED,
                " ".join(account.service_id for account in declaration.notify_accounts.values()),
                {},
                person.place,
                attested=_fields(declaration),
                told=next(pages, "https://admin.mailchimp.com/account/users/"),
            )


def _fields(declaration: Declaration) -> dict[str, Any]:
    out_of = [f"Notify service {name}: no member, and no key of theirs" for name in declaration.notify_accounts]
    if declaration.mailchimp is not None:
        out_of.append("Mailchimp: no user, and no key of theirs")
    return {"out_of": out_of}


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    person = declaration.people[desired.resource.name]
    return parts(person, person.place)


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(Field("out_of", Control.attested, changed_by="a person, at each provider", act=Act.check),),
    declared=declared,
    entry=entry,
    attested=Attested("", "whoever has left could still send, and read what was sent"),
)
