"""An app's mail for the pages: what the picture of the inbox shows, and what became of messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from notifications_python_client.notifications import NotificationsAPIClient

from emailops.clients.private import digest
from emailops.private import Secret
from emailops.receipts import payload
from emailops.receipts.store import ReceiptStore
from emailops.sandbox import Sandbox
from tests.playing import Play
from tests.receipts.served import receipt
from tests.world import declaration_of

SERVICE = "11111111-1111-4111-8111-111111111111"
SECRETS = {
    f"permits-{kind}": f"a{number * 7}-1111-4111-8111-111111111111"
    for number, kind in (("1", "live"), ("2", "team"), ("3", "test"))
}
SAFE = "sink@permits.example"
TEMPLATES = {
    "permit_received": ("We have your application ((reference))", "Dear ((name)),\n\nwe will decide within 10 days."),
    "permit_granted": (
        "Your permit ((reference)) is granted",
        "Dear ((name)),\n\n# Your permit\n\nYou may trade in ((place)) from 1 December.",
    ),
    "permit_refused": ("Your permit ((reference)) is refused", "Dear ((name)),\n\nyou may appeal within 28 days."),
}


@contextmanager
def sent() -> Iterator[Sandbox]:
    """A sandbox whose inbox holds messages of three keys, two of them redirected, one that could not be delivered."""
    with Sandbox(_accounts()) as sandbox:
        _send(sandbox, "permits-live", "permit_received", "ada@traders.example", reference="P-0417", name="Ada")
        _send(sandbox, "permits-test", "permit_refused", "temp-fail@simulator.notify", reference="P-0416", name="Grace")
        _send(sandbox, "permits-team", "permit_received", SAFE, "joan@example.org", reference="P-0418", name="Joan")
        _send(sandbox, "permits-live", "permit_granted", SAFE, "mary@example.org", **_GRANTED)
        sandbox.advance(5)
        yield sandbox


_GRANTED = {"reference": "P-0415", "name": "Mary", "place": "Market Square"}


def _send(sandbox: Sandbox, key: str, template: str, to: str, meant_for: str = "", **values: str) -> None:
    client = NotificationsAPIClient(f"{key}-{SERVICE}-{SECRETS[key]}", base_url=sandbox.notify_url)
    if meant_for:
        client.request_session.headers["X-Original-Recipient"] = meant_for
    client.send_email_notification(to, _id(template), values, reference=values["reference"])


def _id(template: str) -> str:
    return f"c0000000-0000-4000-8000-00000000000{list(TEMPLATES).index(template)}"


def _accounts() -> dict[str, Any]:
    templates = [
        {"id": _id(name), "name": name, "subject": subject, "body": body, "version": 3}
        for name, (subject, body) in TEMPLATES.items()
    ]
    keys = [{"name": name, "kind": name.partition("-")[2], "secret": secret} for name, secret in SECRETS.items()]
    service = {"id": SERVICE, "name": "Permits", "keys": keys, "templates": templates, "guest_list": [SAFE]}
    campaign = {
        "id": "abcdef0123",
        "type": "regular",
        "status": "sent",
        "create_time": "2026-11-23T08:00:00+00:00",
        "send_time": "2026-11-23T09:00:00+00:00",
        "recipients": {"list_id": "0a0b0c0d0e"},
        "settings": {"subject_line": "New rules for street traders", "title": "November", "from_name": "Permits"},
        "content": {"html": "<h1>New rules</h1><p>From January.</p>", "plain_text": "From January."},
        "sent_to": ["ada@traders.example"],
    }
    contact = {"company": "Permits", "address1": "1 High Street", "city": "Leeds", "country": "GB"}
    sender = {"from_name": "Permits", "from_email": "news@permits.example", "subject": "News", "language": "en"}
    audience = {
        "id": "0a0b0c0d0e",
        "name": "Street traders",
        "contact": contact,
        "permission_reminder": "You asked for news.",
        "campaign_defaults": sender,
        "email_type_option": False,
    }
    account = {
        "name": "Permits",
        "account_id": "permits",
        "api_keys": ["0123456789abcdef0123456789abcdef-us7"],
        "audiences": [audience],
        "campaigns": [campaign],
    }
    return {"notify": {"services": [service]}, "mailchimp": {"accounts": [account]}}


_RECEIVED = datetime(2026, 11, 24, 9, 5, tzinfo=UTC).timestamp()


def send(playing: Play, stage: str, to: str, reference: str) -> str:
    """The id of a message that the worked example's stage sent."""
    client = NotificationsAPIClient(
        playing.environment[f"NOTIFY_KEY_{stage.upper()}"], base_url=playing.sandbox.notify_url
    )
    template = _template(playing)
    sent = client.send_email_notification(to, template, {"url": "https://service.example"}, reference=reference)
    return str(sent["id"])


def keep_receipts(playing: Play, to: str) -> None:
    """What Notify told of three messages to somebody, where a run looks for it."""
    database = playing.state / ".emailops/sends.sqlite"
    database.parent.mkdir(exist_ok=True)
    ends = [(1, "delivered"), (2, "temporary-failure"), (2, "delivered"), (3, "permanent-failure")]
    with closing(ReceiptStore(Secret(f"sqlite:///{database}"))) as store:
        for number, (message, status) in enumerate(ends):
            told = receipt(message, status, to=to, reference=f"reset-password-{message}")
            times = dict.fromkeys(("created_at", "completed_at"), f"2026-11-24T09:0{number}:00.000000Z")
            body = {**told, **times, "template_id": _template(playing)}
            store.record([payload.read(json.dumps(body).encode(), "", _RECEIVED + number)])


def log_about(to: str) -> str:
    """Lines of an app, of the receiver and of a careless script."""
    return "\n".join(
        [
            f"2026-11-24T09:00:00Z INFO Message with reference reset-password-1 to {digest(to)} was sent",
            f"2026-11-24T09:00:04Z INFO Notify callback: delivered: reset-password-1 to {digest(to)}",
            "2026-11-24T09:01:00Z INFO something else",
            f"2026-11-24T09:02:00Z DEBUG sending to {to}",
        ]
    )


def _template(playing: Play) -> str:
    held = declaration_of(playing.state).all_templates()
    return next(each.id for each in held if (each.account, each.name) == ("marketplace", "reset_password"))
