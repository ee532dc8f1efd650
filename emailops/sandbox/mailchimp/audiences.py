"""Mailchimp's audiences: listed, created, read, updated, deleted.

https://mailchimp.com/developer/marketing/api/lists/
"""

from __future__ import annotations

import re
import secrets
from copy import deepcopy
from typing import Any

from emailops.countries import as_taken
from emailops.sandbox.holding.account import HeldAccount
from emailops.sandbox.holding.audience import HeldAudience, Member, MemberStatus
from emailops.sandbox.holding.state import default_settings
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import flag, in_order, within
from emailops.sandbox.mailchimp.problems import MailchimpError, Title, not_found
from emailops.sandbox.mailchimp.shapes import Object, read_body
from emailops.sandbox.serving.wire import Ask, Response

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
_BODY = Object(_FIELDS, _REQUIRED)


def list_all(ask: Ask[MailchimpCaller]) -> Response:
    account, call = ask.who.account, ask.call
    found = list(account.audiences.values())
    if call.last("email"):
        found = [audience for audience in found if audience.member(call.last("email"))]
    if flag(call, "has_ecommerce_store"):
        found = []
    found = within(found, call, "date_created", lambda audience: str(audience.settings["date_created"]))
    found = within(found, call, "campaign_last_sent", lambda audience: last_sent(account, audience))
    found = in_order(found, call, {"date_created": lambda audience: str(audience.settings["date_created"])})
    return Response(
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


def create(ask: Ask[MailchimpCaller]) -> Response:
    """Names are not unique, here as there: the same request twice makes two audiences."""
    body = read_body(ask.call, _BODY)
    if not _has_room(ask.who.account):
        raise MailchimpError(403, Title.NOT_PERMITTED, "User does not have access to the requested operation")
    audience = _new(ask, secrets.token_hex(5), body["name"])
    audience.settings["contact"] = dict.fromkeys(_CONTACT, "")
    _set(audience, body)
    ask.who.put_audience(audience)
    return Response(200, _as_read(audience, ask))


def read(ask: Ask[MailchimpCaller]) -> Response:
    return Response(200, _as_read(find(ask), ask))


def update(ask: Ask[MailchimpCaller]) -> Response:
    audience = find(ask)
    _set(audience, read_body(ask.call, _BODY))
    ask.who.put_audience(audience)
    return Response(200, _as_read(audience, ask))


def delete(ask: Ask[MailchimpCaller]) -> Response:
    """Its campaigns stay."""
    audience = find(ask)
    ask.who.account.audiences.remove(audience.id)
    ask.who.account.deleted.add(audience.id)
    ask.who.put_account()
    return Response(204)


def find(ask: Ask[MailchimpCaller], audience_id: str = "") -> HeldAudience:
    """The one with this id, or the one of the path."""
    audience = named(ask, audience_id or ask.names["id"])
    if audience is None:
        raise not_found()
    return audience


def find_member(ask: Ask[MailchimpCaller]) -> Member:
    member = find(ask).member(ask.names["member"])
    if member is None:
        raise not_found()
    return member


def named(ask: Ask[MailchimpCaller], audience_id: str) -> HeldAudience | None:
    """An open account makes one that it has never seen."""
    account = ask.who.account
    is_new = ask.who.is_open and audience_id not in account.audiences and audience_id not in account.deleted
    if is_new and re.fullmatch(r"[0-9a-f]{10}", audience_id):
        ask.who.put_audience(_new(ask, audience_id, audience_id))
    return account.audiences.get(audience_id)


def last_sent(account: HeldAccount, audience: HeldAudience) -> str:
    """When the last campaign went to it, or an empty text."""
    campaigns = account.campaigns.values()
    return max((campaign.send_time for campaign in campaigns if campaign.goes_to(audience.id)), default="")


def _new(ask: Ask[MailchimpCaller], audience_id: str, name: str) -> HeldAudience:
    created = ask.call.now.isoformat(timespec="seconds")
    return HeldAudience(audience_id, {**default_settings(audience_id, name), "date_created": created})


def _has_room(account: HeldAccount) -> bool:
    return account.max_audiences < 0 or len(account.audiences) < account.max_audiences


def _set(audience: HeldAudience, body: dict[str, Any]) -> None:
    """Take over what may be written; what is read-only, or unknown, is passed over as Mailchimp does."""
    for name, shape in _FIELDS.items():
        if name not in body:
            continue
        value = body[name]
        if isinstance(shape, Object):
            known = {part: value[part] for part in shape.fields if part in value}
            value = {**audience.settings[name], **known}
        if name == "contact":
            value["country"] = as_taken(value["country"])
        audience.settings[name] = value


def _as_read(audience: HeldAudience, ask: Ask[MailchimpCaller]) -> dict[str, Any]:
    subscribed = audience.members_with(MemberStatus.SUBSCRIBED)
    unsubscribed = audience.members_with(MemberStatus.UNSUBSCRIBED)
    stats: dict[str, Any] = {
        "member_count": len(subscribed),
        "unsubscribe_count": len(unsubscribed),
        "cleaned_count": len(audience.members_with(MemberStatus.CLEANED)),
        "campaign_count": sum(campaign.goes_to(audience.id) for campaign in ask.who.account.campaigns.values()),
        "campaign_last_sent": last_sent(ask.who.account, audience),
        "last_sub_date": max((member.timestamp_opt for member in subscribed), default=""),
        "last_unsub_date": max((member.last_changed for member in unsubscribed), default=""),
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
