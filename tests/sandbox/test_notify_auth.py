"""Every refusal of GOV.UK Notify's token checks: rows of `notify.md` section 1, "Exact errors"."""

from __future__ import annotations

import base64
import json
import time

import pytest
import requests

from emailops.sandbox import Sandbox

from .accounts import ARCHIVED_SERVICE, BARE_SERVICE, LIVE_SERVICE, SECRETS, TRIAL_SERVICE, UNKNOWN, bearer, token

NOT_A_JWT = (
    "Invalid token: make sure your API token matches the example at "
    "https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header"
)
CLOCK = "Error: Your system clock must be accurate to within 30 seconds"
NOT_FOUND = "Invalid token: API key not found"


def signed(
    iss: object = LIVE_SERVICE, secret: str = SECRETS["live"], seconds: int = 0, algorithm: str = "HS256"
) -> str:
    return "Bearer " + token({"iss": iss, "iat": int(time.time()) + seconds}, secret, algorithm)


def unsigned(header: object, claims: object) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return f"Bearer {'.'.join(parts)}.c2lnbmF0dXJl"


ROWS = [
    ("no header", lambda: None, 401, "Unauthorized: authentication token must be provided"),
    ("an empty header", lambda: "", 401, "Unauthorized: authentication token must be provided"),
    ("not Bearer", lambda: "Basic abc", 401, "Unauthorized: authentication bearer scheme must be used"),
    ("Bearer without a space", lambda: "Bearer", 401, "Unauthorized: authentication bearer scheme must be used"),
    ("not a JWT", lambda: "Bearer something", 403, NOT_A_JWT),
    ("two parts only", lambda: "Bearer a.b", 403, NOT_A_JWT),
    ("bytes that are no text", lambda: "Bearer \xff\xfe.\xff.\xff", 403, NOT_A_JWT),
    ("claims that are a list", lambda: unsigned({"alg": "HS256", "typ": "JWT"}, [1]), 403, NOT_A_JWT),
    ("no iss", lambda: "Bearer " + token({"iat": 1}, SECRETS["live"]), 403, "Invalid token: iss field not provided"),
    ("a service that is not there", lambda: signed(iss=UNKNOWN), 403, "Invalid token: service not found"),
    (
        "a truncated service id",
        lambda: signed(iss=LIVE_SERVICE[:-1]),
        403,
        "Invalid token: service id is not the right data type",
    ),
    (
        "a quoted service id",
        lambda: signed(iss=f'"{LIVE_SERVICE[1:-1]}"'),
        403,
        "Invalid token: service id is not the right data type",
    ),
    (
        "a service id that is a number",
        lambda: unsigned({"alg": "HS256"}, {"iss": 1}),
        403,
        "Invalid token: service id is not the right data type",
    ),
    ("a service without keys", lambda: signed(iss=BARE_SERVICE), 403, "Invalid token: service has no API keys"),
    (
        "an archived service",
        lambda: signed(iss=ARCHIVED_SERVICE, secret=SECRETS["archived"]),
        403,
        "Invalid token: service is archived",
    ),
    ("the secret of no key", lambda: signed(secret=UNKNOWN), 403, NOT_FOUND),
    ("the secret of another service", lambda: signed(iss=TRIAL_SERVICE), 403, NOT_FOUND),
    ("a revoked key", lambda: signed(secret=SECRETS["revoked"]), 403, "Invalid token: API key revoked"),
    ("a clock that is slow", lambda: signed(seconds=-90), 403, CLOCK),
    ("a clock that is fast", lambda: signed(seconds=90), 403, CLOCK),
    ("a revoked key and a wrong clock", lambda: signed(secret=SECRETS["revoked"], seconds=90), 403, CLOCK),
    ("iat is no number", lambda: "Bearer " + token({"iss": LIVE_SERVICE, "iat": "now"}, SECRETS["live"]), 403, CLOCK),
    ("no iat", lambda: "Bearer " + token({"iss": LIVE_SERVICE}, SECRETS["live"]), 403, NOT_FOUND),
    (
        "not HS256",
        lambda: signed(secret=SECRETS["live"] * 2, algorithm="HS512"),
        403,
        "Invalid token: algorithm used is not HS256",
    ),
    (
        "alg none",
        lambda: unsigned({"alg": "none", "typ": "JWT"}, {"iss": LIVE_SERVICE, "iat": 1}),
        403,
        "Invalid token: algorithm used is not HS256",
    ),
]


@pytest.mark.parametrize(("authorization", "status", "message"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_refusals(sandbox: Sandbox, authorization, status: int, message: str) -> None:
    header = authorization()
    answer = requests.get(
        f"{sandbox.notify_url}/v2/templates",
        headers={} if header is None else {"Authorization": header.encode("latin-1")},
        timeout=5,
    )
    assert answer.status_code == status
    assert answer.json() == {"status_code": status, "errors": [{"error": "AuthError", "message": message}]}


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(lambda: signed(seconds=-20), id="twenty seconds slow"),
        pytest.param(lambda: signed(seconds=20), id="twenty seconds fast"),
        pytest.param(lambda: signed().replace("Bearer", "bearer"), id="the scheme in lower case"),
        pytest.param(lambda: signed(iss=LIVE_SERVICE.upper()), id="the service id in upper case"),
        pytest.param(lambda: signed(secret=SECRETS["team"]), id="any key of the service"),
    ],
)
def test_what_is_let_in(sandbox: Sandbox, authorization) -> None:
    answer = requests.get(f"{sandbox.notify_url}/v2/templates", headers={"Authorization": authorization()}, timeout=5)
    assert answer.status_code == 200


def test_a_path_that_does_not_exist_is_answered_before_any_key(sandbox: Sandbox) -> None:
    answers = [
        requests.get(f"{sandbox.notify_url}/v2/nothing", headers=headers, timeout=5) for headers in ({}, bearer())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.json()["result"] for answer in answers} == {"error"}
    assert answers[0].json()["message"].startswith("The requested URL was not found")
