"""Mailchimp's reports on campaigns that were sent, in brief: nobody here opens or clicks.

https://mailchimp.com/developer/marketing/api/reports/
"""

from __future__ import annotations

from typing import Any

from emailops.sandbox.holding.account import Campaign, CampaignStatus, CampaignType
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.campaigns import find
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import choice, within
from emailops.sandbox.mailchimp.problems import not_found
from emailops.sandbox.serving.wire import Ask, Response


def list_all(ask: Ask[MailchimpCaller]) -> Response:
    campaign_type = choice(ask.call, "type", CampaignType)
    found = [
        campaign
        for campaign in ask.who.account.campaigns.values()
        if campaign.status == CampaignStatus.SENT and campaign_type in (None, campaign.type)
    ]
    found = within(found, ask.call, "send_time", lambda campaign: campaign.send_time)
    shown = [_as_read(campaign, ask) for campaign in page_of(found, ask.call)]
    return Response(200, {"reports": shown, "total_items": len(found), "_links": []})


def read(ask: Ask[MailchimpCaller]) -> Response:
    campaign = find(ask)
    if campaign.status != CampaignStatus.SENT:
        raise not_found()
    return Response(200, _as_read(campaign, ask))


def _as_read(campaign: Campaign, ask: Ask[MailchimpCaller]) -> dict[str, Any]:
    list_id = campaign.recipients.get("list_id", "")
    audience = ask.who.account.audiences.get(list_id)
    return {
        "id": campaign.id,
        "campaign_title": campaign.settings.get("title", ""),
        "type": campaign.type,
        "list_id": list_id,
        "list_is_active": audience is not None,
        "list_name": audience.settings["name"] if audience else "",
        "subject_line": campaign.settings.get("subject_line", ""),
        "preview_text": campaign.settings.get("preview_text", ""),
        "emails_sent": len(campaign.sent_to),
        "abuse_reports": 0,
        "unsubscribed": 0,
        "send_time": campaign.send_time,
        "bounces": {"hard_bounces": 0, "soft_bounces": 0, "syntax_errors": 0},
        "forwards": {"forwards_count": 0, "forwards_opens": 0},
        "opens": {"opens_total": 0, "unique_opens": 0, "open_rate": 0, "last_open": ""},
        "clicks": {
            "clicks_total": 0,
            "unique_clicks": 0,
            "unique_subscriber_clicks": 0,
            "click_rate": 0,
            "last_click": "",
        },
        "_links": [],
    }
