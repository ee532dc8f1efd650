"""What Notify tells of a message, and how an address is kept: as it is for some days, and its hash for good.

https://docs.notifications.service.gov.uk/rest-api.html#delivery-receipts
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from emailops.clients.private import digest
from emailops.private import Address

PERMANENT_FAILURE = "permanent-failure"
FAILURE = "failure"
"""How the name of each status ends that says that a message did not arrive."""
DELIVERED = "delivered"


class MessageType(StrEnum):
    """How a message was sent."""

    email = "email"
    sms = "sms"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Notify told of one message, once. The same message may have several, each with a status of its own.

    `id`, `reference`, `template` and the times are Notify's. `address` is whom it went to, an address or a phone
    number; it is None once the time is over for which addresses are kept. `recipient` is its hash, as `hash_of` gives
    it, and stays. `token` is the fingerprint of the token with which it came, `received` when, in seconds since 1970.
    """

    id: str
    status: str
    type: MessageType
    reference: str | None
    recipient: str
    address: Address | None
    template: str
    template_version: int
    created: datetime
    sent: datetime | None
    completed: datetime | None
    token: str
    received: float

    @property
    def is_failure(self) -> bool:
        return self.status.endswith(FAILURE)

    @property
    def became(self) -> datetime:
        """When the message came to this status, as Notify says: receipts may arrive in another order."""
        return self.completed or datetime.fromtimestamp(self.received, UTC)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody marked a message as spam. `message` is Notify's id of it, `id` that of the complaint."""

    id: str
    message: str
    reference: str | None
    recipient: str
    address: Address | None
    complained: datetime | None
    token: str
    received: float

    @property
    def became(self) -> datetime:
        """When it was marked, as Notify says."""
        return self.complained or datetime.fromtimestamp(self.received, UTC)


def hash_of(address: str) -> str:
    """How an address or a phone number stands in logs and is found: the hash of it in lower case."""
    return digest(address.lower())
