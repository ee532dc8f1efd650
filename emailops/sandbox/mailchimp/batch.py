"""Up to five hundred people put on a Mailchimp audience in one request, each with an outcome of their own.

https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/
"""

from __future__ import annotations

from typing import Any

from emailops.sandbox.holding.audience import HeldAudience, Member, subscriber_hash
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.audiences import find
from emailops.sandbox.mailchimp.members import as_read, is_complete
from emailops.sandbox.mailchimp.parameters import flag
from emailops.sandbox.mailchimp.problems import MailchimpError, invalid
from emailops.sandbox.mailchimp.shapes import Each, Object, read_body
from emailops.sandbox.mailchimp.subscription import FIELDS, change, subscribe
from emailops.sandbox.mailchimp.tags import put_on
from emailops.sandbox.serving.wire import Ask, Response

MOST = 500
EXISTS = "is already a list member, do you want to update? please provide update_existing:true in the request body"
_MEMBER = Object({**FIELDS, "tags": Each(str)}, required=("email_address",))
_BODY = Object({"members": Each(_MEMBER, MOST), "update_existing": bool, "sync_tags": bool}, required=("members",))


def subscribe_all(ask: Ask[MailchimpCaller]) -> Response:
    """200 whatever becomes of them; someone who stands twice is there the second time, unless told to be skipped."""
    audience, body = find(ask), _body(ask)
    skips = flag(ask.call, "skip_duplicate_check")
    created: list[Member] = []
    updated: list[Member] = []
    errors, seen = [], set()
    for entry in body["members"]:
        hashed = subscriber_hash(entry["email_address"])
        if skips and hashed in seen:
            continue
        seen.add(hashed)
        present = audience.members.get(hashed)
        is_new = present is None or present.status == "archived"
        if not is_new and not body.get("update_existing", False):
            errors.append(_exists(entry["email_address"]))
            continue
        try:
            member = _subscribed(audience, present if not is_new else None, entry, ask)
        except MailchimpError as error:
            errors.append(_refused(entry["email_address"], error))
            continue
        if body.get("sync_tags", False):
            member.tags = []
        put_on(member, entry.get("tags", []))
        audience.keep(member)
        (created if is_new else updated).append(member)
    return Response(
        200,
        {
            "new_members": [as_read(member, audience) for member in created],
            "updated_members": [as_read(member, audience) for member in updated],
            "errors": errors,
            "total_created": len(created),
            "total_updated": len(updated),
            "error_count": len(errors),
            "_links": [],
        },
    )


def _body(ask: Ask[MailchimpCaller]) -> dict[str, Any]:
    body = read_body(ask.call, _BODY)
    without_status = [
        (f"members.item:{index}", "Required fields were not provided: status")
        for index, entry in enumerate(body["members"])
        if "status" not in entry and "status_if_new" not in entry
    ]
    if without_status:
        raise invalid(*without_status)
    return body


def _subscribed(
    audience: HeldAudience, present: Member | None, entry: dict[str, Any], ask: Ask[MailchimpCaller]
) -> Member:
    complete = is_complete(ask.call)
    if present is None:
        status = entry.get("status_if_new", entry.get("status"))
        return subscribe(audience, {**entry, "status": status}, ask.call.now, complete=complete)
    return change(audience, present, entry, ask.call.now, complete=complete)


def _exists(address: str) -> dict[str, Any]:
    return {
        "email_address": address,
        "error": f"{address} {EXISTS}",
        "error_code": "ERROR_CONTACT_EXISTS",
        "field": "",
        "field_message": "",
    }


def _refused(address: str, error: MailchimpError) -> dict[str, Any]:
    first = (error.errors or [{"field": "", "message": ""}])[0]
    return {
        "email_address": address,
        "error": error.detail,
        "error_code": "ERROR_GENERIC",
        "field": first["field"],
        "field_message": first["message"],
    }
