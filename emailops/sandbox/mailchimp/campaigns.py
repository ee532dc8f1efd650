"""Mailchimp's campaigns: listed, created, read, updated, deleted.

https://mailchimp.com/developer/marketing/api/campaigns/
"""

from __future__ import annotations

import secrets
from copy import deepcopy
from typing import Any

from emailops.sandbox.holding.world import Account, Campaign, Member, subscriber_hash
from emailops.sandbox.mailchimp.audiences import named
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import choice, in_order, within
from emailops.sandbox.mailchimp.problems import bad_request, invalid, not_found
from emailops.sandbox.mailchimp.shapes import Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Reply

TYPES = ("regular", "plaintext", "absplit", "rss", "variate")
STATUSES = ("save", "paused", "schedule", "sending", "sent")
_KNOWN_HERE = ("regular", "plaintext")
_SETTINGS: dict[str, Any] = {
    "subject_line": str,
    "preview_text": str,
    "title": str,
    "from_name": str,
    "reply_to": str,
    "use_conversation": bool,
    "to_name": str,
    "folder_id": str,
    "authenticate": bool,
    "auto_footer": bool,
    "inline_css": bool,
    "auto_tweet": bool,
    "fb_comments": bool,
    "template_id": int,
}
_BLANK = {str: "", bool: False, int: 0}
_RECIPIENTS = Object({"list_id": str, "segment_opts": dict}, required=("list_id",))
_FIELDS: dict[str, Any] = {"recipients": _RECIPIENTS, "settings": Object(_SETTINGS), "tracking": dict}
_NEW = Object({**_FIELDS, "type": OneOf(TYPES)}, required=("type",))
_UPDATE = Object(
    {**_FIELDS, "settings": Object(_SETTINGS, required=("subject_line", "from_name", "reply_to"))},
    required=("settings",),
)


def list_all(ask: Ask[Account]) -> Reply:
    call = ask.call
    found = list(ask.who.campaigns.values())
    kind, status = choice(call, "type", TYPES), choice(call, "status", STATUSES)
    audience_id, member_id = call.last("list_id"), call.last("member_id").lower()
    if kind:
        found = [one for one in found if one.type == kind]
    if status:
        found = [one for one in found if one.status == status]
    if audience_id:
        found = [one for one in found if one.goes_to(audience_id)]
    if member_id:
        found = [one for one in found if any(subscriber_hash(address) == member_id for address in one.sent_to)]
    if call.last("folder_id"):
        found = [one for one in found if one.settings.get("folder_id") == call.last("folder_id")]
    found = within(found, call, "create_time", lambda one: one.create_time)
    found = within(found, call, "send_time", lambda one: one.send_time)
    found = in_order(found, call, {"create_time": lambda one: one.create_time, "send_time": lambda one: one.send_time})
    shown = [as_read(one, ask) for one in page_of(found, call)]
    return Reply(200, {"campaigns": shown, "total_items": len(found), "_links": []})


def create(ask: Ask[Account]) -> Reply:
    """Nothing makes two that are alike one: the same request twice makes two campaigns."""
    body = read_body(ask.call, _NEW)
    if body["type"] not in _KNOWN_HERE:
        raise invalid(("type", f"This sandbox knows only {' and '.join(_KNOWN_HERE)} campaigns."))
    made = Campaign(secrets.token_hex(5), body["type"], ask.call.now.isoformat(timespec="seconds"))
    _set(made, body, ask)
    ask.who.campaigns[made.id] = made
    return Reply(200, as_read(made, ask))


def read(ask: Ask[Account]) -> Reply:
    return Reply(200, as_read(find(ask), ask))


def update(ask: Ask[Account]) -> Reply:
    campaign = find_draft(ask)
    _set(campaign, read_body(ask.call, _UPDATE), ask)
    return Reply(200, as_read(campaign, ask))


def delete(ask: Ask[Account]) -> Reply:
    """A draft, or one that was sent: its report goes with it."""
    del ask.who.campaigns[find(ask).id]
    return Reply(204)


def find(ask: Ask[Account]) -> Campaign:
    campaign = ask.who.campaigns.get(ask.names["campaign"])
    if campaign is None:
        raise not_found()
    return campaign


def find_draft(ask: Ask[Account]) -> Campaign:
    """One that can still be changed."""
    campaign = find(ask)
    if campaign.status == "sent":
        raise bad_request()
    return campaign


def recipients_of(campaign: Campaign, ask: Ask[Account]) -> list[Member]:
    """To whom a draft would go now: the subscribed members of its audience."""
    audience = ask.who.audiences.get(campaign.recipients.get("list_id", ""))
    return audience.members_with("subscribed") if audience else []


def as_read(campaign: Campaign, ask: Ask[Account]) -> dict[str, Any]:
    list_id = campaign.recipients.get("list_id", "")
    audience = ask.who.audiences.get(list_id)
    return {
        "id": campaign.id,
        "web_id": int(campaign.id, 16) % 10_000_000,
        "type": campaign.type,
        "create_time": campaign.create_time,
        "archive_url": f"https://eepurl.example/{campaign.id}",
        "long_archive_url": f"https://mailchi.example/sandbox/{campaign.id}",
        "status": campaign.status,
        "emails_sent": len(campaign.sent_to),
        "send_time": campaign.send_time,
        "content_type": "multichannel" if campaign.content else "",
        "needs_block_refresh": False,
        "resendable": False,
        "recipients": {
            "list_id": list_id,
            "list_is_active": audience is not None,
            "list_name": audience.settings["name"] if audience else "",
            "segment_text": "",
            "recipient_count": len(campaign.sent_to if campaign.status == "sent" else recipients_of(campaign, ask)),
        },
        "settings": {**{name: _BLANK[kind] for name, kind in _SETTINGS.items()}, **deepcopy(campaign.settings)},
        "tracking": {"opens": True, "html_clicks": True, "text_clicks": False, **deepcopy(campaign.tracking)},
        "delivery_status": {"enabled": False},
        "_links": [],
    }


def _set(campaign: Campaign, body: dict[str, Any], ask: Ask[Account]) -> None:
    recipients = body.get("recipients", {})
    if recipients and named(ask, recipients["list_id"]) is None:
        raise invalid(("recipients.list_id", "The list does not exist."))
    if recipients.get("segment_opts"):
        raise invalid(("recipients.segment_opts", "This sandbox does not know segments."))
    if recipients:
        campaign.recipients = {"list_id": recipients["list_id"]}
    given = body.get("settings", {})
    campaign.settings |= {name: given[name] for name in _SETTINGS if name in given}
    campaign.tracking |= body.get("tracking", {})
