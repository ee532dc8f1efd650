"""The accounts that the tests of the sandbox serve: two Notify services, two Mailchimp accounts."""

from __future__ import annotations

import base64
import time
from typing import Any

import jwt

LIVE_SERVICE = "11111111-1111-4111-8111-111111111111"
TRIAL_SERVICE = "22222222-2222-4222-8222-222222222222"
BARE_SERVICE = "33333333-3333-4333-8333-333333333333"
ARCHIVED_SERVICE = "44444444-4444-4444-8444-444444444444"
LIMITED_SERVICE = "55555555-5555-4555-8555-555555555555"
SILENT_SERVICE = "66666666-6666-4666-8666-666666666666"
ABROAD_SERVICE = "7a777777-7777-4777-8777-777777777777"
UNKNOWN = "99999999-9999-4999-8999-999999999999"

SECRETS = {
    "live": "a1111111-1111-4111-8111-111111111111",
    "team": "a2222222-2222-4222-8222-222222222222",
    "test": "a3333333-3333-4333-8333-333333333333",
    "revoked": "a4444444-4444-4444-8444-444444444444",
    "archived": "a5555555-5555-4555-8555-555555555555",
    "limited-live": "a6666666-6666-4666-8666-666666666661",
    "limited-team": "a6666666-6666-4666-8666-666666666662",
    "limited-test": "a6666666-6666-4666-8666-666666666663",
    "silent": "a7777777-7777-4777-8777-777777777777",
    "abroad": "a8888888-8888-4888-8888-888888888888",
    "trial-live": "b1111111-1111-4111-8111-111111111111",
    "trial-team": "b2222222-2222-4222-8222-222222222222",
    "trial-test": "b3333333-3333-4333-8333-333333333333",
}

TEMPLATES = {
    "plain": "c0000000-0000-4000-8000-000000000001",
    "granted": "c0000000-0000-4000-8000-000000000002",
    "archived": "c0000000-0000-4000-8000-000000000003",
    "text": "c0000000-0000-4000-8000-000000000004",
    "choice": "c0000000-0000-4000-8000-000000000005",
    "only-when": "c0000000-0000-4000-8000-000000000006",
    "elsewhere": "c0000000-0000-4000-8000-000000000007",
    "letter": "c0000000-0000-4000-8000-000000000008",
    "notice": "c0000000-0000-4000-8000-000000000009",
    "limited-email": "c0000000-0000-4000-8000-00000000000a",
    "limited-text": "c0000000-0000-4000-8000-00000000000b",
    "trial-letter": "c0000000-0000-4000-8000-00000000000c",
    "withdrawn-text": "c0000000-0000-4000-8000-00000000000d",
    "listing": "c0000000-0000-4000-8000-00000000000e",
    "abroad-text": "c0000000-0000-4000-8000-00000000000f",
    "long-text": "c0000000-0000-4000-8000-000000000010",
    "spelt": "c0000000-0000-4000-8000-000000000011",
    "attached": "c0000000-0000-4000-8000-000000000012",
}
REPLY_TO = "d0000000-0000-4000-8000-000000000001"
SMS_SENDER = "d0000000-0000-4000-8000-000000000002"
SECOND_SMS_SENDER = "d0000000-0000-4000-8000-000000000003"
TEAM_MEMBER = "officer@permits.example.gov.uk"
GUEST = "Guest.Applicant@example.com"
STRANGER = "someone.else@example.com"
SMOKE_TEST = "simulate-delivered@notifications.service.gov.uk"

API_KEY = "0123456789abcdef0123456789abcdef-us1"
OTHER_API_KEY = "fedcba9876543210fedcba9876543210-us1"
AUDIENCE = "0a1b2c3d4e"
SECOND = "1a2b3c4d5e"
FULL_ACCOUNT_AUDIENCE = "2a3b4c5d6e"

CONTACT = {"company": "Permits", "address1": "1 High Street", "city": "Leeds", "country": "GB"}
CAMPAIGN_DEFAULTS = {
    "from_name": "Permits",
    "from_email": "permits@permits.gov.uk",
    "subject": "News",
    "language": "en",
}
NEW_AUDIENCE: dict[str, Any] = {
    "name": "Street traders",
    "contact": CONTACT,
    "permission_reminder": "You asked for news of permits.",
    "campaign_defaults": CAMPAIGN_DEFAULTS,
    "email_type_option": False,
}


