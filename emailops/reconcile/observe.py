"""Reads every provider once, through readers that can do nothing else, and guards that it is the declared account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from emailops.declaration.model import Declaration, NotifyAccount
from emailops.errors import GateError, InvalidInput, Refused, ShortRead
from emailops.kinds.contract import World
from emailops.private import Mask, Secret, mask_strangers
from emailops.reconcile.plan import Observation
from emailops.settings import Settings

_LEAST_POWER_FIRST = ("test", "team", "live")


def observe(declaration: Declaration, settings: Settings) -> Observation:
    """The world as it is now. Raises GateError `account` for another account's key, ProviderError for a bad answer."""
    worlds: dict[tuple[str, str], World] = {}
    accounts: dict[str, Any] = {"notify": {}}
    requests = 0
    for account in declaration.notify_accounts.values():
        world, count = _notify(declaration, settings, account)
        worlds["notify-template", account.service_id] = world
        accounts["notify"][account.name] = {"service_id": account.service_id, "host": settings.notify_url}
        requests += count
    if declaration.mailchimp:
        mailchimp = declaration.mailchimp
        world, count = _mailchimp(declaration, settings)
        worlds["mailchimp-audience", mailchimp.account_id] = world
        host = settings.mailchimp_url(mailchimp.datacentre)
        accounts["mailchimp"] = {"account_id": mailchimp.account_id, "host": host}
        requests += count
    return Observation(worlds, accounts, requests)


def mailchimp_key(declaration: Declaration, settings: Settings) -> tuple[Secret | None, str]:
    """The secret of the declared Mailchimp key, or why there is none here."""
    key = declaration.keys.get(declaration.mailchimp.key) if declaration.mailchimp else None
    if key is None or not key.secret:
        return None, "accounts.mailchimp names no key with a secret"
    return settings.secret(key.secret)


def mask(declaration: Declaration) -> Mask:
    """What hides addresses that may be people's in whatever a provider says."""
    declared = {
        value
        for one in declaration.audiences()
        for value in one.attributes.values()
        if isinstance(value, str) and "@" in value
    }
    return mask_strangers(declaration.known_domains(), declaration.known_addresses() | declared)


def _notify(declaration: Declaration, settings: Settings, account: NotifyAccount) -> tuple[World, int]:
    from emailops.providers.notify import Reader

    reasons = []
    for reference in _notify_keys(declaration, account.name):
        secret, reason = settings.secret(reference)
        if secret is None:
            reasons.append(reason)
            continue
        with closing(Reader(secret, settings.notify_url, account.service_id, mask(declaration))) as reader:
            try:
                templates = reader.templates()
            except Refused as error:
                return World(unknown=error.message), reader.requests
            wanted = [one for one in declaration.all_templates() if one.account == account.name]
            if wanted and not templates:
                message = f"Notify gave no template of {account.name}, and {len(wanted)} are declared"
                raise ShortRead(message, "see accounts.notify: is this the service?")
            return World(templates), reader.requests
    return World(unknown=_no_key(account.name, reasons)), 0


def _notify_keys(declaration: Declaration, account: str) -> Iterator[str]:
    """References of the account's keys: any of them reads the templates, so the least powerful goes first."""
    for kind in _LEAST_POWER_FIRST:
        for key in declaration.keys.values():
            if key.account == account and key.kind == kind and key.secret:
                yield key.secret


def _mailchimp(declaration: Declaration, settings: Settings) -> tuple[World, int]:
    declared = declaration.mailchimp
    if declared is None or not any(True for _ in declaration.audiences()):
        return World(), 0
    secret, reason = mailchimp_key(declaration, settings)
    if secret is None:
        return World(unknown=_no_key("mailchimp", [reason])), 0
    try:
        from emailops.providers.mailchimp import Reader
    except ModuleNotFoundError as error:
        raise InvalidInput("mailchimp3 is not installed", "pip install 'emailops[mailchimp]'") from error

    url = settings.mailchimp_url(declared.datacentre)
    with closing(Reader(secret, url, declared.datacentre, mask(declaration))) as reader:
        account = reader.account_id()
        if account != declared.account_id:
            message = f"the Mailchimp key is of the account {account}, the declared one is {declared.account_id}"
            raise GateError("account", message, "use the key of the declared account")
        audiences, room = reader.audiences()
        recorded = [name for name in declaration.ids if name.startswith("mailchimp-audience/")]
        if recorded and not audiences:
            message = f"Mailchimp gave no audience at all, and {len(recorded)} ids are recorded"
            raise ShortRead(message, "run it again in a minute; nothing is created on the ground of an empty answer")
        return World(audiences, room=room), reader.requests


def _no_key(account: str, reasons: list[str]) -> str:
    return f"no key for {account} here: {', '.join(dict.fromkeys(reasons)) or 'none is declared with a secret'}"
