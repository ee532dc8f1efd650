"""What the tests of the inbox find in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from .accounts import AUDIENCE, LIVE_SERVICE, TEMPLATES, accounts

REDIRECTED_TO = "success@simulator.amazonses.com"
CAMPAIGN = "abcdef0123"
SENT_HTML = (
    "<!doctype html><h1>News</h1><script>parent.pwned = 1; document.title = 'pwned'</script>"
    '<img src="/inbox.svg" onerror="parent.pwned = 1"><p id="last">The last paragraph</p>'
)


def message_id(number: int) -> str:
    return str(UUID(int=number))


def message(number: int, **fields: Any) -> dict[str, Any]:
    """The later the number, the later it was sent."""
    return {
        "id": message_id(number),
        "service": LIVE_SERVICE,
        "key": "live",
        "template_id": TEMPLATES["granted"],
        "template_version": 3,
        "recipient": f"applicant-{number}@permits.gov.uk",
        "subject": f"Permit {number}",
        "body": f"Dear Ada,\n\npermit {number} is granted.",
        "ends": "delivered",
        "created_at": f"2026-01-30T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000000Z",
        **fields,
    }


def campaign(**fields: Any) -> dict[str, Any]:
    return {
        "id": CAMPAIGN,
        "type": "regular",
        "create_time": "2026-01-30T08:00:00+00:00",
        "send_time": "2026-01-30T09:00:00+00:00",
        "status": "sent",
        "recipients": {"list_id": AUDIENCE},
        "settings": {"subject_line": "News for builders", "title": "Builders [30 January]", "from_name": "Permits"},
        "content": {"html": SENT_HTML, "plain_text": "The news."},
        "sent_to": ["anna@builders.gov.uk"],
        **fields,
    }


def holding(*messages: dict[str, Any], campaigns: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """The tests' accounts, with these in them."""
    whole = accounts()
    whole["notify"]["services"][0]["redirects_to"] = [REDIRECTED_TO]
    whole["mailchimp"]["accounts"][0]["campaigns"] = list(campaigns)
    return {**whole, "messages": list(messages)}
