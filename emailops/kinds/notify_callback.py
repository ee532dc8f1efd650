"""Where a Notify service reports deliveries: attested (https://docs.notifications.service.gov.uk/rest-api.html#callbacks).

The page shows the address, and never the bearer token again. Tokens are names here; two while one replaces the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.model import Declaration, Service
from emailops.kinds.contract import Attested, Field, Kind, ProviderName, StandIn
from emailops.kinds.notify_service import Kept, declared_by, entry_under, service_of
from emailops.plan import Act
from emailops.resource import Control, Resource

NAME = "notify-callback"
MADE_UP_TOKEN = "made-up-token"  # noqa: S105 (opens nothing)
"""The token that the sandbox sends with its callbacks."""


def kept(declaration: Declaration, service: Service) -> Iterator[Kept]:  # noqa: ARG001
    if "callback" in service.source:
        callback = service.source.table("callback")
        fields = {"url": callback.text("url"), "tokens": sorted(callback.items_at("tokens").texts())}
        yield Resource(NAME, service.account), fields, service.source.at("callback")


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    service = service_of(at.declaration, at.account)
    if service is not None:
        url = service.source.table("callback").text("url")
        account["callback"] = {"url": url, "bearer_token": MADE_UP_TOKEN} if url else None


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(Field("url", Control.attested), Field("tokens", Control.attested, act=Act.hand_over)),
    declared=declared_by(kept),
    entry=entry_under("callback"),
    stand_in=stand_in,
    attested=Attested(
        "/api/callbacks/delivery-status-callback",
        "without it nobody hears that mail bounced, and the account behind the address stays active",
    ),
)
