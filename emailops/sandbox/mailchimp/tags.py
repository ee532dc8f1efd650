"""The tags of Mailchimp's members: put on, taken off, listed.

https://mailchimp.com/developer/marketing/api/list-member-tags/
"""

from __future__ import annotations

import zlib
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.audience import HeldAudience, Member
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.audiences import find, find_member
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.shapes import Each, Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 50


class TagStatus(StrEnum):
    """What a request does with a tag."""

    ACTIVE = "active"
    INACTIVE = "inactive"


_TAG = Object({"name": str, "status": OneOf(tuple(TagStatus))}, required=("name", "status"))
_BODY = Object({"tags": Each(_TAG), "is_syncing": bool}, required=("tags",))


def list_all(ask: Ask[MailchimpCaller]) -> Response:
    """`date_added` is when the member last changed, for the day of each tag is not kept."""
    audience, member = find(ask), find_member(ask)
    tags = [{**_as_read(name, audience), "date_added": member.last_changed} for name in page_of(member.tags, ask.call)]
    return Response(200, {"tags": tags, "total_items": len(member.tags), "_links": []})


def change(ask: Ask[MailchimpCaller]) -> Response:
    member = find_member(ask)
    for tag in read_body(ask.call, _BODY)["tags"]:
        if tag["status"] == TagStatus.ACTIVE:
            put_on(member, [tag["name"]])
        elif tag["name"] in member.tags:
            member.tags.remove(tag["name"])
    member.last_changed = ask.call.now.isoformat(timespec="seconds")
    find(ask).keep(member)
    return Response(204)


def put_on(member: Member, names: Iterable[str]) -> None:
    member.tags = list(dict.fromkeys([*member.tags, *filter(None, names)]))


def shown_inline(member: Member, audience: HeldAudience) -> list[dict[str, Any]]:
    """Those that stand in the member itself: at most fifty, whatever their number."""
    return [_as_read(name, audience) for name in member.tags[:SHOWN]]


def _as_read(name: str, audience: HeldAudience) -> dict[str, Any]:
    """A tag has one id in its audience."""
    return {"id": zlib.crc32(f"{audience.id}/{name}".encode("utf-8", "surrogatepass")), "name": name}
