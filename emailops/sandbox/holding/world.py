"""What a sandbox holds: Notify services with their messages, and Mailchimp accounts with audiences and members.

Shapes are those of the accounts file (schemas/accounts.schema.json); a field's default is the file's default.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

EPOCH = "2020-01-01T00:00:00+00:00"
NOTIFY_DOMAIN = "notifications.service.gov.uk"


@dataclass(slots=True)
class Key:
    name: str
    kind: str
    secret: str = field(repr=False)
    revoked: bool = False


@dataclass(slots=True)
class Wording:
    """An earlier version of a template, as it was."""

    version: int
    subject: str | None = None
    body: str = ""


@dataclass(slots=True)
class Template:
    """`made`: the sandbox made it on first sight, to show the personalisation that it is sent with."""

    id: str
    name: str
    type: str = "email"
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
class Callback:
    url: str
    bearer_token: str = field(repr=False)


@dataclass(slots=True)
class Limits:
    per_minute: int = 3000
    emails_per_day: int = 250_000
    sms_per_day: int = 250_000


@dataclass(slots=True)
class Service:
    """`made`: the sandbox made it on first sight, and lets any well-formed key in."""

    id: str
    keys: list[Key]
    name: str = "Service"
    trial: bool = False
    archived: bool = False
    made: bool = False
    email_from: str = ""
    team_members: list[str] = field(default_factory=list)
    guest_list: list[str] = field(default_factory=list)
    reply_to: list[ReplyTo] = field(default_factory=list)
    sms_senders: list[SmsSender] = field(default_factory=list)
    permissions: list[str] = field(default_factory=lambda: ["email", "sms"])
    redirects_to: list[str] = field(default_factory=list)
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
class Report:
    """One delivery callback: when it was tried, what it said, and the HTTP status or the failure that came of it."""

    at: str
    status: str
    url: str
    answer: int | None = None
    failure: str = ""


@dataclass(slots=True)
class Message:
    """One email or text message that was accepted, and what becomes of it.

    `key` is the kind of the key that sent it, `service` the id of its service, `recipient` an address or a number as it
    was sent. `original` is who it was meant for before a redirect, where the sender said so. `ends` is the status in
    which it ends; the one that it has now follows from `created_at` and the clock.
    """

    id: str
    service: str
    key: str
    template_id: str
    template_version: int
    recipient: str
    body: str
    ends: str
    created_at: str
    type: str = "email"
    subject: str | None = None
    original: str | None = None
    reference: str | None = None
    personalisation: dict[str, Any] = field(default_factory=dict)
    reply_to: str | None = None
    sender: str = ""
    one_click_unsubscribe_url: str | None = None
    reports: list[Report] = field(default_factory=list)


@dataclass(slots=True)
class Member:
    """`contact_id` is empty until the address changes: only then it no longer follows from the address."""

    email_address: str
    status: str
    merge_fields: dict[str, Any] = field(default_factory=dict)
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    last_changed: str = EPOCH
    unsubscribe_reason: str = ""
    tags: list[str] = field(default_factory=list)
    ip_signup: str = ""
    timestamp_signup: str = ""
    ip_opt: str = ""
    timestamp_opt: str = ""
    contact_id: str = ""


@dataclass(slots=True)
class MergeField:
    merge_id: int
    tag: str
    name: str
    type: str = "text"
    required: bool = False
    default_value: str = ""
    public: bool = False
    display_order: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    help_text: str = ""


def default_merge_fields() -> list[MergeField]:
    """Those that a new audience comes with."""
    return [
        MergeField(1, "FNAME", "First Name", public=True, display_order=2),
        MergeField(2, "LNAME", "Last Name", public=True, display_order=3),
        MergeField(3, "ADDRESS", "Address", "address", display_order=4),
        MergeField(4, "PHONE", "Phone Number", "phone", display_order=5),
    ]


@dataclass(slots=True)
class Audience:
    """`settings` are what the API returns for a list, short of its id and of what is worked out from the members.

    `members` go by their hash; `forgotten` are hashes of people deleted permanently. Members are kept, moved and
    dropped by its methods, and whoever changes one says so: what is known of each status holds until then.
    """

    id: str
    settings: dict[str, Any]
    members: dict[str, Member] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    merge_fields: list[MergeField] = field(default_factory=default_merge_fields)
    _moved: dict[str, str] = field(init=False, repr=False, compare=False)
    _by_status: dict[str, list[Member]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._moved = {member.contact_id: hashed for hashed, member in self.members.items() if member.contact_id}

    def member(self, named: str) -> Member | None:
        """Someone by hash, address or contact id."""
        if "@" in named:
            return self.members.get(subscriber_hash(named))
        named = named.lower()
        found = self.members.get(named) or self.members.get(self._moved.get(named, ""))
        if found is None and re.fullmatch(r"[0-9a-f]{32}", named):
            unmoved = self.members.get(_mixed(named, self.id))
            return unmoved if unmoved and not unmoved.contact_id else None
        return found

    def contact_id(self, member: Member) -> str:
        return member.contact_id or _mixed(subscriber_hash(member.email_address), self.id)

    def keep(self, member: Member) -> None:
        self.members[subscriber_hash(member.email_address)] = member
        self.changed()

    def move(self, member: Member, email_address: str) -> None:
        """To another address: the hash follows it, the contact id stays."""
        member.contact_id = self.contact_id(member)
        del self.members[subscriber_hash(member.email_address)]
        member.email_address = email_address
        self._moved[member.contact_id] = subscriber_hash(email_address)
        self.keep(member)

    def drop(self, member: Member) -> None:
        del self.members[subscriber_hash(member.email_address)]
        self._moved.pop(member.contact_id, None)
        self.changed()

    def members_valued(self, tag: str) -> Iterator[Member]:
        """Those with a value in a merge field, each taken by its key, so that it may be changed."""
        return (self.members[hashed] for hashed, member in self.members.items() if tag in member.merge_fields)

    def changed(self) -> None:
        self._by_status = {}

    def members_with(self, status: str) -> list[Member]:
        """In the order in which they came; without a status everyone but the archived."""
        if not self._by_status:
            self._by_status[""] = [member for member in self.members.values() if member.status != "archived"]
            for member in self.members.values():
                self._by_status.setdefault(member.status, []).append(member)
        return self._by_status.get(status, [])


@dataclass(slots=True)
class Campaign:
    """`settings` and `recipients` as the API returns them; `sent_to` are the addresses that it went to.

    `tests` are the test emails: `at`, `to` and `send_type` of each.
    """

    id: str
    type: str
    create_time: str
    recipients: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    status: str = "save"
    send_time: str = ""
    sent_to: list[str] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    tracking: dict[str, Any] = field(default_factory=dict)

    def goes_to(self, audience_id: str) -> bool:
        return self.recipients.get("list_id") == audience_id


@dataclass(slots=True)
class Account:
    """`open` is the world's: an audience is made on first sight, unless it is one that was `deleted`."""

    name: str
    account_id: str
    api_keys: list[str] = field(repr=False)
    max_audiences: int = -1
    audiences: dict[str, Audience] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    open: bool = False
    deleted: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Bucket:
    """What one kind of key may still send at once; time fills it, and `filled` is how far that is reckoned."""

    tokens: int
    filled: datetime


@dataclass(slots=True)
class World:
    """`open` makes what it does not know on first sight: any well-formed key, template and audience; without limits.

    Below `open` is what no state keeps: `buckets` by service and kind of key, what was `sent` by service, type and
    day, and the messages `accepted` since the callbacks were last looked after.
    """

    services: dict[str, Service] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    open: bool = False
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    sent: dict[tuple[str, str, str], int] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)


def subscriber_hash(email_address: str) -> str:
    """Mailchimp's id of a member: the MD5 of the lower-case address."""
    return hashlib.md5(email_address.lower().encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _mixed(hashed: str, audience_id: str) -> str:
    """A contact id for a hash, and the hash for a contact id: another one in each audience."""
    mask = hashlib.md5(audience_id.encode(), usedforsecurity=False).hexdigest()
    return f"{int(hashed, 16) ^ int(mask, 16):032x}"
