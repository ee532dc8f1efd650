"""A reply-to address of a Notify service: attested (https://docs.notifications.service.gov.uk/rest-api.html#send-an-email).

Sending with an id that the service does not have fails; only a send could tell, and a plan sends nothing.
"""

from __future__ import annotations

from emailops.kinds.contract import Attested, Capability, Kind
from emailops.plan import Control

NAME = "notify-reply-to"

KIND = Kind(
    name=NAME,
    capabilities=(Capability("id, address, default", Control.attested, "nobody", "a person in Notify"),),
    attested=Attested("/service-settings/email-reply-to", "sending with an id that is not there fails"),
)
