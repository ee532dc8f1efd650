"""A Mailchimp account as a sandbox holds it: its audiences and its campaigns.

Shapes are those of the accounts file (schemas/accounts.schema.json); a field's default is the file's default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.collection import Collection

if TYPE_CHECKING:
    from emailops.sandbox.holding.audience import HeldAudience


class CampaignType(StrEnum):
    REGULAR = "regular"
    PLAIN_TEXT = "plaintext"
    A_B_SPLIT = "absplit"
    RSS = "rss"
    VARIATE = "variate"


class CampaignStatus(StrEnum):
    """`save` is a draft."""

    SAVE = "save"
    PAUSED = "paused"
    SCHEDULE = "schedule"
    SENDING = "sending"
    SENT = "sent"


@dataclass(slots=True)
class Campaign:
    """`settings` and `recipients` as the API returns them; `sent_to` are the addresses that it went to.

    `tests` are the test emails: `at`, `to` and `send_type` of each. `read`: somebody opened it in the inbox.
    """

    id: str
    type: CampaignType
    create_time: str
    recipients: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    status: CampaignStatus = CampaignStatus.SAVE
    send_time: str = ""
    sent_to: list[str] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    tracking: dict[str, Any] = field(default_factory=dict)
    read: bool = False

    def goes_to(self, audience_id: str) -> bool:
        return self.recipients.get("list_id") == audience_id


@dataclass(slots=True)
class HeldAccount:
    """`deleted` are ids of audiences that are gone: none of them is made again on first sight."""

    name: str
    account_id: str
    api_keys: list[str] = field(repr=False)
    max_audiences: int = -1
    audiences: Collection[HeldAudience] = field(default_factory=Collection)
    campaigns: Collection[Campaign] = field(default_factory=Collection)
    deleted: set[str] = field(default_factory=set)
