"""What a sandbox holds: Notify services with their messages, and Mailchimp accounts with audiences and members.

Shapes are those of the accounts file (schemas/accounts.schema.json); a field's default is the file's default.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

EPOCH = "2020-01-01T00:00:00+00:00"
NOTIFY_DOMAIN = "notifications.service.gov.uk"


@dataclass(slots=True)
class Key:
    name: str
    kind: str
    secret: str = field(repr=False)
    revoked: bool = False


@dataclass(slots=True)
class Template:
    id: str
    name: str
    type: str = "email"
    subject: str | None = None
    body: str = ""
    version: int = 1
    archived: bool = False


@dataclass(slots=True)
class ReplyTo:
    id: str
    email_address: str
    default: bool = False


@dataclass(slots=True)
class Callback:
    url: str
    bearer_token: str = field(repr=False)


@dataclass(slots=True)
class Limits:
    per_minute: int = 3000
    emails_per_day: int = 250_000


@dataclass(slots=True)
class Service:
    id: str
    keys: list[Key]
    name: str = "Service"
    trial: bool = False
    email_from: str = ""
    team_members: list[str] = field(default_factory=list)
    guest_list: list[str] = field(default_factory=list)
    reply_to: list[ReplyTo] = field(default_factory=list)
    callback: Callback | None = None
    limits: Limits = field(default_factory=Limits)
    templates: list[Template] = field(default_factory=list)

    def __post_init__(self) -> None:
        # What Notify makes of a service's name when the team did not choose a sender.
        self.email_from = self.email_from or re.sub(r"[^a-z0-9]+", ".", self.name.lower()).strip(".")

    @property
    def from_address(self) -> str:
        return f"{self.email_from}@{NOTIFY_DOMAIN}"

    def template(self, template_id: str) -> Template | None:
        return next((template for template in self.templates if template.id == template_id.lower()), None)


@dataclass(slots=True)
class Message:
    """One email that was accepted; `key` is the kind of the key that sent it, `service` the id of its service."""

    id: str
    service: str
    key: str
    template_id: str
    template_version: int
    email_address: str
    subject: str
    body: str
    status: str
    created_at: str
    reference: str | None = None
    personalisation: dict[str, Any] = field(default_factory=dict)
    email_reply_to_id: str | None = None
    one_click_unsubscribe_url: str | None = None


@dataclass(slots=True)
class Member:
    email_address: str
    status: str
    merge_fields: dict[str, Any] = field(default_factory=dict)
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    last_changed: str = EPOCH
    unsubscribe_reason: str = ""


@dataclass(slots=True)
class Audience:
    """`settings` are what the API returns for a list, short of its id and of what is worked out from the members.

    `members` go by their hash; `forgotten` are hashes of people deleted permanently.
    """

    id: str
    settings: dict[str, Any]
    members: dict[str, Member] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    name: str
    account_id: str
    api_keys: list[str] = field(repr=False)
    max_audiences: int = -1
    audiences: dict[str, Audience] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    services: dict[str, Service] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)


def subscriber_hash(email_address: str) -> str:
    """Mailchimp's id of a member: the MD5 of the lower-case address."""
    return hashlib.md5(email_address.lower().encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
