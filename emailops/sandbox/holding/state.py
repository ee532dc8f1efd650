"""From an accounts file (schemas/accounts.schema.json) to the world that it describes, and back without loss."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.world import (
    EPOCH,
    Account,
    Audience,
    Callback,
    Campaign,
    Key,
    Limits,
    Member,
    MergeField,
    Message,
    ReplyTo,
    Report,
    Service,
    SmsSender,
    Template,
    Wording,
    World,
    default_merge_fields,
    subscriber_hash,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def world_from(accounts: Mapping[str, Any]) -> World:
    """The world that checked accounts, or a saved state, describe; it shares nothing with them."""
    return world_of(json.loads(json.dumps(accounts)))


def world_of(accounts: Mapping[str, Any]) -> World:
    """The same without a copy: the accounts are the world's from now on."""
    services = [_service(entry) for entry in accounts.get("notify", {}).get("services", [])]
    return World(
        services={service.id: service for service in services},
        accounts=[_account(entry) for entry in accounts.get("mailchimp", {}).get("accounts", [])],
        messages={entry["id"]: _message(entry) for entry in accounts.get("messages", [])},
    )


def state_of(world: World) -> dict[str, Any]:
    """The other way round: everything that is held, defaults included; `world_from` takes it back unchanged."""
    return {
        "notify": {"services": [asdict(service) for service in world.services.values()]},
        "mailchimp": {"accounts": [_account_and_all(account) for account in world.accounts]},
        "messages": [message_state(message) for message in world.messages.values()],
    }


def account_state(account: Account) -> dict[str, Any]:
    """An account short of its audiences and campaigns."""
    return {
        "name": account.name,
        "account_id": account.account_id,
        "api_keys": list(account.api_keys),
        "max_audiences": account.max_audiences,
        "deleted": sorted(account.deleted),
    }


def audience_state(audience: Audience) -> dict[str, Any]:
    """An audience short of its members."""
    return {
        "id": audience.id,
        **deepcopy(audience.settings),
        "merge_fields": [asdict(one) for one in audience.merge_fields],
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


def _state(item: Member | Message | Report) -> dict[str, Any]:
    """Not asdict, which takes seconds for a hundred thousand."""
    return {name: getattr(item, name) for name in item.__slots__}


def _service(entry: Mapping[str, Any]) -> Service:
    callback = entry.get("callback")
    nested = {
        "keys": [Key(**key) for key in entry["keys"]],
        "reply_to": [ReplyTo(**address) for address in entry.get("reply_to", [])],
        "callback": Callback(**callback) if callback else None,
        "limits": Limits(**entry.get("limits", {})),
        "sms_senders": [SmsSender(**sender) for sender in entry.get("sms_senders", [])],
        "templates": [_template(template) for template in entry.get("templates", [])],
    }
    return Service(**{**entry, **nested})


def _template(entry: Mapping[str, Any]) -> Template:
    return Template(**{**entry, "earlier": [Wording(**wording) for wording in entry.get("earlier", [])]})


def _message(entry: Mapping[str, Any]) -> Message:
    return Message(**{**entry, "reports": [Report(**report) for report in entry.get("reports", [])]})


def _account(entry: Mapping[str, Any]) -> Account:
    audiences = [_audience(audience) for audience in entry.get("audiences", [])]
    campaigns = [Campaign(**campaign) for campaign in entry.get("campaigns", [])]
    nested = {
        "audiences": {audience.id: audience for audience in audiences},
        "campaigns": {campaign.id: campaign for campaign in campaigns},
        "deleted": set(entry.get("deleted", [])),
    }
    return Account(**{**entry, **nested})


def _audience(entry: Mapping[str, Any]) -> Audience:
    settings = default_settings(entry["id"], entry["name"])
    for name in settings.keys() & entry.keys():
        value = entry[name]
        settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
    members = [Member(**member) for member in entry.get("members", [])]
    fields = [MergeField(**one) for one in entry.get("merge_fields", [])]
    return Audience(
        id=entry["id"],
        settings=settings,
        members={subscriber_hash(member.email_address): member for member in members},
        forgotten=entry.get("forgotten", []),
        merge_fields=fields if "merge_fields" in entry else _merge_fields_for(members),
    )


def _merge_fields_for(members: list[Member]) -> list[MergeField]:
    """Those of a new audience, and a text for whatever else its members have."""
    fields = default_merge_fields()
    for tag in dict.fromkeys(tag for member in members for tag in member.merge_fields):
        if all(one.tag != tag for one in fields):
            fields.append(MergeField(len(fields) + 1, tag, tag, display_order=len(fields) + 2))
    return fields


def _account_and_all(account: Account) -> dict[str, Any]:
    return {
        **account_state(account),
        "audiences": [_audience_and_members(audience) for audience in account.audiences.values()],
        "campaigns": [asdict(campaign) for campaign in account.campaigns.values()],
    }


def _audience_and_members(audience: Audience) -> dict[str, Any]:
    return {**audience_state(audience), "members": [member_state(member) for member in audience.members.values()]}
