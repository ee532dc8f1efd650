"""The members of a Mailchimp audience: listed, read, added, put, updated, archived, forgotten.

https://mailchimp.com/developer/marketing/api/list-members/
"""

from __future__ import annotations

from typing import Any

from emailops.sandbox.audiences import find
from emailops.sandbox.listing import page_of
from emailops.sandbox.problems import invalid, not_found
from emailops.sandbox.subscribing import STATUSES, change, exists, not_one_of, read_member, subscribe
from emailops.sandbox.wire import Ask, Reply
from emailops.sandbox.world import Account, Audience, Member, subscriber_hash


def list_all(ask: Ask[Account]) -> Reply:
    """Without a status, everyone but the archived."""
    audience = find(ask)
    status = ask.call.last("status")
    if status and status not in (*STATUSES, "archived"):
        raise invalid(("status", not_one_of((*STATUSES, "archived"))))
    found = [
        member
        for member in audience.members.values()
        if (member.status == status if status else member.status != "archived")
    ]
    return Reply(
        200,
        {
            "members": [_as_read(member, audience) for member in page_of(found, ask.call)],
            "list_id": audience.id,
            "total_items": len(found),
            "_links": [],
        },
    )


def read(ask: Ask[Account]) -> Reply:
    return Reply(200, _as_read(_present(ask), find(ask)))


def add(ask: Ask[Account]) -> Reply:
    audience = find(ask)
    body = read_member(ask.call, required=("email_address", "status"))
    present = audience.members.get(subscriber_hash(body["email_address"]))
    if present is not None and present.status != "archived":
        raise exists(body["email_address"])
    return Reply(200, _as_read(subscribe(audience, body, ask.call.now), audience))


def put(ask: Ask[Account]) -> Reply:
    """`status_if_new` counts for someone new only; `status` overwrites that of someone who is there."""
    audience = find(ask)
    body = read_member(ask.call, required=("email_address",))
    present = audience.members.get(_hash(ask))
    if present is not None:
        return Reply(200, _as_read(change(audience, present, body, ask.call.now), audience))
    if "status_if_new" not in body and "status" not in body:
        raise invalid(("", "Required fields were not provided: status_if_new"))
    if subscriber_hash(body["email_address"]) in audience.members:
        raise exists(body["email_address"])
    body = {**body, "status": body.get("status_if_new", body.get("status"))}
    return Reply(200, _as_read(subscribe(audience, body, ask.call.now), audience))


def update(ask: Ask[Account]) -> Reply:
    audience, present = find(ask), _present(ask)
    return Reply(200, _as_read(change(audience, present, read_member(ask.call), ask.call.now), audience))


def archive(ask: Ask[Account]) -> Reply:
    member = _present(ask)
    member.status = "archived"
    member.last_changed = ask.call.now.isoformat(timespec="seconds")
    return Reply(204)


def forget(ask: Ask[Account]) -> Reply:
    """For good: only the person can come back, by a form that Mailchimp hosts."""
    audience, hashed = find(ask), subscriber_hash(_present(ask).email_address)
    del audience.members[hashed]
    audience.forgotten.append(hashed)
    return Reply(204)


def _hash(ask: Ask[Account]) -> str:
    """A path names a member by the hash or by the address itself."""
    named = ask.names["member"]
    return subscriber_hash(named) if "@" in named else named


def _present(ask: Ask[Account]) -> Member:
    member = find(ask).members.get(_hash(ask))
    if member is None:
        raise not_found()
    return member


def _as_read(member: Member, audience: Audience) -> dict[str, Any]:
    hashed = subscriber_hash(member.email_address)
    return {
        "id": hashed,
        "email_address": member.email_address,
        "unique_email_id": hashed[:10],
        "contact_id": subscriber_hash(f"{audience.id}/{hashed}"),
        "web_id": int(hashed[:7], 16),
        "email_type": member.email_type,
        "status": member.status,
        "unsubscribe_reason": member.unsubscribe_reason,
        "merge_fields": dict(member.merge_fields),
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "last_changed": member.last_changed,
        "language": member.language,
        "vip": member.vip,
        "source": "API - Generic",
        "tags_count": 0,
        "tags": [],
        "list_id": audience.id,
        "_links": [],
    }
