"""Accounts for the sandbox that stand in for real ones: everything as it is declared.

The shape is that of schemas/accounts.schema.json. Secrets are made up and always the same; they open nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from emailops.declaration.model import Audience, Declaration, Key, MailchimpAccount, NotifyAccount, Service, Template
from emailops.declaration.resources import moved_ids
from emailops.declaration.values import is_true
from emailops.declaration.vocabulary import Contact, TemplateType
from emailops.kinds.mailchimp_audience import nested

MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef"
CREATED = "2024-03-01T09:00:00+00:00"
ROOM = 6  # audiences that the account may still take


def accounts_for(declaration: Declaration) -> dict[str, Any]:
    """What the declaration says of Notify and Mailchimp; audiences without a recorded id are not there."""
    return accounts_of(declaration, partial(_service, declaration), partial(_mailchimp, declaration))


def accounts_of(
    declaration: Declaration,
    service: Callable[[NotifyAccount], dict[str, Any]],
    mailchimp: Callable[[MailchimpAccount], dict[str, Any]],
) -> dict[str, Any]:
    """Every declared account, as these make each."""
    accounts: dict[str, Any] = {"notify": {"services": [*map(service, declaration.notify_accounts.values())]}}
    if declaration.mailchimp:
        accounts["mailchimp"] = {"accounts": [mailchimp(declaration.mailchimp)]}
    return accounts


def environment_for(declaration: Declaration, notify_url: str, mailchimp_url: str) -> dict[str, str]:
    """The variables with which emailops speaks to that sandbox: hosts, and a key for every declared secret."""
    environment = {"EMAILOPS_NOTIFY_URL": notify_url, "EMAILOPS_MAILCHIMP_URL": mailchimp_url}
    made_up = {key.secret: whole for key, whole in made_up_keys(declaration) if key.secret.startswith("env:")}
    return environment | {reference.removeprefix("env:"): whole for reference, whole in made_up.items()}


def made_up_keys(declaration: Declaration) -> Iterator[tuple[Key, str]]:
    """Each declared key, and the whole of the one that stands in for it."""
    for number, key in enumerate(declaration.keys.values()):
        if key.account == "mailchimp" and declaration.mailchimp:
            yield key, mailchimp_key(declaration.mailchimp)
        elif key.account in declaration.notify_accounts:
            yield key, f"{key.name}-{declaration.notify_accounts[key.account].service_id}-{_secret(number)}"


def mailchimp_key(account: MailchimpAccount) -> str:
    return f"{MAILCHIMP_KEY}-{account.datacentre}"


def keys_of(declaration: Declaration, account: NotifyAccount) -> list[dict[str, Any]]:
    """The same keys, as the sandbox is told of those of one service."""
    return [
        {"name": key.name, "kind": key.kind, "secret": _secret(number)}
        for number, key in enumerate(declaration.keys.values())
        if key.account == account.name
    ]


def audience_as_declared(audience: Audience, id_: str) -> dict[str, Any]:
    return {"id": id_, "date_created": CREATED, **nested(audience.attributes), "members": []}


def _service(declaration: Declaration, account: NotifyAccount) -> dict[str, Any]:
    stages = declaration.stages.values()
    redirects = {stage.redirect_to: None for stage in stages if stage.account == account.name and stage.redirect_to}
    kept = declaration.services.get(account.name)
    return {
        "id": account.service_id,
        "name": account.source.text("name", account.name),
        "trial": is_true(account.source.get("trial")),
        "keys": keys_of(declaration, account),
        "redirects_to": list(redirects),
        "templates": [_template(one) for one in declaration.all_templates() if one.account == account.name],
        **(_kept_in_pages(kept) if kept else {}),
    }


def _kept_in_pages(service: Service) -> dict[str, Any]:
    """What people keep in Notify's pages. Guests that are people stay out: their addresses are not declared."""
    callback = service.source.table("callback").text("url")
    return {
        "guest_list": [guest.value for guest in service.guest_list or () if guest.contact is not Contact.person],
        "reply_to": [
            {"id": id_, "email_address": address or f"{name}@sandbox.example"}
            for name, (id_, address) in service.reply_to.items()
        ],
        "callback": {"url": callback, "bearer_token": "made-up-token"} if callback else None,
    }


def _template(template: Template) -> dict[str, Any]:
    links = template.source.items_at("sensitive").texts()
    subject, body = template.text or (
        template.name.replace("_", " ").capitalize(),
        f"Hello\n\nThis is about {template.name}." + "".join(f"\n\n(({name}))" for name in links),
    )
    return {
        "id": template.id,
        "name": template.name,
        "type": template.type,
        "version": template.version or 1,
        "body": body,
        **({"subject": subject} if template.type is TemplateType.email else {}),
    }


def _mailchimp(declaration: Declaration, account: MailchimpAccount) -> dict[str, Any]:
    ids = moved_ids(declaration)
    return {
        "name": declaration.service,
        "account_id": account.account_id,
        "api_keys": [mailchimp_key(account)],
        "max_audiences": len(ids) + ROOM,
        "audiences": [
            audience_as_declared(one, ids[str(one.resource)])
            for one in declaration.audiences()
            if str(one.resource) in ids
        ],
    }


def _secret(number: int) -> str:
    return f"5ec5e700-0000-4000-8000-{number:012d}"