def accounts() -> dict[str, Any]:
    """A fresh copy, for a test may change it before it starts a sandbox."""
    return {
        "notify": {
            "services": [
                {
                    "id": LIVE_SERVICE,
                    "name": "Permits Office",
                    "permissions": ["email", "sms", "letter"],
                    "team_members": [TEAM_MEMBER],
                    "guest_list": [GUEST, "07700900111"],
                    "reply_to": [{"id": REPLY_TO, "email_address": "permits@permits.gov.uk", "default": True}],
                    "sms_senders": [
                        {"id": SMS_SENDER, "sms_sender": "PERMITS", "default": True},
                        {"id": SECOND_SMS_SENDER, "sms_sender": "07700 900460"},
                    ],
                    "callback": {"url": "https://permits.example/callback", "bearer_token": "0123456789"},
                    "keys": [
                        {"name": "app", "kind": "live", "secret": SECRETS["live"]},
                        {"name": "staging", "kind": "team", "secret": SECRETS["team"]},
                        {"name": "tests", "kind": "test", "secret": SECRETS["test"]},
                        {"name": "old", "kind": "live", "secret": SECRETS["revoked"], "revoked": True},
                    ],
                    "templates": [
                        {"id": TEMPLATES["plain"], "name": "receipt", "subject": "Your receipt", "body": "Thank you."},
                        {
                            "id": TEMPLATES["granted"],
                            "name": "Granted",
                            "subject": "Permit ((reference))",
                            "body": "Dear ((applicant name)),\n\npermit ((reference)) is granted.",
                            "version": 3,
                            "earlier": [{"version": 1, "subject": "Permit", "body": "((applicant name)): granted."}],
                        },
                        {
                            "id": TEMPLATES["archived"],
                            "name": "Withdrawn",
                            "subject": "Gone",
                            "body": "Gone.",
                            "archived": True,
                        },
                        {"id": TEMPLATES["text"], "name": "Reminder", "type": "sms", "body": "Renew by ((date))"},
                        {"id": TEMPLATES["notice"], "name": "Ready", "type": "sms", "body": "Your permit is ready."},
                        {
                            "id": TEMPLATES["listing"],
                            "name": "Bring along",
                            "type": "sms",
                            "body": "Bring  ((things)) , please .\n\n\n\n((late??You are late.))",
                        },
                        {"id": TEMPLATES["long-text"], "name": "Long", "type": "sms", "body": "((words))"},
                        {
                            "id": TEMPLATES["withdrawn-text"],
                            "name": "Withdrawn text",
                            "type": "sms",
                            "body": "Gone.",
                            "archived": True,
                        },
                        {
                            "id": TEMPLATES["letter"],
                            "name": "Appeal",
                            "type": "letter",
                            "subject": "Appeal",
                            "body": "A",
                        },
                        {
                            "id": TEMPLATES["choice"],
                            "name": "Conditions",
                            "subject": "Conditions: ((conditions))",
                            "body": "Keep to:((conditions))\n\n((late??You are late.))",
                        },
                        {
                            "id": TEMPLATES["spelt"],
                            "name": "Spelt",
                            "subject": "To ((First Name))",
                            "body": "Dear ((first_name)), ((FIRSTNAME))",
                            "archived": True,
                        },
                        {"id": TEMPLATES["only-when"], "name": "Silent", "subject": "Silent", "body": "((late??Late))"},
                    ],
                },
                {
                    "id": TRIAL_SERVICE,
                    "name": "Parking",
                    "trial": True,
                    "email_from": "parking",
                    "permissions": ["email", "sms", "letter"],
                    "guest_list": [GUEST],
                    "contact_link": None,
                    "keys": [
                        {"name": kind, "kind": kind, "secret": SECRETS[f"trial-{kind}"]}
                        for kind in ("live", "team", "test")
                    ],
                    "templates": [
                        {"id": TEMPLATES["elsewhere"], "name": "Parking", "subject": "P", "body": "P"},
                        {"id": TEMPLATES["attached"], "name": "Attached", "subject": "A", "body": "((file))"},
                        {
                            "id": TEMPLATES["trial-letter"],
                            "name": "Fine",
                            "type": "letter",
                            "subject": "F",
                            "body": "F",
                        },
                    ],
                },
                {"id": BARE_SERVICE, "keys": []},
                {
                    "id": ARCHIVED_SERVICE,
                    "archived": True,
                    "keys": [{"name": "app", "kind": "live", "secret": SECRETS["archived"]}],
                },
                {
                    "id": LIMITED_SERVICE,
                    "name": "Limited",
                    "team_members": [TEAM_MEMBER],
                    "limits": {"per_minute": 12, "emails_per_day": 2, "sms_per_day": 1},
                    "keys": [
                        {"name": kind, "kind": kind, "secret": SECRETS[f"limited-{kind}"]}
                        for kind in ("live", "team", "test")
                    ],
                    "templates": [
                        {"id": TEMPLATES["limited-email"], "name": "Email", "subject": "E", "body": "E"},
                        {"id": TEMPLATES["limited-text"], "name": "Text", "type": "sms", "body": "T"},
                    ],
                },
                {
                    "id": SILENT_SERVICE,
                    "name": "Silent",
                    "permissions": [],
                    "keys": [{"name": "app", "kind": "live", "secret": SECRETS["silent"]}],
                },
                {
                    "id": ABROAD_SERVICE,
                    "name": "Abroad",
                    "permissions": ["sms", "international_sms", "sms_to_uk_landlines"],
                    "keys": [{"name": "app", "kind": "live", "secret": SECRETS["abroad"]}],
                    "templates": [{"id": TEMPLATES["abroad-text"], "name": "Text", "type": "sms", "body": "T"}],
                },
            ]
        },
        "mailchimp": {
            "accounts": [
                {
                    "name": "Permits",
                    "account_id": "a1b2c3",
                    "api_keys": [API_KEY],
                    "max_audiences": 15,
                    "audiences": [
                        {
                            "id": AUDIENCE,
                            "name": "Builders",
                            "contact": CONTACT,
                            "date_created": "2024-03-01T10:00:00+00:00",
                            "members": [
                                {"email_address": "Anna@builders.gov.uk", "status": "subscribed"},
                                {"email_address": "left@builders.gov.uk", "status": "unsubscribed"},
                                {
                                    "email_address": "removed@builders.gov.uk",
                                    "status": "unsubscribed",
                                    "unsubscribe_reason": "N/A (Unsubscribed by admin)",
                                },
                                {"email_address": "bounced@builders.gov.uk", "status": "cleaned"},
                                {"email_address": "asked@builders.gov.uk", "status": "pending"},
                                {"email_address": "stored@builders.gov.uk", "status": "archived"},
                            ],
                            "forgotten": ["b6b8e4ac2b3a9c1c9d6e0c1d0f1b2a3c"],
                        },
                        {"id": SECOND, "name": "Builders"},
                    ],
                },
                {
                    "name": "Full",
                    "account_id": "d4e5f6",
                    "api_keys": [OTHER_API_KEY],
                    "max_audiences": 1,
                    "audiences": [{"id": FULL_ACCOUNT_AUDIENCE, "name": "Only one"}],
                },
            ]
        },
    }


def service_of(key: str) -> str:
    services = {
        "trial": TRIAL_SERVICE,
        "limited": LIMITED_SERVICE,
        "silent": SILENT_SERVICE,
        "abroad": ABROAD_SERVICE,
        "archived": ARCHIVED_SERVICE,
    }
    return services.get(key.split("-", maxsplit=1)[0], LIVE_SERVICE)


def api_key(key: str) -> str:
    """What an app is given: name, service and secret in one."""
    return f"permits-{service_of(key)}-{SECRETS[key]}"


def bearer(key: str = "live") -> dict[str, str]:
    """The header that the official clients send."""
    return {"Authorization": "Bearer " + token({"iss": service_of(key), "iat": int(time.time())}, SECRETS[key])}


def token(claims: dict[str, Any], secret: str, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm, headers={"typ": "JWT"})


def basic(key: str = API_KEY, user: str = "anyone") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()}
