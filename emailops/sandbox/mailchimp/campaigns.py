"""Mailchimp's campaigns: listed, created, read, updated, deleted.

https://mailchimp.com/developer/marketing/api/campaigns/
"""

from __future__ import annotations

import secrets
from copy import deepcopy
from typing import Any

from emailops.sandbox.holding.account import Campaign, CampaignStatus, CampaignType
from emailops.sandbox.holding.audience import Member, MemberStatus, subscriber_hash
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.audiences import named
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import choice, in_order, within
from emailops.sandbox.mailchimp.problems import bad_request, invalid, not_found
from emailops.sandbox.mailchimp.shapes import Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Response

_KNOWN_HERE = (CampaignType.REGULAR, CampaignType.PLAIN_TEXT)
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
_NEW = Object({**_FIELDS, "type": OneOf(tuple(CampaignType))}, required=("type",))
_UPDATE = Object(
    {**_FIELDS, "settings": Object(_SETTINGS, required=("subject_line", "from_name", "reply_to"))},
    required=("settings",),
)


def list_all(ask: Ask[MailchimpCaller]) -> Response:
    call = ask.call
    found = list(ask.who.account.campaigns.values())
    campaign_type, status = choice(call, "type", CampaignType), choice(call, "status", CampaignStatus)
    audience_id, member_id = call.last("list_id"), call.last("member_id").lower()
    if campaign_type:
        found = [campaign for campaign in found if campaign.type == campaign_type]
    if status:
        found = [campaign for campaign in found if campaign.status == status]
    if audience_id:
        found = [campaign for campaign in found if campaign.goes_to(audience_id)]
    if member_id:
        found = [
            campaign for campaign in found if any(subscriber_hash(address) == member_id for address in campaign.sent_to)
        ]
    if call.last("folder_id"):
        found = [campaign for campaign in found if campaign.settings.get("folder_id") == call.last("folder_id")]
    found = within(found, call, "create_time", lambda campaign: campaign.create_time)
    found = within(found, call, "send_time", lambda campaign: campaign.send_time)
    found = in_order(
        found,
        call,
        {"create_time": lambda campaign: campaign.create_time, "send_time": lambda campaign: campaign.send_time},
    )
    shown = [as_read(campaign, ask) for campaign in page_of(found, call)]
    return Response(200, {"campaigns": shown, "total_items": len(found), "_links": []})


def create(ask: Ask[MailchimpCaller]) -> Response:
    """The same request twice makes two campaigns."""
    body = read_body(ask.call, _NEW)
    if body["type"] not in _KNOWN_HERE:
        raise invalid(("type", f"This sandbox knows only {' and '.join(_KNOWN_HERE)} campaigns."))
    created = ask.call.now.isoformat(timespec="seconds")
    campaign = Campaign(secrets.token_hex(5), CampaignType(body["type"]), created)
    _set(campaign, body, ask)
    put(campaign, ask)
    return Response(200, as_read(campaign, ask))


def read(ask: Ask[MailchimpCaller]) -> Response:
    return Response(200, as_read(find(ask), ask))


def update(ask: Ask[MailchimpCaller]) -> Response:
    campaign = find_draft(ask)
    _set(campaign, read_body(ask.call, _UPDATE), ask)
    put(campaign, ask)
    return Response(200, as_read(campaign, ask))


def delete(ask: Ask[MailchimpCaller]) -> Response:
    """A draft, or one that was sent: its report goes with it."""
    ask.who.account.campaigns.remove(find(ask).id)
    return Response(204)


def find(ask: Ask[MailchimpCaller]) -> Campaign:
    campaign = ask.who.account.campaigns.get(ask.names["campaign"])
    if campaign is None:
        raise not_found()
    return campaign


def put(campaign: Campaign, ask: Ask[MailchimpCaller]) -> None:
    """To be called after a campaign was made or changed."""
    ask.who.account.campaigns.put(campaign.id, campaign)


def find_draft(ask: Ask[MailchimpCaller]) -> Campaign:
    """One that can still be changed."""
    campaign = find(ask)
    if campaign.status == CampaignStatus.SENT:
        raise bad_request()
    return campaign


def recipients_of(campaign: Campaign, ask: Ask[MailchimpCaller]) -> list[Member]:
    """To whom a draft would go now: the subscribed members of its audience."""
    audience = ask.who.account.audiences.get(campaign.recipients.get("list_id", ""))
    return audience.members_with(MemberStatus.SUBSCRIBED) if audience else []


def as_read(campaign: Campaign, ask: Ask[MailchimpCaller]) -> dict[str, Any]:
    list_id = campaign.recipients.get("list_id", "")
    audience = ask.who.account.audiences.get(list_id)
    is_sent = campaign.status == CampaignStatus.SENT
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
            "recipient_count": len(campaign.sent_to if is_sent else recipients_of(campaign, ask)),
        },
        "settings": {**{name: _BLANK[of_type] for name, of_type in _SETTINGS.items()}, **deepcopy(campaign.settings)},
        "tracking": {"opens": True, "html_clicks": True, "text_clicks": False, **deepcopy(campaign.tracking)},
        "delivery_status": {"enabled": False},
        "_links": [],
    }


def _set(campaign: Campaign, body: dict[str, Any], ask: Ask[MailchimpCaller]) -> None:
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
