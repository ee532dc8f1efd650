"""What a Mailchimp campaign says: set and read.

https://mailchimp.com/developer/marketing/api/campaign-content/
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from emailops.sandbox.holding.account import Campaign
from emailops.sandbox.mailchimp import campaigns
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.campaigns import find, find_draft
from emailops.sandbox.mailchimp.problems import invalid
from emailops.sandbox.mailchimp.shapes import Object, read_body
from emailops.sandbox.serving.wire import Ask, Response

_BODY = Object({"html": str, "plain_text": str})
_UNKNOWN_HERE = ("url", "template", "archive", "variate_contents")
_TAG = re.compile(r"<(/?)([a-z0-9]*+)[^<>]*+>", re.IGNORECASE)
_HIDDEN = frozenset({"head", "script", "style", "title"})
_BLOCKS = frozenset({"br", "div", "h1", "h2", "h3", "h4", "li", "p", "table", "tr", "ul"})


def read(ask: Ask[MailchimpCaller]) -> Response:
    return Response(200, _as_read(find(ask)))


def put(ask: Ask[MailchimpCaller]) -> Response:
    """The plain text is made from the HTML where only that is given."""
    campaign, body = find_draft(ask), read_body(ask.call, _BODY)
    for name in _UNKNOWN_HERE:
        if name in body:
            raise invalid((name, "This sandbox knows only html and plain_text."))
    given: dict[str, str] = {name: body[name] for name in ("html", "plain_text") if name in body}
    if "html" in given and "plain_text" not in given:
        given["plain_text"] = _words(given["html"])
    campaign.content = {**campaign.content, **given}
    campaigns.put(campaign, ask)
    return Response(200, _as_read(campaign))


def _as_read(campaign: Campaign) -> dict[str, Any]:
    html = campaign.content.get("html", "")
    return {
        "plain_text": campaign.content.get("plain_text", ""),
        "html": html,
        "archive_html": html,
        "_links": [],
    }


def _words(html: str) -> str:
    """What stands between the tags, a line for each block; in one pass, also through HTML that is broken."""
    parts: list[str] = []
    hidden = False
    pieces = _TAG.split(html)
    for text, closes, tag in zip(pieces[::3], ["", *pieces[1::3]], ["", *pieces[2::3]], strict=True):
        if tag.lower() in _HIDDEN:
            hidden = not closes
        if tag.lower() in _BLOCKS:
            parts.append("\n")
        if not hidden:
            parts.append(unescape(text))
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)
