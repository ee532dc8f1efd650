"""From an accounts file (schemas/accounts.schema.json) to what a sandbox then holds, and back without loss."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.account import Campaign, CampaignStatus, CampaignType, HeldAccount
from emailops.sandbox.holding.audience import (
    EmailType,
    HeldAudience,
    HeldMergeField,
    Member,
    MemberStatus,
    MergeFieldType,
    default_merge_fields,
    subscriber_hash,
)
from emailops.sandbox.holding.collection import Collection
from emailops.sandbox.holding.holdings import Holdings
from emailops.sandbox.holding.service import (
    EPOCH,
    CallbackTarget,
    DeliveryReport,
    HeldKey,
    HeldService,
    HeldTemplate,
    KeyKind,
    Limits,
    Message,
    MessageStatus,
    Permission,
    ReplyTo,
    SmsSender,
    TemplateType,
    Wording,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum


def holdings_from(accounts: Mapping[str, Any]) -> Holdings:
    """What checked accounts, or a saved state, describe; it shares nothing with them."""
    return holdings_of(json.loads(json.dumps(accounts)))


def holdings_of(accounts: Mapping[str, Any]) -> Holdings:
    """The same without a copy: nobody else may go on with these accounts."""
    services = [_service(entry) for entry in accounts.get("notify", {}).get("services", [])]
    held = [_account(entry) for entry in accounts.get("mailchimp", {}).get("accounts", [])]
    return Holdings(
        services=Collection({service.id: service for service in services}),
        accounts=Collection({account.account_id: account for account in held}),
        messages=Collection({entry["id"]: _message(entry) for entry in accounts.get("messages", [])}),
    )


def state_of(holdings: Holdings) -> dict[str, Any]:
    """The other way round: everything that is held, defaults included; `holdings_from` takes it back unchanged."""
    return {
        "notify": {"services": [asdict(service) for service in holdings.services.values()]},
        "mailchimp": {"accounts": [_account_and_all(account) for account in holdings.accounts.values()]},
        "messages": [message_state(message) for message in holdings.messages.values()],
    }


def account_state(account: HeldAccount) -> dict[str, Any]:
    """An account short of its audiences and campaigns."""
    return {
        "name": account.name,
        "account_id": account.account_id,
        "api_keys": list(account.api_keys),
        "max_audiences": account.max_audiences,
        "deleted": sorted(account.deleted),
    }


def audience_state(audience: HeldAudience) -> dict[str, Any]:
    """An audience short of its members."""
    return {
        "id": audience.id,
        **deepcopy(audience.settings),
        "merge_fields": [asdict(merge_field) for merge_field in audience.merge_fields],
        "forgotten": list(audience.forgotten),
    }


def member_state(member: Member) -> dict[str, Any]:
    return _state(member) | {"merge_fields": deepcopy(member.merge_fields), "tags": list(member.tags)}


def message_state(message: Message) -> dict[str, Any]:
    reports = [_state(report) for report in message.reports]
    return _state(message) | {"personalisation": deepcopy(message.personalisation), "reports": reports}


def default_settings(audience_id: str, name: str) -> dict[str, Any]:
    """The settings of an audience about which a file says nothing but id and name."""
    return {
        "web_id": int(audience_id, 16) % 10_000_000,
        "name": name,
        "contact": {
            "company": "Sandbox",
            "address1": "1 Sandbox Street",
            "address2": "",
            "city": "London",
            "state": "",
            "zip": "",
            "country": "GB",
            "phone": "",
        },
        "permission_reminder": "You signed up for these emails.",
        "use_archive_bar": False,
        "campaign_defaults": {
            "from_name": "Sandbox",
            "from_email": "sandbox@sandbox.example",
            "subject": "",
            "language": "en",
        },
        "notify_on_subscribe": "",
        "notify_on_unsubscribe": "",
        "date_created": EPOCH,
        "list_rating": 0,
        "email_type_option": False,
        "subscribe_url_short": f"https://eepurl.example/{audience_id}",
        "subscribe_url_long": f"https://sandbox.list-manage.example/subscribe?id={audience_id}",
        "beamer_address": f"{audience_id}@inbound.example",
        "visibility": "pub",
        "double_optin": False,
        "has_welcome": False,
        "marketing_permissions": False,
        "modules": [],
    }


def _state(item: Member | Message | DeliveryReport) -> dict[str, Any]:
    """Not asdict, which takes seconds for a hundred thousand."""
    return {name: getattr(item, name) for name in item.__slots__}


def _service(entry: Mapping[str, Any]) -> HeldService:
    callback = entry.get("callback")
    nested = {
        "keys": [HeldKey(**_typed(key, kind=KeyKind)) for key in entry["keys"]],
        "reply_to": [ReplyTo(**address) for address in entry.get("reply_to", [])],
        "callback": CallbackTarget(**callback) if callback else None,
        "limits": Limits(**entry.get("limits", {})),
        "sms_senders": [SmsSender(**sender) for sender in entry.get("sms_senders", [])],
        "templates": [_template(template) for template in entry.get("templates", [])],
    }
    if "permissions" in entry:
        nested["permissions"] = [Permission(permission) for permission in entry["permissions"]]
    return HeldService(**{**entry, **nested})


def _template(entry: Mapping[str, Any]) -> HeldTemplate:
    earlier = [Wording(**wording) for wording in entry.get("earlier", [])]
    return HeldTemplate(**{**_typed(entry, type=TemplateType), "earlier": earlier})


def _message(entry: Mapping[str, Any]) -> Message:
    reports = [DeliveryReport(**_typed(report, status=MessageStatus)) for report in entry.get("reports", [])]
    return Message(**{**_typed(entry, key=KeyKind, type=TemplateType, ends=MessageStatus), "reports": reports})


def _account(entry: Mapping[str, Any]) -> HeldAccount:
    audiences = [_audience(audience) for audience in entry.get("audiences", [])]
    campaigns = [
        Campaign(**_typed(campaign, type=CampaignType, status=CampaignStatus))
        for campaign in entry.get("campaigns", [])
    ]
    nested = {
        "audiences": Collection({audience.id: audience for audience in audiences}),
        "campaigns": Collection({campaign.id: campaign for campaign in campaigns}),
        "deleted": set(entry.get("deleted", [])),
    }
    return HeldAccount(**{**entry, **nested})


def _campaign(entry: Mapping[str, Any]) -> Campaign:
    return Campaign(**_typed(entry, type=CampaignType, status=CampaignStatus))


def _audience(entry: Mapping[str, Any]) -> HeldAudience:
    settings = default_settings(entry["id"], entry["name"])
    for name in settings.keys() & entry.keys():
        value = entry[name]
        settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
    members = [
        Member(**_typed(member, status=MemberStatus, email_type=EmailType)) for member in entry.get("members", [])
    ]
    merge_fields = [HeldMergeField(**_typed(field, type=MergeFieldType)) for field in entry.get("merge_fields", [])]
    return HeldAudience(
        id=entry["id"],
        settings=settings,
        members=Collection({subscriber_hash(member.email_address): member for member in members}),
        forgotten=entry.get("forgotten", []),
        merge_fields=merge_fields if "merge_fields" in entry else _merge_fields_for(members),
    )


def _merge_fields_for(members: list[Member]) -> list[HeldMergeField]:
    """Those of a new audience, and a text for whatever else its members have."""
    merge_fields = default_merge_fields()
    for tag in dict.fromkeys(tag for member in members for tag in member.merge_fields):
        if all(known.tag != tag for known in merge_fields):
            merge_fields.append(HeldMergeField(len(merge_fields) + 1, tag, tag, display_order=len(merge_fields) + 2))
    return merge_fields


def _typed(entry: Mapping[str, Any], **types: type[StrEnum]) -> dict[str, Any]:
    """An entry in which each of these words, where it is there, is of its type."""
    return {**entry, **{name: of_type(entry[name]) for name, of_type in types.items() if name in entry}}


def _account_and_all(account: HeldAccount) -> dict[str, Any]:
    return {
        **account_state(account),
        "audiences": [_audience_and_members(audience) for audience in account.audiences.values()],
        "campaigns": [asdict(campaign) for campaign in account.campaigns.values()],
    }


def _audience_and_members(audience: HeldAudience) -> dict[str, Any]:
    return {**audience_state(audience), "members": [member_state(member) for member in audience.members.values()]}
