"""The accounts of a sandbox that hold what was observed, and the made-up keys and people that go with them."""

from __future__ import annotations

from typing import Any

from emailops.declaration.model import Audience, Declaration, MailchimpAccount, NotifyAccount
from emailops.declaration.resources import moved_ids
from emailops.kinds import mailchimp_audience, mailchimp_test_subscriber, notify_key, notify_template
from emailops.kinds.mailchimp_audience import nested
from emailops.plan import Observed
from emailops.reconcile.plan import Observation

_NO_TIME = "2020-01-01T00:00:00+00:00"
_MAILCHIMP_SECRET = "0" * 32


def accounts_of_observation(declaration: Declaration, observation: Observation) -> dict[str, Any]:
    """In the shape of schemas/accounts.schema.json. Members are left out, but for declared test subscribers."""
    services = [_service(declaration, one, observation) for one in declaration.notify_accounts.values()]
    accounts: dict[str, Any] = {"notify": {"services": services}}
    if declaration.mailchimp:
        accounts["mailchimp"] = {"accounts": [_mailchimp(declaration, declaration.mailchimp, observation)]}
    return accounts


def made_up_keys(declaration: Declaration, observation: Observation) -> dict[str, str]:
    """Reference -> a key that fits those accounts; none for an account of which nothing was observed."""
    keys = {}
    for number, key in enumerate(declaration.keys.values()):
        account = declaration.notify_accounts.get(key.account)
        if account and key.secret and not observation.world(notify_template.NAME, account.service_id).unknown:
            keys[key.secret] = f"{key.name}-{account.service_id}-{_secret(number)}"
        elif key.secret and declaration.mailchimp and key.name == declaration.mailchimp.key:
            keys[key.secret] = f"{_MAILCHIMP_SECRET}-{declaration.mailchimp.datacentre}"
    return keys


def environment_of_observation(
    declaration: Declaration, observation: Observation, notify_url: str, mailchimp_url: str
) -> dict[str, str]:
    """The variables with which emailops speaks to that sandbox: hosts, and the keys that it reads from variables."""
    keys = made_up_keys(declaration, observation)
    variables = {name.removeprefix("env:"): key for name, key in keys.items() if name.startswith("env:")}
    return {"EMAILOPS_NOTIFY_URL": notify_url, "EMAILOPS_MAILCHIMP_URL": mailchimp_url, **variables}


def made_up_people(declaration: Declaration) -> dict[str, str]:
    """Handle -> an address that is nobody's."""
    return {handle: f"{handle}@simulator.amazonses.com" for handle in declaration.people}


def _service(declaration: Declaration, account: NotifyAccount, observation: Observation) -> dict[str, Any]:
    refused = {
        one.name
        for one in observation.world(notify_key.NAME, account.service_id).objects
        if not one.attributes.get("answers")
    }
    templates = observation.world(notify_template.NAME, account.service_id).objects
    return {
        "id": account.service_id,
        "name": account.name,
        "keys": [
            {"name": key.name, "kind": key.kind, "secret": _secret(number), "revoked": key.name in refused}
            for number, key in enumerate(declaration.keys.values())
            if key.account == account.name
        ],
        "templates": [{"id": one.id, "name": one.name, **one.attributes} for one in templates],
    }


def _mailchimp(declaration: Declaration, account: MailchimpAccount, observation: Observation) -> dict[str, Any]:
    world = observation.world(mailchimp_audience.NAME, account.account_id)
    ids = moved_ids(declaration)
    owners = {id_: name for name, id_ in ids.items()}
    members = {one.id: _members(declaration, owners.get(one.id), account, observation) for one in world.objects}
    audiences = [_audience(one, members[one.id]) for one in world.objects]
    audiences += [
        _as_declared(one, ids[name])
        for one in declaration.audiences()
        if (name := str(one.resource)) in ids and not world.tells_of_id(ids[name])
    ]
    return {
        "name": declaration.service,
        "account_id": account.account_id,
        "api_keys": [f"{_MAILCHIMP_SECRET}-{account.datacentre}"],
        "max_audiences": -1 if world.room is None else len(audiences) + world.room,
        "audiences": audiences,
    }


def _audience(observed: Observed, members: list[dict[str, str]]) -> dict[str, Any]:
    held = {name: value for name, value in observed.attributes.items() if value is not None}
    return {
        "id": observed.id,
        "date_created": observed.created or _NO_TIME,
        **nested(held),
        "name": observed.name,
        "members": members,
    }


def _as_declared(audience: Audience, id_: str) -> dict[str, Any]:
    """One that was recorded after the observation: nothing is known of it, so nothing is to be done."""
    return {"id": id_, "date_created": _NO_TIME, **nested(audience.attributes), "members": []}


def _members(
    declaration: Declaration, audience: str | None, account: MailchimpAccount, observation: Observation
) -> list[dict[str, str]]:
    """The declared test subscribers as they were observed."""
    world = observation.world(mailchimp_test_subscriber.NAME, account.account_id)
    statuses = {one.name: str(one.attributes.get("status")) for one in world.objects}
    people = made_up_people(declaration)
    return [
        {"email_address": people.get(one.value, one.value), "status": status}
        for one in declaration.subscribers()
        if str(one.audience.resource) == audience and (status := statuses.get(one.resource.name, "absent")) != "absent"
    ]


def _secret(number: int) -> str:
    return f"5ec5e700-0000-4000-8000-{number:012d}"
