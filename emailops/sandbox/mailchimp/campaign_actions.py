"""Before and at the sending of a Mailchimp campaign: the checklist, test emails, and the sending itself, once.

https://mailchimp.com/developer/marketing/api/campaign-send-checklist/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emailops.sandbox.holding.account import Campaign, CampaignStatus, CampaignType
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.campaigns import find, find_draft, put, recipients_of
from emailops.sandbox.mailchimp.problems import bad_request
from emailops.sandbox.mailchimp.shapes import Each, Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emailops.sandbox.holding.audience import HeldAudience

NOT_READY = "Your Campaign is not ready to send."
_TEST = Object(
    {"test_emails": Each(str), "send_type": OneOf(("html", "plaintext"))}, required=("test_emails", "send_type")
)


def checklist(ask: Ask[MailchimpCaller]) -> Response:
    items = list(_items(find(ask), ask))
    shown = [
        {
            "type": "error" if item.is_error else "success",
            "id": number,
            "heading": item.heading,
            "details": item.details,
        }
        for number, item in enumerate(items, 1)
    ]
    return Response(200, {"is_ready": not any(item.is_error for item in items), "items": shown, "_links": []})


def test(ask: Ask[MailchimpCaller]) -> Response:
    campaign, body = find_draft(ask), read_body(ask.call, _TEST)
    if not any(campaign.content.values()):
        raise bad_request(NOT_READY)
    campaign.tests.append(
        {
            "at": ask.call.now.isoformat(timespec="seconds"),
            "to": body["test_emails"],
            "send_type": body["send_type"],
        }
    )
    put(campaign, ask)
    return Response(204)


def send(ask: Ask[MailchimpCaller]) -> Response:
    """At once, and only once: whoever is subscribed at this moment gets it."""
    campaign = find(ask)
    if campaign.status == CampaignStatus.SENT or any(item.is_error for item in _items(campaign, ask)):
        raise bad_request(NOT_READY)
    campaign.sent_to = [member.email_address for member in recipients_of(campaign, ask)]
    campaign.status = CampaignStatus.SENT
    campaign.send_time = ask.call.now.isoformat(timespec="seconds")
    put(campaign, ask)
    return Response(204)


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing that the checklist looks at."""

    heading: str
    details: str
    is_error: bool = False

    @property
    def type(self) -> str:
        return "error" if self.is_error else "success"


def _items(campaign: Campaign, ask: Ask[MailchimpCaller]) -> Iterator[_Item]:
    if campaign.status == CampaignStatus.SENT:
        yield _Item("Status", "This campaign was sent.", is_error=True)
    audience = ask.who.account.audiences.get(campaign.recipients.get("list_id", ""))
    yield _audience_item(audience, len(recipients_of(campaign, ask)))
    for heading, name in (("Subject line", "subject_line"), ("From name", "from_name"), ("Replies", "reply_to")):
        value = campaign.settings.get(name, "")
        yield _Item(heading, value) if value else _Item(heading, f"The {name} is empty.", is_error=True)
    is_regular = campaign.type == CampaignType.REGULAR
    heading, name = ("HTML email", "html") if is_regular else ("Plain-text email", "plain_text")
    yield _Item(heading, "What the campaign says.", is_error=not campaign.content.get(name))


def _audience_item(audience: HeldAudience | None, number: int) -> _Item:
    if audience is None:
        return _Item("List", "No list is chosen.", is_error=True)
    if number == 0:
        return _Item("List", f"{audience.settings['name']} has no recipients.", is_error=True)
    recipients = "1 recipient" if number == 1 else f"{number} recipients"
    return _Item("List", f"This goes to {audience.settings['name']} ({recipients}).")
