"""Mailchimp's audiences: listed, created, read, updated, deleted.

https://mailchimp.com/developer/marketing/api/lists/
"""

from __future__ import annotations

import secrets
from copy import deepcopy
from typing import Any

from emailops.sandbox.listing import page_of
from emailops.sandbox.problems import MailchimpError, check, not_found, read_object
from emailops.sandbox.state import default_settings
from emailops.sandbox.wire import Ask, Reply
from emailops.sandbox.world import Account, Audience, subscriber_hash

SHAPE: dict[str, Any] = {
    "name": str,
    "contact": dict.fromkeys(("company", "address1", "address2", "city", "state", "zip", "country", "phone"), str),
    "permission_reminder": str,
    "use_archive_bar": bool,
    "campaign_defaults": dict.fromkeys(("from_name", "from_email", "subject", "language"), str),
    "notify_on_subscribe": str,
    "notify_on_unsubscribe": str,
    "email_type_option": bool,
    "double_optin": bool,
    "marketing_permissions": bool,
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "": ("name", "contact", "permission_reminder", "campaign_defaults", "email_type_option"),
    "contact": ("company", "address1", "city", "country"),
    "campaign_defaults": ("from_name", "from_email", "subject", "language"),
}
REQUIRED_IN_UPDATE = {**REQUIRED, "contact": ("company", "address1", "city", "state", "zip", "country")}


def list_all(ask: Ask[Account]) -> Reply:
    account, call = ask.who, ask.call
    found = list(account.audiences.values())
    if call.last("email"):
        member = subscriber_hash(call.last("email"))
        found = [audience for audience in found if member in audience.members]
    return Reply(
        200,
        {
            "lists": [_as_read(audience) for audience in page_of(found, call)],
            "total_items": len(found),
            "constraints": {
                "may_create": _has_room(account),
                "max_instances": account.max_audiences,
                "current_total_instances": len(account.audiences),
            },
            "_links": [],
        },
    )


def create(ask: Ask[Account]) -> Reply:
    """Names are not unique, here as there: the same request twice makes two audiences."""
    body = read_object(ask.call)
    check(body, SHAPE, REQUIRED)
    if not _has_room(ask.who):
        raise MailchimpError(403, "User action not permitted", "User does not have access to the requested operation")
    audience_id = secrets.token_hex(5)
    settings = {
        **default_settings(audience_id, body["name"]),
        "contact": dict.fromkeys(SHAPE["contact"], ""),
        "date_created": ask.call.now.isoformat(timespec="seconds"),
    }
    audience = Audience(audience_id, settings)
    _set(audience, body)
    ask.who.audiences[audience_id] = audience
    return Reply(200, _as_read(audience))


def read(ask: Ask[Account]) -> Reply:
    return Reply(200, _as_read(find(ask)))


def update(ask: Ask[Account]) -> Reply:
    audience = find(ask)
    body = read_object(ask.call)
    check(body, SHAPE, REQUIRED_IN_UPDATE)
    _set(audience, body)
    return Reply(200, _as_read(audience))


def delete(ask: Ask[Account]) -> Reply:
    del ask.who.audiences[find(ask).id]
    return Reply(204)


def find(ask: Ask[Account]) -> Audience:
    audience = ask.who.audiences.get(ask.names["id"])
    if audience is None:
        raise not_found()
    return audience


def count(audience: Audience, status: str) -> int:
    return sum(member.status == status for member in audience.members.values())


def _has_room(account: Account) -> bool:
    return account.max_audiences < 0 or len(account.audiences) < account.max_audiences


def _set(audience: Audience, body: dict[str, Any]) -> None:
    """Take over what may be written; what is read-only, or unknown, is passed over as Mailchimp does."""
    for name, shape in SHAPE.items():
        if name not in body:
            continue
        value = body[name]
        if isinstance(shape, dict):
            known = {part: value[part] for part in shape if part in value}
            value = {**audience.settings[name], **known}
        audience.settings[name] = value


def _as_read(audience: Audience) -> dict[str, Any]:
    return {
        "id": audience.id,
        **deepcopy(audience.settings),
        "stats": {
            "member_count": count(audience, "subscribed"),
            "unsubscribe_count": count(audience, "unsubscribed"),
            "cleaned_count": count(audience, "cleaned"),
            "campaign_count": 0,
        },
        "_links": [],
    }
