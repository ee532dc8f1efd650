"""Mailchimp's search for members over all audiences, or in one.

https://mailchimp.com/developer/marketing/api/search-members/
"""

from __future__ import annotations

from typing import Any

from emailops.sandbox.holding.audience import HeldAudience, Member, subscriber_hash
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.audiences import find
from emailops.sandbox.mailchimp.members import as_read
from emailops.sandbox.mailchimp.problems import invalid
from emailops.sandbox.serving.wire import Ask, Response

SHOWN = 30
_Found = list[tuple[Member, HeldAudience]]


def members(ask: Ask[MailchimpCaller]) -> Response:
    """Whole addresses, and whatever holds the text in address or name; of each the first few are shown."""
    query, audience_id = ask.call.last("query").strip(), ask.call.last("list_id")
    if not query:
        raise invalid(("query", "Required fields were not provided: query"))
    searched = [find(ask, audience_id)] if audience_id else list(ask.who.account.audiences.values())
    exact = [(member, audience) for audience in searched if (member := audience.members.get(subscriber_hash(query)))]
    text = query.lower()
    full = [
        (member, audience)
        for audience in searched
        for member in audience.members_with(None)
        if text in member.email_address.lower() or text in _name(member).lower()
    ]
    return Response(200, {"exact_matches": _as_read(exact), "full_search": _as_read(full), "_links": []})


def _name(member: Member) -> str:
    return " ".join(str(member.merge_fields.get(tag, "")) for tag in ("FNAME", "LNAME"))


def _as_read(found: _Found) -> dict[str, Any]:
    shown = [as_read(member, audience) for member, audience in found[:SHOWN]]
    return {"members": shown, "total_items": len(found)}
