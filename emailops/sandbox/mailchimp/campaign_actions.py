"""Before and at the sending of a Mailchimp campaign: the checklist, test emails, and the sending itself, once.

https://mailchimp.com/developer/marketing/api/campaign-send-checklist/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emailops.sandbox.holding.world import Account, Campaign
from emailops.sandbox.mailchimp.campaigns import find, find_draft, recipients_of
from emailops.sandbox.mailchimp.problems import bad_request
from emailops.sandbox.mailchimp.shapes import Each, Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_READY = "Your Campaign is not ready to send."
_TEST = Object(
    {"test_emails": Each(str), "send_type": OneOf(("html", "plaintext"))}, required=("test_emails", "send_type")
)


def checklist(ask: Ask[Account]) -> Reply:
    items = [
        {"type": kind, "id": number, "heading": heading, "details": details}
        for number, (kind, heading, details) in enumerate(_items(find(ask), ask), 1)
    ]
    return Reply(200, {"is_ready": all(item["type"] != "error" for item in items), "items": items, "_links": []})


def test(ask: Ask[Account]) -> Reply:
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
    return Reply(204)


def send(ask: Ask[Account]) -> Reply:
    """At once, and only once: whoever is subscribed at this moment gets it."""
    campaign = find(ask)
    if campaign.status == "sent" or any(kind == "error" for kind, _, _ in _items(campaign, ask)):
        raise bad_request(NOT_READY)
    campaign.sent_to = [member.email_address for member in recipients_of(campaign, ask)]
    campaign.status = "sent"
    campaign.send_time = ask.call.now.isoformat(timespec="seconds")
    return Reply(204)


def _items(campaign: Campaign, ask: Ask[Account]) -> Iterator[tuple[str, str, str]]:
    """Type, heading and details of each thing that is looked at."""
    if campaign.status == "sent":
        yield "error", "Status", "This campaign was sent."
    audience, number = ask.who.audiences.get(campaign.recipients.get("list_id", "")), len(recipients_of(campaign, ask))
    if audience is None:
        yield "error", "List", "No list is chosen."
    elif number == 0:
        yield "error", "List", f"{audience.settings['name']} has no recipients."
    else:
        recipients = "1 recipient" if number == 1 else f"{number} recipients"
        yield "success", "List", f"This goes to {audience.settings['name']} ({recipients})."
    for heading, name in (("Subject line", "subject_line"), ("From name", "from_name"), ("Replies", "reply_to")):
        value = campaign.settings.get(name, "")
        yield ("success", heading, value) if value else ("error", heading, f"The {name} is empty.")
    wanted = ("HTML email", "html") if campaign.type == "regular" else ("Plain-text email", "plain_text")
    yield ("success" if campaign.content.get(wanted[1]) else "error", wanted[0], "What the campaign says.")
