"""A GOV.UK Notify service as a sandbox holds it, and the messages that services sent.

Shapes are those of the accounts file (schemas/accounts.schema.json); a field's default is the file's default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

EPOCH = "2020-01-01T00:00:00+00:00"
NOTIFY_DOMAIN = "notifications.service.gov.uk"


class KeyKind(StrEnum):
    LIVE = "live"
    TEAM = "team"
    TEST = "test"


class TemplateType(StrEnum):
    """In the order in which Notify names them."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class Permission(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    INTERNATIONAL_SMS = "international_sms"
    SMS_TO_UK_LANDLINES = "sms_to_uk_landlines"


_DEFAULT_PERMISSIONS = (Permission.EMAIL, Permission.SMS, Permission.INTERNATIONAL_SMS)


class MessageStatus(StrEnum):
    """Every status that Notify knows, in the order in which it names them; `failed` stands for the three failures."""

    CANCELLED = "cancelled"
    CREATED = "created"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    PENDING = "pending"
    FAILED = "failed"
    TECHNICAL_FAILURE = "technical-failure"
    TEMPORARY_FAILURE = "temporary-failure"
    PERMANENT_FAILURE = "permanent-failure"
    PENDING_VIRUS_CHECK = "pending-virus-check"
    VALIDATION_FAILED = "validation-failed"
    VIRUS_SCAN_FAILED = "virus-scan-failed"
    RETURNED_LETTER = "returned-letter"
    ACCEPTED = "accepted"
    RECEIVED = "received"


FAILURES = (MessageStatus.TECHNICAL_FAILURE, MessageStatus.TEMPORARY_FAILURE, MessageStatus.PERMANENT_FAILURE)


@dataclass(slots=True)
class HeldKey:
    name: str
    kind: KeyKind
    secret: str = field(repr=False)
    revoked: bool = False


@dataclass(slots=True)
class Wording:
    """An earlier version of a template, as it was."""

    version: int
    subject: str | None = None
    body: str = ""


@dataclass(slots=True)
class HeldTemplate:
    """`made`: the sandbox made it on first sight, to show the personalisation that it is sent with."""

    id: str
    name: str
    type: TemplateType = TemplateType.EMAIL
    subject: str | None = None
    body: str = ""
    version: int = 1
    archived: bool = False
    earlier: list[Wording] = field(default_factory=list)
    made: bool = False


@dataclass(slots=True)
class ReplyTo:
    id: str
    email_address: str
    default: bool = False


@dataclass(slots=True)
class SmsSender:
    id: str
    sms_sender: str
    default: bool = False


@dataclass(slots=True)
class CallbackTarget:
    url: str
    bearer_token: str = field(repr=False)


@dataclass(slots=True)
class Limits:
    per_minute: int = 3000
    emails_per_day: int = 250_000
    sms_per_day: int = 250_000


@dataclass(slots=True)
class HeldService:
    """`made`: the sandbox made it on first sight, and lets any well-formed key in.

    Without a `contact_link` Notify does not let a service send files.
    """

    id: str
    keys: list[HeldKey]
    name: str = "Service"
    trial: bool = False
    archived: bool = False
    made: bool = False
    email_from: str = ""
    team_members: list[str] = field(default_factory=list)
    guest_list: list[str] = field(default_factory=list)
    reply_to: list[ReplyTo] = field(default_factory=list)
    sms_senders: list[SmsSender] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=lambda: list(_DEFAULT_PERMISSIONS))
    redirects_to: list[str] = field(default_factory=list)
    callback: CallbackTarget | None = None
    contact_link: str | None = "https://contact.sandbox.example/"
    limits: Limits = field(default_factory=Limits)
    templates: list[HeldTemplate] = field(default_factory=list)

    def __post_init__(self) -> None:
        # What Notify makes of a service's name when the team did not choose a sender.
        self.email_from = self.email_from or re.sub(r"[^a-z0-9]+", ".", self.name.lower()).strip(".")

    @property
    def from_address(self) -> str:
        return f"{self.email_from}@{NOTIFY_DOMAIN}"

    def template(self, template_id: str) -> HeldTemplate | None:
        return next((template for template in self.templates if template.id == template_id), None)


@dataclass(slots=True)
class DeliveryReport:
    """One delivery callback: when it was tried, what it said, and the HTTP status or the failure that came of it."""

    at: str
    status: MessageStatus
    url: str
    answer: int | None = None
    failure: str = ""


@dataclass(slots=True)
class Message:
    """One email or text message that was accepted, and what becomes of it.

    `key` is the kind of the key that sent it, `service` the id of its service, `recipient` an address or a number as it
    was sent. `original` is who it was meant for before a redirect, where the sender said so. `ends` is the status in
    which it ends; the one that it has now follows from `created_at` and the clock. `read`: it was opened in the inbox.
    """

    id: str
    service: str
    key: KeyKind
    template_id: str
    template_version: int
    recipient: str
    body: str
    ends: MessageStatus
    created_at: str
    type: TemplateType = TemplateType.EMAIL
    subject: str | None = None
    original: str | None = None
    reference: str | None = None
    personalisation: dict[str, Any] = field(default_factory=dict)
    reply_to: str | None = None
    sender: str = ""
    one_click_unsubscribe_url: str | None = None
    read: bool = False
    reports: list[DeliveryReport] = field(default_factory=list)
