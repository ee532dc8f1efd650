"""Tokens that no client makes, and keys that a sandbox is told; what clients get is in the conformance table."""

from __future__ import annotations

import base64
import json
import time

import pytest
import requests

from emailops.errors import InvalidInput
from emailops.sandbox import Sandbox
from emailops.sandbox.holding.collection import Collection
from emailops.sandbox.holding.holdings import Holdings
from emailops.sandbox.holding.keys import as_handed_out, learn
from emailops.sandbox.holding.service import HeldKey, HeldService, KeyKind

from .accounts import LIVE_SERVICE, SECRETS, UNKNOWN, bearer

NOT_A_JWT = (
    "Invalid token: make sure your API token matches the example at "
    "https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header"
)


def unsigned(header: object, claims: object) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return f"Bearer {'.'.join(parts)}.c2lnbmF0dXJl"


ROWS = [
    ("bytes that are no text", "Bearer \xff\xfe.\xff.\xff", NOT_A_JWT),
    ("claims that are a list", unsigned({"alg": "HS256", "typ": "JWT"}, [1]), NOT_A_JWT),
    ("claims that are deep", unsigned({"alg": "HS256"}, 0).replace("MA", "W1tb" * 5000), NOT_A_JWT),
    (
        "a service id that is a number",
        unsigned({"alg": "HS256"}, {"iss": 1}),
        "Invalid token: service id is not the right data type",
    ),
    (
        "a service id that is an object",
        unsigned({"alg": "HS256"}, {"iss": {"a": [None]}}),
        "Invalid token: service id is not the right data type",
    ),
    (
        "alg none",
        unsigned({"alg": "none", "typ": "JWT"}, {"iss": LIVE_SERVICE, "iat": 1}),
        "Invalid token: algorithm used is not HS256",
    ),
    (
        "alg that is a list",
        unsigned({"alg": ["HS256"], "typ": "JWT"}, {"iss": LIVE_SERVICE, "iat": 1}),
        "Invalid token: algorithm used is not HS256",
    ),
]


@pytest.mark.parametrize("strict", [pytest.param(True, id="with accounts"), pytest.param(False, id="open")])
@pytest.mark.parametrize(("authorization", "message"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_refusals(sandbox: Sandbox, opened: Sandbox, authorization: str, message: str, strict: bool) -> None:
    asked = sandbox if strict else opened
    answer = requests.get(
        f"{asked.notify_url}/v2/templates", headers={"Authorization": authorization.encode("latin-1")}, timeout=60
    )
    assert answer.status_code == 403
    assert answer.json() == {"status_code": 403, "errors": [{"error": "AuthError", "message": message}]}


@pytest.mark.parametrize("iss", [LIVE_SERVICE, UNKNOWN], ids=["a service that is declared", "one that is not"])
def test_a_wrong_signature_is_let_in_only_where_nobody_told_the_key(
    sandbox: Sandbox, opened: Sandbox, iss: str
) -> None:
    header = {"Authorization": unsigned({"alg": "HS256"}, {"iss": iss, "iat": int(time.time())})}
    answers = [
        requests.get(f"{asked.notify_url}/v2/templates", headers=header, timeout=60).status_code
        for asked in (sandbox, opened)
    ]
    assert answers == [403, 200]


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer "])
def test_the_scheme_in_any_case(sandbox: Sandbox, scheme: str) -> None:
    header = bearer()["Authorization"].replace("Bearer ", scheme)
    answer = requests.get(f"{sandbox.notify_url}/v2/templates", headers={"Authorization": header}, timeout=60)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("permits-", "live"),
        ("", "live"),
        ("permits-team-staging-", "team"),
        ("team-", "team"),
        ("permits_team-", "team"),
        ("Permits-TEST-localdev-", "test"),
        ("teamwork-", "live"),
        ("latest-", "live"),
    ],
)
def test_the_kind_of_a_key_that_it_is_told_is_that_of_its_name(name: str, kind: str) -> None:
    holdings = Holdings(open=True)
    secret = SECRETS["live"]
    service, learnt = learn(holdings, f"{name}{UNKNOWN}-{secret.upper()}\n")
    assert (service.id, learnt.kind, learnt.secret) == (UNKNOWN, kind, secret)
    assert list(holdings.services.values()) == [service]
    assert service.keys == [learnt]
    assert learn(holdings, f"other-test-{UNKNOWN}-{secret}") == (service, learnt)


@pytest.mark.parametrize("name", ["firstname-test-localdev", "firstnametestlocaldev", "FirstNameTest-Localdev"])
def test_a_key_has_the_kind_of_the_one_that_goes_by_its_name(name: str) -> None:
    """Notify's page hands a key out without the hyphens of its name."""
    declared = HeldKey(
        "firstname-test-localdev" if " " not in name else "firstname_test-localdev", KeyKind.TEAM, UNKNOWN
    )
    holdings = Holdings(Collection({UNKNOWN: HeldService(UNKNOWN, [declared])}))
    _, learnt = learn(holdings, f"{name}-{UNKNOWN}-{SECRETS['live']}")
    assert learnt.kind == KeyKind.TEAM


@pytest.mark.parametrize(
    ("name", "handed_out"),
    [
        ("firstname-test-localdev", "firstnametestlocaldev"),
        ("Jane Doe test localdev", "jane_doe_test_localdev"),
        ("DM API - staging (team)", "dm_api__staging_team"),
    ],
)
def test_the_name_of_a_key_as_it_is_handed_out(name: str, handed_out: str) -> None:
    assert as_handed_out(name) == handed_out


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_is_of_the_kind_that_is_said(kind: KeyKind) -> None:
    holdings = Holdings()
    assert learn(holdings, f"firstnametestlocaldev-{UNKNOWN}-{UNKNOWN}")[1].kind == KeyKind.LIVE
    for key in (f"{kind}=firstnametestlocaldev-{UNKNOWN}-{UNKNOWN}", f"{kind.upper()}={UNKNOWN}-{SECRETS['test']}"):
        assert learn(holdings, key)[1].kind == kind
    (service,) = holdings.services.values()
    assert [key.kind for key in service.keys] == [kind, kind]


@pytest.mark.parametrize("open", [True, False])
def test_only_an_open_sandbox_lets_other_keys_of_that_service_in(open: bool) -> None:
    holdings = Holdings(open=open)
    service, _ = learn(holdings, f"app-{UNKNOWN}-{SECRETS['live']}")
    assert service.made is open


def test_a_key_is_learnt_into_a_service_that_is_there() -> None:
    declared = HeldService(UNKNOWN, [HeldKey("app", KeyKind.LIVE, SECRETS["live"])])
    service, _ = learn(Holdings(Collection({UNKNOWN: declared})), f"app-test-{UNKNOWN}-{SECRETS['test']}")
    assert service is declared
    assert [key.kind for key in service.keys] == [KeyKind.LIVE, KeyKind.TEST]


@pytest.mark.parametrize("key", ["", "permits", UNKNOWN, f"a-{UNKNOWN}-{UNKNOWN[:-1]}", f"a{UNKNOWN}-{UNKNOWN}x"])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        learn(Holdings(), key)
    assert UNKNOWN[:-1] not in refusal.value.message + refusal.value.remedy
