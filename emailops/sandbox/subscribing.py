"""Who may be on a Mailchimp audience, and with which status; each refusal in Mailchimp's words.

https://mailchimp.com/developer/marketing/api/list-members/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emailops.sandbox.problems import INVALID, MailchimpError, check, invalid, read_object
from emailops.sandbox.world import Audience, Member, subscriber_hash

if TYPE_CHECKING:
    from datetime import datetime

    from emailops.sandbox.wire import Call

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
BY_ADMIN = "N/A (Unsubscribed by admin)"
SHAPE: dict[str, Any] = {
    "email_address": str,
    "status": str,
    "status_if_new": str,
    "merge_fields": dict,
    "email_type": str,
    "language": str,
    "vip": bool,
}
_CHOICES = {"status": STATUSES, "status_if_new": STATUSES, "email_type": ("html", "text")}
_ADDRESS = re.compile(r"[^@\s,;<>()\[\]\\\"]+@([a-z0-9-]+\.)+[a-z0-9-]{2,}", re.IGNORECASE)
# Names that nobody can have (RFC 2606); Mailchimp calls an address there fake.
_FAKE = re.compile(r"[@.](example\.(com|net|org)|example|test|invalid|localhost)$", re.IGNORECASE | re.ASCII)


def read_member(call: Call, required: tuple[str, ...] = ()) -> dict[str, Any]:
    body = read_object(call)
    check(body, SHAPE, {"": required})
    wrong = [
        (name, not_one_of(allowed)) for name, allowed in _CHOICES.items() if name in body and body[name] not in allowed
    ]
    if wrong:
        raise invalid(*wrong)
    return body


def subscribe(audience: Audience, body: dict[str, Any], now: datetime) -> Member:
    """Someone who is new, or comes back from the archive."""
    _refuse_address(audience, body["email_address"])
    member = Member(body["email_address"], body["status"])
    audience.members[subscriber_hash(member.email_address)] = member
    _set(member, body, now)
    return member


def change(audience: Audience, member: Member, body: dict[str, Any], now: datetime) -> Member:
    """Someone who is there; a new address moves them to another hash."""
    address = body.get("email_address", member.email_address)
    before, after = subscriber_hash(member.email_address), subscriber_hash(address)
    if before != after:
        _refuse_address(audience, address)
        if after in audience.members:
            raise exists(address)
    if body.get("status") == "subscribed" and _is_in_compliance_state(member):
        detail = "is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
        raise MailchimpError(400, "Member In Compliance State", f"{address} {detail}")
    if before != after:
        audience.members[after] = audience.members.pop(before)
    _set(member, body, now)
    return member


def exists(address: str) -> MailchimpError:
    detail = f"{address} is already a list member. Use PUT to insert or update list members."
    return MailchimpError(400, "Member Exists", detail)


def not_one_of(allowed: tuple[str, ...]) -> str:
    return f"Value must be one of: {', '.join(allowed)}"


def _set(member: Member, body: dict[str, Any], now: datetime) -> None:
    member.email_address = body.get("email_address", member.email_address)
    member.status = body.get("status", member.status)
    member.merge_fields = {**member.merge_fields, **body.get("merge_fields", {})}
    member.email_type = body.get("email_type", member.email_type)
    member.language = body.get("language", member.language)
    member.vip = body.get("vip", member.vip)
    member.last_changed = now.isoformat(timespec="seconds")
    if "status" in body:
        member.unsubscribe_reason = BY_ADMIN if member.status == "unsubscribed" else ""


def _refuse_address(audience: Audience, address: str) -> None:
    if _ADDRESS.fullmatch(address) is None:
        raise MailchimpError(400, INVALID, "Please provide a valid email address.")
    if _FAKE.search(address):
        raise MailchimpError(400, INVALID, f"{address} looks fake or invalid, please enter a real email address.")
    if subscriber_hash(address) in audience.forgotten:
        detail = (
            "was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list."
        )
        raise MailchimpError(400, "Forgotten Email Not Subscribed", f"{address} {detail}")


def _is_in_compliance_state(member: Member) -> bool:
    """Bounced, or unsubscribed by anyone but an administrator."""
    return member.status == "cleaned" or (member.status == "unsubscribed" and member.unsubscribe_reason != BY_ADMIN)
