"""The members of a Notify service: attested (https://www.notifications.service.gov.uk/using-notify/team-members-permissions).

A team key may mail them beside the guest list, and every member with the permission can see what was sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import Declaration, Service
from emailops.declaration.people import with_since
from emailops.kinds.attested import PEOPLE
from emailops.kinds.contract import Attested, Field, Kind, ProviderName
from emailops.kinds.notify_service import Kept, declared_by, entry_under
from emailops.resource import Control, Resource

NAME = "notify-team"


def kept(declaration: Declaration, service: Service) -> Iterator[Kept]:
    if "team" in service.source:
        people = sorted(with_since(declaration, handle) for handle in set(service.source.items_at("team").texts()))
        yield Resource(NAME, service.account), {PEOPLE: people}, service.source.at("team")


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(Field(PEOPLE, Control.attested),),
    declared=declared_by(kept),
    entry=entry_under("team"),
    attested=Attested("/users", "members read what was sent, and a team key mails them"),
)
