"""Accounts for the sandbox that stand in for real ones: everything as it is declared, or as it was observed.

The shape is that of schemas/accounts.schema.json. Secrets are made up and always the same; they open nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.model import Declaration, Key, MailchimpAccount, NotifyAccount
from emailops.declaration.moved import moved_ids
from emailops.declaration.values import is_true
from emailops.kinds import KINDS
from emailops.kinds.contract import ProviderName, StandIn
from emailops.kinds.notify_key import made_up_secret
from emailops.kinds.world import Observation

MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef"
ROOM = 6  # audiences that the account may still take


def accounts_for(declaration: Declaration, seen: Observation | None = None) -> dict[str, Any]:
    """Every declared account, as each kind puts what stands in for it there.

    With an observation: what was observed, and nothing of what only people know.
    """
    ids = moved_ids(declaration)
    services = [
        _filled(_service(declaration, account, seen), ProviderName.notify, account.service_id, declaration, ids, seen)
        for account in declaration.notify_accounts.values()
    ]
    accounts: dict[str, Any] = {"notify": {"services": services}}
    if account := declaration.mailchimp:
        whole = _mailchimp(declaration, account, room=len(ids) + ROOM)
        accounts["mailchimp"] = {
            "accounts": [_filled(whole, ProviderName.mailchimp, account.account_id, declaration, ids, seen)]
        }
    return accounts


def environment_for(
    declaration: Declaration, notify_url: str, mailchimp_url: str, seen: Observation | None = None
) -> dict[str, str]:
    """The variables with which emailops speaks to that sandbox: hosts, and the keys that it reads from variables."""
    keys = keys_for(declaration, seen)
    variables = {name.removeprefix("env:"): key for name, key in keys.items() if name.startswith("env:")}
    return {"EMAILOPS_NOTIFY_URL": notify_url, "EMAILOPS_MAILCHIMP_URL": mailchimp_url, **variables}


def keys_for(declaration: Declaration, seen: Observation | None = None) -> dict[str, str]:
    """Reference -> a key that fits those accounts; none for a service of which nothing was observed."""
    unread = _unread(declaration, seen) if seen is not None else set[str]()
    return {key.secret: whole for key, whole in made_up_keys(declaration) if key.secret and key.account not in unread}


def made_up_keys(declaration: Declaration) -> Iterator[tuple[Key, str]]:
    """Each declared key, and the whole of the one that stands in for it."""
    for number, key in enumerate(declaration.keys.values()):
        if key.account == ProviderName.mailchimp and declaration.mailchimp:
            yield key, mailchimp_key(declaration.mailchimp)
        elif key.account in declaration.notify_accounts:
            yield key, f"{key.name}-{declaration.service_id(key.account)}-{made_up_secret(number)}"


def mailchimp_key(account: MailchimpAccount) -> str:
    return f"{MAILCHIMP_KEY}-{account.datacentre}"


def _filled(
    account: dict[str, Any],
    provider: ProviderName,
    id_: str,
    declaration: Declaration,
    ids: dict[str, str],
    seen: Observation | None,
) -> dict[str, Any]:
    """The account with what stands in for each kind of its provider; of what nobody could observe, nothing."""
    stand_in = StandIn(declaration, id_, ids, seen)
    for kind in KINDS.values():
        if kind.provider is provider and kind.stand_in and (seen is None or kind.asked):
            kind.stand_in(account, stand_in)
    return account


def _service(declaration: Declaration, account: NotifyAccount, seen: Observation | None) -> dict[str, Any]:
    if seen is not None:
        return {"id": account.service_id, "name": account.name, "keys": []}
    stages = declaration.stages.values()
    redirects = {stage.redirect_to: None for stage in stages if stage.account == account.name and stage.redirect_to}
    return {
        "id": account.service_id,
        "name": account.source.text("name", account.name),
        "trial": is_true(account.source.get("trial")),
        "keys": [],
        "redirects_to": list(redirects),
    }


def _mailchimp(declaration: Declaration, account: MailchimpAccount, room: int) -> dict[str, Any]:
    return {
        "name": declaration.service,
        "account_id": account.account_id,
        "api_keys": [mailchimp_key(account)],
        "max_audiences": room,
    }


def _unread(declaration: Declaration, seen: Observation) -> set[str]:
    """The Notify accounts of which something could not be read at all."""
    accounts = {account.service_id: name for name, account in declaration.notify_accounts.items()}
    return {accounts[id_] for (_, id_), world in seen.worlds.items() if world.unknown and id_ in accounts}
