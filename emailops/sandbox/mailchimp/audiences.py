"""Mailchimp's audiences: listed, created, read, updated, deleted.

https://mailchimp.com/developer/marketing/api/lists/
"""

from __future__ import annotations

import re
import secrets
from copy import deepcopy
from typing import Any

from emailops.sandbox.holding.state import default_settings
from emailops.sandbox.holding.world import Account, Audience, Member
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import flag, in_order, within
from emailops.sandbox.mailchimp.problems import MailchimpError, not_found
from emailops.sandbox.mailchimp.shapes import Object, read_body
from emailops.sandbox.serving.wire import Ask, Reply

_CONTACT = dict.fromkeys(("company", "address1", "address2", "city", "state", "zip", "country", "phone"), str)
_DEFAULTS = Object(
    dict.fromkeys(("from_name", "from_email", "subject", "language"), str),
    required=("from_name", "from_email", "subject", "language"),
)
_REQUIRED = ("name", "contact", "permission_reminder", "campaign_defaults", "email_type_option")
_FIELDS: dict[str, Any] = {
    "name": str,
    "contact": Object(_CONTACT, required=("company", "address1", "city", "country")),
    "permission_reminder": str,
    "use_archive_bar": bool,
    "campaign_defaults": _DEFAULTS,
    "notify_on_subscribe": str,
    "notify_on_unsubscribe": str,
    "email_type_option": bool,
    "double_optin": bool,
    "marketing_permissions": bool,
}
_NEW = Object(_FIELDS, _REQUIRED)
_CONTACT_IN_UPDATE = Object(_CONTACT, required=("company", "address1", "city", "state", "zip", "country"))
_UPDATE = Object({**_FIELDS, "contact": _CONTACT_IN_UPDATE}, _REQUIRED)


def list_all(ask: Ask[Account]) -> Reply:
    account, call = ask.who, ask.call
    found = list(account.audiences.values())
    if call.last("email"):
        found = [audience for audience in found if audience.member(call.last("email"))]
    if flag(call, "has_ecommerce_store"):
        found = []
    found = within(found, call, "date_created", lambda audience: str(audience.settings["date_created"]))
    found = within(found, call, "campaign_last_sent", lambda audience: last_sent(account, audience))
    found = in_order(found, call, {"date_created": lambda audience: str(audience.settings["date_created"])})
    return Reply(
        200,
        {
            "lists": [_as_read(audience, ask) for audience in page_of(found, call)],
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
    body = read_body(ask.call, _NEW)
    if not _has_room(ask.who):
        raise MailchimpError(403, "User action not permitted", "User does not have access to the requested operation")
    audience = _made(ask, secrets.token_hex(5), body["name"])
    audience.settings["contact"] = dict.fromkeys(_CONTACT, "")
    _set(audience, body)
    return Reply(200, _as_read(audience, ask))


def read(ask: Ask[Account]) -> Reply:
    return Reply(200, _as_read(find(ask), ask))


def update(ask: Ask[Account]) -> Reply:
    audience = find(ask)
    _set(audience, read_body(ask.call, _UPDATE))
    return Reply(200, _as_read(audience, ask))


def delete(ask: Ask[Account]) -> Reply:
    """Its campaigns stay."""
    audience = find(ask)
    del ask.who.audiences[audience.id]
    ask.who.deleted.add(audience.id)
    return Reply(204)


def find(ask: Ask[Account], audience_id: str = "") -> Audience:
    """The one with this id, or the one of the path."""
    audience = named(ask, audience_id or ask.names["id"])
    if audience is None:
        raise not_found()
    return audience


def find_member(ask: Ask[Account]) -> Member:
    member = find(ask).member(ask.names["member"])
    if member is None:
        raise not_found()
    return member


def named(ask: Ask[Account], audience_id: str) -> Audience | None:
    """An open account makes one that it has never seen."""
    account = ask.who
    is_new = account.open and audience_id not in account.audiences and audience_id not in account.deleted
    if is_new and re.fullmatch(r"[0-9a-f]{10}", audience_id):
        return _made(ask, audience_id, audience_id)
    return account.audiences.get(audience_id)


def last_sent(account: Account, audience: Audience) -> str:
    """When the last campaign went to it, or an empty text."""
    return max((one.send_time for one in account.campaigns.values() if one.goes_to(audience.id)), default="")


def _made(ask: Ask[Account], audience_id: str, name: str) -> Audience:
    created = ask.call.now.isoformat(timespec="seconds")
    audience = Audience(audience_id, {**default_settings(audience_id, name), "date_created": created})
    ask.who.audiences[audience_id] = audience
    return audience


def _has_room(account: Account) -> bool:
    return account.max_audiences < 0 or len(account.audiences) < account.max_audiences


def _set(audience: Audience, body: dict[str, Any]) -> None:
    """Take over what may be written; what is read-only, or unknown, is passed over as Mailchimp does."""
    for name, shape in _FIELDS.items():
        if name not in body:
            continue
        value = body[name]
        if isinstance(shape, Object):
            known = {part: value[part] for part in shape.fields if part in value}
            value = {**audience.settings[name], **known}
        audience.settings[name] = value


def _as_read(audience: Audience, ask: Ask[Account]) -> dict[str, Any]:
    stats: dict[str, Any] = {
        "member_count": len(audience.members_with("subscribed")),
        "unsubscribe_count": len(audience.members_with("unsubscribed")),
        "cleaned_count": len(audience.members_with("cleaned")),
        "campaign_count": sum(one.goes_to(audience.id) for one in ask.who.campaigns.values()),
        "campaign_last_sent": last_sent(ask.who, audience),
        "merge_field_count": len(audience.merge_fields),
        "avg_sub_rate": 0,
        "avg_unsub_rate": 0,
        "target_sub_rate": 0,
        "open_rate": 0,
        "click_rate": 0,
    }
    if flag(ask.call, "include_total_contacts"):
        stats["total_contacts"] = len(audience.members)
    return {"id": audience.id, **deepcopy(audience.settings), "stats": stats, "_links": []}
