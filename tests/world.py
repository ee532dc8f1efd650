"""The world as a state declares it: accounts for the sandbox in which everything is as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration, Template
from emailops.declaration.resources import moved_ids
from emailops.providers.mailchimp import nested
from emailops.store.state import load
from emailops.store.tree import read_directory

STATES = Path(__file__).parent / "states"
MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef"
CREATED = "2024-03-01T09:00:00+00:00"


def declaration_of(state: Path) -> Declaration:
    return declare(load(read_directory(state)))


def accounts_for(declaration: Declaration) -> dict[str, Any]:
    """A sandbox's accounts file that fits the declaration; audiences without a recorded id are not there."""
    services = [_service(declaration, name) for name in declaration.notify_accounts]
    accounts: dict[str, Any] = {"notify": {"services": services}}
    if declaration.mailchimp:
        accounts["mailchimp"] = {"accounts": [_mailchimp(declaration)]}
    return accounts


def environment_for(declaration: Declaration, notify_url: str, mailchimp_url: str) -> dict[str, str]:
    """The variables with which emailops speaks to that sandbox: hosts, and a key for every declared secret."""
    environment = {"EMAILOPS_NOTIFY_URL": notify_url, "EMAILOPS_MAILCHIMP_URL": mailchimp_url}
    for number, key in enumerate(declaration.keys.values()):
        variable = key.secret.removeprefix("env:")
        if not variable:
            continue
        if key.account == "mailchimp" and declaration.mailchimp:
            environment[variable] = f"{MAILCHIMP_KEY}-{declaration.mailchimp.datacentre}"
        elif key.account in declaration.notify_accounts:
            service = declaration.notify_accounts[key.account].service_id
            environment[variable] = f"{key.name}-{service}-{_secret(number)}"
    return environment


def _service(declaration: Declaration, account: str) -> dict[str, Any]:
    declared = declaration.notify_accounts[account]
    return {
        "id": declared.service_id,
        "name": declared.source.text("name", account),
        "keys": [
            {"name": key.name, "kind": key.kind, "secret": _secret(number)}
            for number, key in enumerate(declaration.keys.values())
            if key.account == account
        ],
        "templates": [_template(one) for one in declaration.all_templates() if one.account == account],
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
        **({"subject": subject} if template.type == "email" else {}),
    }


def _mailchimp(declaration: Declaration) -> dict[str, Any]:
    account = declaration.mailchimp
    assert account is not None
    ids = moved_ids(declaration)
    return {
        "name": declaration.service,
        "account_id": account.account_id,
        "api_keys": [f"{MAILCHIMP_KEY}-{account.datacentre}"],
        "max_audiences": len(ids) + 6,
        "audiences": [
            {"id": ids[str(one.resource)], "date_created": CREATED, **nested(one.attributes), "members": []}
            for one in declaration.audiences()
            if str(one.resource) in ids
        ],
    }


def _secret(number: int) -> str:
    return f"5ec5e700-0000-4000-8000-{number:012d}"
