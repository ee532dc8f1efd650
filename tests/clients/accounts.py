"""The accounts that the tests of the clients send with: a bookshop's."""

from __future__ import annotations

import hashlib
from typing import Any

SERVICE = "11111111-1111-4111-8111-111111111111"
LIMITED = "22222222-2222-4222-8222-222222222222"
TRIAL = "33333333-3333-4333-8333-333333333333"
SECRETS = {
    "live": "a1111111-1111-4111-8111-111111111111",
    "team": "a2222222-2222-4222-8222-222222222222",
    "test": "a3333333-3333-4333-8333-333333333333",
    "revoked": "a4444444-4444-4444-8444-444444444444",
    "limited": "a5555555-5555-4555-8555-555555555555",
    "trial": "a6666666-6666-4666-8666-666666666666",
}
LIVE_KEY = f"bookshop_live-{SERVICE}-{SECRETS['live']}"
TEAM_KEY = f"bookshop_staging-{SERVICE}-{SECRETS['team']}"
TEST_KEY = f"bookshop_preview-{SERVICE}-{SECRETS['test']}"
REVOKED_KEY = f"old-{SERVICE}-{SECRETS['revoked']}"
UNKNOWN_KEY = f"unknown-{SERVICE}-a9999999-9999-4999-8999-999999999999"
LIMITED_KEY = f"limited-{LIMITED}-{SECRETS['limited']}"
TRIAL_KEY = f"trial-{TRIAL}-{SECRETS['trial']}"

TEMPLATES = {
    "order_sent": "c0000000-0000-4000-8000-000000000001",
    "reset_password": "c0000000-0000-4000-8000-000000000002",
    "withdrawn": "c0000000-0000-4000-8000-000000000003",
    "collect_text": "c0000000-0000-4000-8000-000000000004",
}
MISSING_TEMPLATE = "c9999999-9999-4999-8999-999999999999"
LIMITED_TEMPLATE = "c0000000-0000-4000-8000-00000000000a"
LIMITED_TEXT = "c0000000-0000-4000-8000-00000000000b"
TRIAL_TEMPLATE = "c0000000-0000-4000-8000-00000000000c"
REPLY_TO = "d0000000-0000-4000-8000-000000000001"
SENDER = "d0000000-0000-4000-8000-000000000002"

GUEST = "guest@readers.example.org"
READER = "reader@readers.example.org"
SAFE = "success@simulator.amazonses.com"
REDIRECTS = {"example.com": SAFE, "example.gov.uk": SAFE}

MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef-us1"
CRIME, POETRY, NEWS = "0a1b2c3d4e", "1a2b3c4d5e", "2a3b4c5d6e"
AUDIENCES = {"spring-2026": {"crime": CRIME, "poetry": POETRY, "maps": None}}
NAMED = {"news": NEWS}
STANDING = {
    "subscribed@readers.example.net.uk": "subscribed",
    "left@readers.example.net.uk": "unsubscribed",
    "bounced@readers.example.net.uk": "cleaned",
    "asked@readers.example.net.uk": "pending",
    "buyer@readers.example.net.uk": "transactional",
    "archived@readers.example.net.uk": "archived",
}
ERASED = "erased@readers.example.net.uk"
_SETTINGS = {
    "contact": {"company": "Bookshop", "address1": "1 High Street", "city": "Leeds", "country": "GB"},
    "permission_reminder": "You asked for news of books.",
    "campaign_defaults": {
        "from_name": "Bookshop",
        "from_email": "books@bookshop.gov.uk",
        "subject": "News",
        "language": "en",
    },
    "email_type_option": False,
}


def accounts() -> dict[str, Any]:
    return {
        "notify": {
            "services": [
                {
                    "id": SERVICE,
                    "name": "Bookshop",
                    "guest_list": [GUEST, SAFE],
                    "reply_to": [{"id": REPLY_TO, "email_address": "books@bookshop.gov.uk"}],
                    "sms_senders": [{"id": SENDER, "sms_sender": "BOOKSHOP"}],
                    "limits": {"per_minute": 1_000_000},
                    "keys": [
                        {"name": "bookshop_live", "kind": "live", "secret": SECRETS["live"]},
                        {"name": "bookshop_staging", "kind": "team", "secret": SECRETS["team"]},
                        {"name": "bookshop_preview", "kind": "test", "secret": SECRETS["test"]},
                        {"name": "old", "kind": "live", "secret": SECRETS["revoked"], "revoked": True},
                    ],
                    "templates": [
                        {
                            "id": TEMPLATES["order_sent"],
                            "name": "Order sent",
                            "subject": "Your order ((number))",
                            "body": "Dear ((name)), it is on its way.",
                        },
                        {"id": TEMPLATES["reset_password"], "name": "Reset", "subject": "Reset", "body": "((url))"},
                        {
                            "id": TEMPLATES["withdrawn"],
                            "name": "Withdrawn",
                            "subject": "Gone",
                            "body": "Gone.",
                            "archived": True,
                        },
                        {"id": TEMPLATES["collect_text"], "name": "Collect", "type": "sms", "body": "Shelf ((shelf))"},
                    ],
                },
                {
                    "id": LIMITED,
                    "name": "Small shop",
                    "limits": {"per_minute": 6, "emails_per_day": 100, "sms_per_day": 0},
                    "keys": [{"name": "limited", "kind": "live", "secret": SECRETS["limited"]}],
                    "templates": [
                        {"id": LIMITED_TEMPLATE, "name": "Plain", "subject": "Plain", "body": "Plain."},
                        {"id": LIMITED_TEXT, "name": "Plain text", "type": "sms", "body": "Plain."},
                    ],
                },
                {
                    "id": TRIAL,
                    "name": "New shop",
                    "trial": True,
                    "keys": [{"name": "trial", "kind": "live", "secret": SECRETS["trial"]}],
                    "templates": [{"id": TRIAL_TEMPLATE, "name": "Plain", "subject": "Plain", "body": "Plain."}],
                },
            ]
        },
        "mailchimp": {
            "accounts": [
                {
                    "name": "Bookshop",
                    "account_id": "bookshop",
                    "api_keys": [MAILCHIMP_KEY],
                    "audiences": [
                        _audience(CRIME, "Spring 2026: Crime", STANDING, [ERASED]),
                        _audience(POETRY, "Spring 2026: Poetry", {}),
                        _audience(NEWS, "News", {"subscribed@readers.example.net.uk": "unsubscribed"}),
                    ],
                }
            ]
        },
    }


def _audience(id_: str, name: str, standing: dict[str, str], erased: list[str] | None = None) -> dict[str, Any]:
    members = [
        {"email_address": address, "status": status, "last_changed": "2026-01-31T09:30:00+00:00"}
        for address, status in standing.items()
    ]
    return {
        "id": id_,
        "name": name,
        **_SETTINGS,
        "members": members,
        "forgotten": [_hash(address) for address in erased or []],
    }


def _hash(address: str) -> str:
    return hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
