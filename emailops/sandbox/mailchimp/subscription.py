"""Who may be on a Mailchimp audience, and with which status; each refusal in Mailchimp's words.

https://mailchimp.com/developer/marketing/api/list-members/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.audience import EmailType, HeldAudience, Member, MemberStatus, subscriber_hash
from emailops.sandbox.mailchimp.merge_fields import values_of
from emailops.sandbox.mailchimp.problems import MailchimpError, Title
from emailops.sandbox.mailchimp.shapes import Moment, OneOf

if TYPE_CHECKING:
    from datetime import datetime

STATUSES = tuple(status for status in MemberStatus if status != MemberStatus.ARCHIVED)
BY_ADMIN = "N/A (Unsubscribed by admin)"
FIELDS: dict[str, Any] = {
    "email_address": str,
    "status": OneOf(STATUSES),
    "status_if_new": OneOf(STATUSES),
    "merge_fields": dict,
    "email_type": OneOf(tuple(EmailType)),
    "language": str,
    "vip": bool,
    "ip_signup": str,
    "timestamp_signup": Moment(),
    "ip_opt": str,
    "timestamp_opt": Moment(),
}
_TAKEN_OVER = ("language", "vip", "ip_signup", "timestamp_signup", "ip_opt", "timestamp_opt")
_USERNAME = re.compile(r"[^@\s,;<>()\[\]\\\"\x00-\x20\x7f]+")
_DOMAIN = re.compile(r"([a-z0-9-]+\.)+[a-z0-9-]{2,}", re.IGNORECASE | re.ASCII)
# Names that nobody can have (RFC 2606); Mailchimp calls an address there fake.
_FAKE = re.compile(r"[@.](example\.(com|net|org)|example|test|invalid|localhost)$", re.IGNORECASE | re.ASCII)


def subscribe(audience: HeldAudience, body: dict[str, Any], now: datetime, *, complete: bool) -> Member:
    """Someone who is new, or comes back from the archive, where everything was kept.

    `complete` asks for a value in every merge field that is required.
    """
    _refuse_address(audience, body["email_address"])
    archived = audience.members.get(subscriber_hash(body["email_address"]))
    member = archived or Member(body["email_address"], MemberStatus(body["status"]))
    merge_fields = values_of(body.get("merge_fields", {}), member.merge_fields, audience, complete=complete)
    member.email_address, member.merge_fields = body["email_address"], merge_fields
    _set(member, body, now)
    audience.keep(member)
    return member


def change(audience: HeldAudience, member: Member, body: dict[str, Any], now: datetime, *, complete: bool) -> Member:
    """Someone who is there; a new address moves them to another hash."""
    address = body.get("email_address", member.email_address)
    moves = subscriber_hash(member.email_address) != subscriber_hash(address)
    if moves:
        _refuse_address(audience, address)
        if subscriber_hash(address) in audience.members:
            raise exists(address)
    if body.get("status") == MemberStatus.SUBSCRIBED and _is_in_compliance_state(member):
        detail = "is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
        raise MailchimpError(400, Title.IN_COMPLIANCE_STATE, f"{address} {detail}")
    given = body.get("merge_fields", {})
    merge_fields = values_of(given, member.merge_fields, audience, complete=complete and bool(given))
    if moves:
        audience.move(member, address)
    member.email_address, member.merge_fields = address, merge_fields
    _set(member, body, now)
    audience.keep(member)
    return member


def exists(address: str) -> MailchimpError:
    detail = f"{address} is already a list member. Use PUT to insert or update list members."
    return MailchimpError(400, Title.MEMBER_EXISTS, detail)


def _set(member: Member, body: dict[str, Any], now: datetime) -> None:
    member.status = MemberStatus(body.get("status", member.status))
    member.email_type = EmailType(body.get("email_type", member.email_type))
    for name in _TAKEN_OVER:
        if name in body:
            setattr(member, name, body[name])
    member.last_changed = now.isoformat(timespec="seconds")
    if "status" in body:
        member.unsubscribe_reason = BY_ADMIN if member.status == MemberStatus.UNSUBSCRIBED else ""
    if member.status == MemberStatus.SUBSCRIBED:
        member.timestamp_opt = member.timestamp_opt or member.last_changed
    elif member.status == MemberStatus.PENDING:
        member.timestamp_signup = member.timestamp_signup or member.last_changed


def _refuse_address(audience: HeldAudience, address: str) -> None:
    wrong = _wrong_with(address)
    if wrong:
        raise MailchimpError(400, Title.INVALID, wrong)
    if subscriber_hash(address) in audience.forgotten:
        detail = (
            "was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list."
        )
        raise MailchimpError(400, Title.FORGOTTEN, f"{address} {detail}")


def _wrong_with(address: str) -> str:
    username, _, domain = address.partition("@")
    if not address:
        return "Please provide a valid email address."
    if address.count("@") != 1:
        return "An email address must contain a single @"
    if _USERNAME.fullmatch(username) is None:
        return f"The username portion of the email address is invalid (the portion before the @: {username})"
    if _DOMAIN.fullmatch(domain) is None:
        return f"The domain portion of the email address is invalid (the portion after the @: {domain})"
    if _FAKE.search(address):
        return f"{address} looks fake or invalid, please enter a real email address."
    return ""


def _is_in_compliance_state(member: Member) -> bool:
    """Bounced, or unsubscribed by anyone but an administrator."""
    if member.status == MemberStatus.UNSUBSCRIBED:
        return member.unsubscribe_reason != BY_ADMIN
    return member.status == MemberStatus.CLEANED
