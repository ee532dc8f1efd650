"""Where a Notify service reports deliveries: attested (https://docs.notifications.service.gov.uk/rest-api.html#callbacks).

The page shows the address, and never the bearer token again. Tokens are names here; two while one replaces the other.
"""

from __future__ import annotations

from emailops.kinds.contract import Attested, Capability, Kind
from emailops.plan import Control

NAME = "notify-callback"

KIND = Kind(
    name=NAME,
    capabilities=(Capability("url, tokens by name", Control.attested, "nobody", "a person in Notify"),),
    attested=Attested(
        "/api/callbacks/delivery-status-callback",
        "without it nobody hears that mail bounced, and the account behind the address stays active",
    ),
)
