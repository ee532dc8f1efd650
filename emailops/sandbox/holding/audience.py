"""A Mailchimp audience as a sandbox holds it: its settings, its merge fields and its members.

Shapes are those of the accounts file (schemas/accounts.schema.json); a field's default is the file's default.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from emailops.sandbox.holding.collection import Collection
from emailops.sandbox.holding.service import EPOCH


class MemberStatus(StrEnum):
    """`archived` is one that no request may ask for."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"
    PENDING = "pending"
    TRANSACTIONAL = "transactional"
    ARCHIVED = "archived"


class EmailType(StrEnum):
    HTML = "html"
    TEXT = "text"


class MergeFieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    ADDRESS = "address"
    PHONE = "phone"
    DATE = "date"
    URL = "url"
    IMAGE_URL = "imageurl"
    RADIO = "radio"
    DROPDOWN = "dropdown"
    BIRTHDAY = "birthday"
    ZIP = "zip"


@dataclass(slots=True)
class Member:
    """`contact_id` is empty until the address changes: only then it no longer follows from the address."""

    email_address: str
    status: MemberStatus
    merge_fields: dict[str, Any] = field(default_factory=dict)
    email_type: EmailType = EmailType.HTML
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
class HeldMergeField:
    merge_id: int
    tag: str
    name: str
    type: MergeFieldType = MergeFieldType.TEXT
    required: bool = False
    default_value: str = ""
    public: bool = False
    display_order: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    help_text: str = ""


def default_merge_fields() -> list[HeldMergeField]:
    """Those that a new audience comes with."""
    return [
        HeldMergeField(1, "FNAME", "First Name", public=True, display_order=2),
        HeldMergeField(2, "LNAME", "Last Name", public=True, display_order=3),
        HeldMergeField(3, "ADDRESS", "Address", MergeFieldType.ADDRESS, display_order=4),
        HeldMergeField(4, "PHONE", "Phone Number", MergeFieldType.PHONE, display_order=5),
    ]


@dataclass(slots=True)
class HeldAudience:
    """`settings` are what the API returns for a list, short of its id and of what is worked out from the members.

    `members` go by their hash; `forgotten` are hashes of people deleted permanently. Members are written by `keep`,
    `move` and `drop` alone: what is known of each status holds until then.
    """

    id: str
    settings: dict[str, Any]
    members: Collection[Member] = field(default_factory=Collection)
    forgotten: list[str] = field(default_factory=list)
    merge_fields: list[HeldMergeField] = field(default_factory=default_merge_fields)
    _moved: dict[str, str] = field(init=False, repr=False, compare=False)
    _by_status: dict[MemberStatus | None, list[Member]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self._moved = {
            member.contact_id: subscriber_hash(member.email_address)
            for member in self.members.values()
            if member.contact_id
        }

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
        """Write someone who is new, or was changed."""
        self.members.put(subscriber_hash(member.email_address), member)
        self._by_status = {}

    def move(self, member: Member, email_address: str) -> None:
        """To another address: the hash follows it, the contact id stays."""
        member.contact_id = self.contact_id(member)
        self.members.remove(subscriber_hash(member.email_address))
        member.email_address = email_address
        self._moved[member.contact_id] = subscriber_hash(email_address)
        self.keep(member)

    def drop(self, member: Member) -> None:
        self.members.remove(subscriber_hash(member.email_address))
        self._moved.pop(member.contact_id, None)
        self._by_status = {}

    def members_valued(self, tag: str) -> list[Member]:
        """Those with a value in a merge field."""
        return [member for member in self.members.values() if tag in member.merge_fields]

    def members_with(self, status: MemberStatus | None) -> list[Member]:
        """In the order in which they came; without a status everyone but the archived."""
        if not self._by_status:
            everyone = self.members.values()
            self._by_status[None] = [member for member in everyone if member.status != MemberStatus.ARCHIVED]
            for member in everyone:
                self._by_status.setdefault(member.status, []).append(member)
        return self._by_status.get(status, [])


def subscriber_hash(email_address: str) -> str:
    """Mailchimp's id of a member: the MD5 of the lower-case address."""
    return hashlib.md5(email_address.lower().encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _mixed(hashed: str, audience_id: str) -> str:
    """A contact id for a hash, and the hash for a contact id: another one in each audience."""
    mask = hashlib.md5(audience_id.encode(), usedforsecurity=False).hexdigest()
    return f"{int(hashed, 16) ^ int(mask, 16):032x}"
