"""The members of a Mailchimp audience: listed, read, added, put, updated, archived, forgotten.

https://mailchimp.com/developer/marketing/api/list-members/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.audience import EmailType, HeldAudience, Member, MemberStatus, subscriber_hash
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.audiences import find, find_member, last_sent
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import choice, flag, in_order, moment, within
from emailops.sandbox.mailchimp.problems import MailchimpError, Title, invalid
from emailops.sandbox.mailchimp.shapes import Each, Object, moment_of, read_body
from emailops.sandbox.mailchimp.subscription import FIELDS, change, exists, subscribe
from emailops.sandbox.mailchimp.tags import put_on, shown_inline
from emailops.sandbox.serving.wire import Ask, Call, Response

if TYPE_CHECKING:
    from datetime import datetime

_NEW = Object({**FIELDS, "tags": Each(str)}, required=("email_address", "status"))
_PUT = Object(FIELDS, required=("email_address",))
_CHANGED = Object(FIELDS)
NOT_REMOVED = "This list member cannot be removed. Please contact support."
_UNKNOWN_HERE = ("interest_category_id", "interest_ids", "interest_match")


def list_all(ask: Ask[MailchimpCaller]) -> Response:
    """Without a status, everyone but the archived."""
    audience, call = find(ask), ask.call
    status = choice(call, "status", MemberStatus)
    found = _filtered(audience.members_with(status), call)
    found = within(found, call, "timestamp_opt", lambda member: member.timestamp_opt)
    found = within(found, call, "last_changed", lambda member: member.last_changed)
    if flag(call, "since_last_campaign"):
        found = _changed_after(found, moment_of(last_sent(ask.who.account, audience)), status, "since_last_campaign")
    if call.last("unsubscribed_since"):
        if status != MemberStatus.UNSUBSCRIBED:
            raise invalid(("unsubscribed_since", "This filter needs the status unsubscribed."))
        found = _changed_after(found, moment(call, "unsubscribed_since"), status, "unsubscribed_since")
    found = in_order(
        found,
        call,
        {
            "timestamp_opt": lambda member: member.timestamp_opt,
            "timestamp_signup": lambda member: member.timestamp_signup,
            "last_changed": lambda member: member.last_changed,
        },
    )
    return Response(
        200,
        {
            "members": [as_read(member, audience) for member in page_of(found, call)],
            "list_id": audience.id,
            "total_items": len(found),
            "_links": [],
        },
    )


def read(ask: Ask[MailchimpCaller]) -> Response:
    return Response(200, as_read(find_member(ask), find(ask)))


def add(ask: Ask[MailchimpCaller]) -> Response:
    audience = find(ask)
    body = read_body(ask.call, _NEW)
    present = audience.members.get(subscriber_hash(body["email_address"]))
    if present is not None and present.status != MemberStatus.ARCHIVED:
        raise exists(body["email_address"])
    member = subscribe(audience, body, ask.call.now, complete=is_complete(ask.call))
    put_on(member, body.get("tags", []))
    audience.keep(member)
    return Response(200, as_read(member, audience))


def put(ask: Ask[MailchimpCaller]) -> Response:
    """`status_if_new` counts for someone new only; `status` overwrites that of someone who is there."""
    audience = find(ask)
    body = read_body(ask.call, _PUT)
    present, complete = audience.member(ask.names["member"]), is_complete(ask.call)
    if present is not None:
        return Response(200, as_read(change(audience, present, body, ask.call.now, complete=complete), audience))
    if "status_if_new" not in body and "status" not in body:
        raise invalid(("", "Required fields were not provided: status_if_new"))
    if subscriber_hash(body["email_address"]) in audience.members:
        raise exists(body["email_address"])
    body = {**body, "status": body.get("status_if_new", body.get("status"))}
    return Response(200, as_read(subscribe(audience, body, ask.call.now, complete=complete), audience))


def update(ask: Ask[MailchimpCaller]) -> Response:
    audience, present = find(ask), find_member(ask)
    body = read_body(ask.call, _CHANGED)
    changed = change(audience, present, body, ask.call.now, complete=is_complete(ask.call))
    return Response(200, as_read(changed, audience))


def archive(ask: Ask[MailchimpCaller]) -> Response:
    member = find_member(ask)
    if member.status in (MemberStatus.ARCHIVED, MemberStatus.PENDING, MemberStatus.CLEANED):
        raise MailchimpError(405, Title.METHOD_NOT_ALLOWED, NOT_REMOVED)
    member.status = MemberStatus.ARCHIVED
    member.last_changed = ask.call.now.isoformat(timespec="seconds")
    find(ask).keep(member)
    return Response(204)


def forget(ask: Ask[MailchimpCaller]) -> Response:
    """For good: only the person can come back, by a form that Mailchimp hosts."""
    audience, member = find(ask), find_member(ask)
    audience.drop(member)
    audience.forgotten.append(subscriber_hash(member.email_address))
    ask.who.put_audience(audience)
    return Response(204)


def is_complete(call: Call) -> bool:
    """Whether a member needs a value in every merge field that is required."""
    return not flag(call, "skip_merge_validation")


def as_read(member: Member, audience: HeldAudience) -> dict[str, Any]:
    hashed = subscriber_hash(member.email_address)
    merge_fields = {field.tag: member.merge_fields.get(field.tag, "") for field in audience.merge_fields}
    return {
        "id": hashed,
        "email_address": member.email_address,
        "unique_email_id": hashed[:10],
        "contact_id": audience.contact_id(member),
        "full_name": " ".join(filter(None, (str(merge_fields.get(tag, "")) for tag in ("FNAME", "LNAME")))),
        "web_id": int(hashed[:7], 16),
        "email_type": member.email_type,
        "status": member.status,
        "unsubscribe_reason": member.unsubscribe_reason,
        "consents_to_one_to_one_messaging": True,
        "merge_fields": merge_fields,
        "interests": {},
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": member.ip_signup,
        "timestamp_signup": member.timestamp_signup,
        "ip_opt": member.ip_opt,
        "timestamp_opt": member.timestamp_opt,
        "member_rating": 2,
        "last_changed": member.last_changed,
        "language": member.language,
        "vip": member.vip,
        "email_client": "",
        "location": {
            "latitude": 0,
            "longitude": 0,
            "gmtoff": 0,
            "dstoff": 0,
            "country_code": "",
            "timezone": "",
            "region": "",
        },
        "source": "API - Generic",
        "tags_count": len(member.tags),
        "tags": shown_inline(member, audience),
        "list_id": audience.id,
        "_links": [],
    }


def _filtered(members: list[Member], call: Call) -> list[Member]:
    for name in _UNKNOWN_HERE:
        if call.last(name):
            raise invalid((name, "This sandbox does not know interests."))
    email_type, vip_only = choice(call, "email_type", EmailType), flag(call, "vip_only")
    if email_type:
        members = [member for member in members if member.email_type == email_type]
    if vip_only:
        members = [member for member in members if member.vip]
    if call.last("unique_email_id"):
        wanted = call.last("unique_email_id")
        members = [member for member in members if subscriber_hash(member.email_address)[:10] == wanted]
    return members


def _changed_after(
    members: list[Member], when: datetime | None, status: MemberStatus | None, name: str
) -> list[Member]:
    if not status:
        raise invalid((name, "This filter needs a status."))
    if when is None:
        return members
    return [member for member in members if (changed := moment_of(member.last_changed)) and changed > when]
