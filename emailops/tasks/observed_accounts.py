"""The accounts of a sandbox that hold what was observed, and the made-up keys and people that go with them."""

from __future__ import annotations

from typing import Any

from emailops.declaration.model import Declaration, MailchimpAccount, NotifyAccount
from emailops.declaration.resources import moved_ids
from emailops.kinds import mailchimp_audience, mailchimp_test_subscriber, notify_key, notify_template
from emailops.kinds.mailchimp_audience import nested
from emailops.kinds.world import Observation
from emailops.plan import Observed
from emailops.tasks.stand_ins import (
    CREATED,
    accounts_of,
    audience_as_declared,
    keys_of,
    made_up_keys,
    mailchimp_key,
)


def accounts_of_observation(declaration: Declaration, observation: Observation) -> dict[str, Any]:
    """In the shape of schemas/accounts.schema.json. Members are left out, but for declared test subscribers."""
    return accounts_of(
        declaration,
        lambda account: _service(declaration, account, observation),
        lambda account: _mailchimp(declaration, account, observation),
    )


def keys_for_observation(declaration: Declaration, observation: Observation) -> dict[str, str]:
    """Reference -> a key that fits those accounts; none for a service of which nothing was observed."""
    unknown = {
        name
        for name, account in declaration.notify_accounts.items()
        if observation.world(notify_template.NAME, account.service_id).unknown
    }
    return {key.secret: whole for key, whole in made_up_keys(declaration) if key.secret and key.account not in unknown}


def environment_of_observation(
    declaration: Declaration, observation: Observation, notify_url: str, mailchimp_url: str
) -> dict[str, str]:
    """The variables with which emailops speaks to that sandbox: hosts, and the keys that it reads from variables."""
    keys = keys_for_observation(declaration, observation)
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
        "keys": [{**one, "revoked": one["name"] in refused} for one in keys_of(declaration, account)],
        "templates": [{"id": one.id, "name": one.name, **one.attributes} for one in templates],
    }


def _mailchimp(declaration: Declaration, account: MailchimpAccount, observation: Observation) -> dict[str, Any]:
    world = observation.world(mailchimp_audience.NAME, account.account_id)
    ids = moved_ids(declaration)
    owners = {id_: name for name, id_ in ids.items()}
    members = {one.id: _members(declaration, owners.get(one.id), account, observation) for one in world.objects}
    audiences = [_audience(one, members[one.id]) for one in world.objects]
    audiences += [
        audience_as_declared(one, ids[name])  # recorded after the observation: nothing is known, nothing to be done
        for one in declaration.audiences()
        if (name := str(one.resource)) in ids and not world.tells_of_id(ids[name])
    ]
    return {
        "name": declaration.service,
        "account_id": account.account_id,
        "api_keys": [mailchimp_key(account)],
        "max_audiences": -1 if world.room is None else len(audiences) + world.room,
        "audiences": audiences,
    }


def _audience(observed: Observed, members: list[dict[str, str]]) -> dict[str, Any]:
    held = {name: value for name, value in observed.attributes.items() if value is not None}
    return {
        "id": observed.id,
        "date_created": observed.created or CREATED,
        **nested(held),
        "name": observed.name,
        "members": members,
    }


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
