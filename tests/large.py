"""States of any size, on disk and in a sandbox: for tests of how much work they are, and for the speed budgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.playing import Play, Reused, declaration_of, impatient
from tests.world import STATES, accounts_for, environment_for

AUDIENCE = """\
  audience:
    stages: [production]
    contact: {company: A, address1: B, city: C, zip: D, country: GB}
    campaign_defaults: {from_name: N, from_email: do-not-reply@permits.example, language: en, subject: S}
    email_type_option: false
    double_optin: false
    permission_reminder: You asked for it.
"""


def audiences(number: int) -> dict[str, str]:
    """So many single audiences in one file."""
    entries = (f"a{n}:\n  extends: _base\n  audience: {{name: Audience {n}}}\n" for n in range(number))
    return {"emailops.yaml": with_mailchimp(), "audiences.yaml": f"_base:\n{AUDIENCE}{''.join(entries)}"}


def lots(number: int) -> dict[str, str]:
    """The same as the lots of one framework."""
    names = "".join(f"    lot-{n}: Lot {n}\n" for n in range(number))
    settings = AUDIENCE.replace("[production]", "[production]\n    name: '{lot_name}'")
    entry = f"f:\n  name: F\n  status: closed\n  lots:\n{names}{settings}"
    return {"emailops.yaml": with_mailchimp(), "audiences.yaml": entry}


def members(number: int) -> dict[str, str]:
    """As many test audiences, each with a merge field and a test subscriber."""
    base = AUDIENCE.replace("[production]", "[development]")
    each = "merge_fields: {TOWN: {name: Town, type: text}}, subscribers: {one: one@permits.example}"
    entries = (f"a{n}: {{extends: _base, audience: {{name: Audience {n}}}, {each}}}\n" for n in range(number))
    return {"emailops.yaml": with_mailchimp(), "audiences.yaml": f"_base:\n{base}{''.join(entries)}"}


def moved(number: int) -> dict[str, str]:
    """As many audiences under new names."""
    names = "".join(f"  mailchimp-audience/old{n}: mailchimp-audience/a{n}\n" for n in range(number))
    state = audiences(number)
    recorded = "".join(f'mailchimp-audience/old{n}: "{n:010x}"\n' for n in sorted(range(number), key="old{}".format))
    return {**state, "emailops.yaml": f"{state['emailops.yaml']}moved:\n{names}", "recorded/production.yaml": recorded}


def recorded(number: int) -> dict[str, str]:
    names = sorted(f'mailchimp-audience/a{n}: "{n:010x}"\n' for n in range(number))
    return {**audiences(number), "recorded/production.yaml": "".join(names)}


def templates(number: int) -> dict[str, str]:
    """As many more templates in each of two services, which a consumer keeps."""
    root = (STATES / "minimal/emailops.yaml").read_text()
    entries = "".join(
        f"  t{n}:\n    extends: _email\n    id: {{permits: {id_(n, 1)}, permits-trial: {id_(n, 2)}}}\n"
        for n in range(number)
    )
    root = root.replace("consumers:\n", f"{entries}consumers:\n")
    keeps = ", ".join(f"t{n}" for n in range(number))
    return {"emailops.yaml": root.replace("    sends: [notify]\n", f"    sends: [notify]\n    keeps: [{keeps}]\n")}


def settings(number: int) -> dict[str, str]:
    """As many settings in one file of one consumer; each is a table of six rows."""
    lines = "".join(f"          SETTING_{n}: {{table: {{{rows(n)}}}}}\n" for n in range(number))
    file = f"      more/{{stage}}.json:\n        format: json\n        settings:\n{lines}"
    root = (STATES / "minimal/emailops.yaml").read_text()
    return {"emailops.yaml": root.replace("    secrets: {NOTIFY_API_KEY", f"{file}    secrets: {{NOTIFY_API_KEY")}


def consumers(number: int) -> dict[str, str]:
    """As many consumers, a file each."""
    root, _, _ = (STATES / "minimal/emailops.yaml").read_text().partition("consumers:\n")
    file = "files:\n  a/{stage}.json: {format: json, settings: {A: {table: {B: {value: C}}}}}\n"
    web = "repository: https://git.example/web.git\nsends: [notify]\ntemplates: [permit_granted, permit_refused]\n"
    redirects = "files:\n  a/{stage}.json: {format: json, settings: {T: templates, R: redirects}}\n"
    entries = {
        f"consumers/app-{n}.yaml": f"repository: https://git.example/app-{n}.git\nsends: []\n{file}"
        for n in range(number)
    }
    return {"emailops.yaml": root, **entries, "consumers/web.yaml": f"{web}{redirects}"}


def with_mailchimp() -> str:
    root = (STATES / "minimal/emailops.yaml").read_text()
    account = "  mailchimp: {account_id: acc, datacentre: us1, owns: everything, key: mailchimp}\n"
    key = "  mailchimp: {extends: _key, account: mailchimp, stages: [production], secret: env:MAILCHIMP_KEY}\n"
    root = root.replace("accounts:\n", f"accounts:\n{account}").replace("keys:\n", f"keys:\n{key}")
    return root.replace("words:\n", "words:\n  own_domains: [permits.example]\n")


def rows(number: int) -> str:
    return ", ".join(f"row_{row}: {{value: the text of row {row} in {number}}}" for row in range(6))


def id_(number: int, service: int) -> UUID:
    return UUID(int=(service << 120) + (4 << 76) + (8 << 60) + number)


def edited(accounts: Any) -> None:
    """Somebody edited every template and every audience."""
    for service in accounts["notify"]["services"]:
        service["templates"] = [{**template, "version": 7} for template in service["templates"]]
    for account in accounts.get("mailchimp", {}).get("accounts", []):
        for audience in account["audiences"]:
            audience["permission_reminder"] = "Something else."


def laid(folder: Path, state: dict[str, str], change: Callable[[Any], None], sandbox: Reused) -> Play:
    """The state on disk, and its world in the sandbox."""
    for path, content in state.items():
        (folder / "state" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "state" / path).write_text(content)
    declaration = declaration_of(folder / "state")
    accounts = accounts_for(declaration)
    for account in accounts.get("mailchimp", {}).get("accounts", []):
        account["max_audiences"] = -1
    change(accounts)
    sandbox.begin(accounts)
    keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
    return Play(folder, sandbox, {**impatient(folder), **keys})
