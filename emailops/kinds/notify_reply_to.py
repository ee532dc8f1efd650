"""A reply-to address of a Notify service: attested (https://docs.notifications.service.gov.uk/rest-api.html#send-an-email).

Sending with an id that the service does not have fails; only a send could tell, and a plan sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.model import REPLY_TO, Declaration, Service
from emailops.declaration.places import Part, parts
from emailops.declaration.values import is_true
from emailops.kinds.contract import Attested, Field, Kind, ProviderName, StandIn
from emailops.kinds.notify_service import Kept, declared_by, service_of
from emailops.plan import Act
from emailops.resource import Control, Desired, Resource


def kept(declaration: Declaration, service: Service) -> Iterator[Kept]:
    table = service.source.table("reply_to")
    for name, (id_, address) in service.reply_to.items():
        named = declaration.named_at(service.account, name)
        fields: dict[str, Any] = {"id": id_}
        if address:
            fields["address"] = address.lower()
        if "default" in table[name]:
            fields["default"] = is_true(table[name]["default"])
        yield Resource(REPLY_TO, named), fields, table.places[name]


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    for service in declaration.services.values():
        table = service.source.table("reply_to")
        for name in service.reply_to:
            if desired.place == table.places[name]:
                yield from parts(table[name], table.places[name])


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    service = service_of(at.declaration, at.account)
    if service is not None:
        account["reply_to"] = [
            {"id": id_, "email_address": address or f"{name}@sandbox.example"}
            for name, (id_, address) in service.reply_to.items()
        ]


KIND = Kind(
    name=REPLY_TO,
    provider=ProviderName.notify,
    fields=(
        Field("id", Control.attested, act=Act.check),
        Field("address", Control.attested),
        Field("default", Control.attested, act=Act.choose),
    ),
    declared=declared_by(kept),
    entry=entry,
    stand_in=stand_in,
    attested=Attested("/service-settings/email-reply-to", "sending with an id that is not there fails"),
)
