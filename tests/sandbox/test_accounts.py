"""The accounts file: what is refused, where and why, and that no message repeats a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from emailops.errors import InvalidInput
from emailops.sandbox import Sandbox, load_accounts
from emailops.sandbox.holding.accounts_file import schema_validator
from emailops.sandbox.holding.state import holdings_from, state_of
from emailops.sandbox.serving.faults import COMMON_FIELDS, COURSES, LONGEST
from emailops.schema import JSON, fits

from .accounts import API_KEY, AUDIENCE, LIVE_SERVICE, SECRETS, TEMPLATES, UNKNOWN, accounts
from .test_mailchimp_lists import call

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "accounts.schema.json").read_text(encoding="utf-8"))
SERVICE = "$.notify.services[0]"
FIRST = "$.mailchimp.accounts[0]"


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "accounts.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_a_good_file(tmp_path: Path) -> None:
    assert load_accounts(written(tmp_path, accounts())) == accounts()


def test_a_state_is_an_accounts_file(tmp_path: Path, sandbox: Sandbox) -> None:
    assert load_accounts(written(tmp_path, sandbox.state())) == sandbox.state()


@pytest.mark.parametrize("least", [{}, {"notify": {}}, {"mailchimp": {"accounts": []}}, {"$schema": "x"}])
def test_the_least_that_will_do(tmp_path: Path, least: Any) -> None:
    state = state_of(holdings_from(load_accounts(written(tmp_path, least))))
    assert state == {"notify": {"services": []}, "mailchimp": {"accounts": []}, "messages": []}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "$: not JSON: Expecting value at line 1 column 1", id="empty"),
        pytest.param(b"notify:\n", "$: not JSON: Expecting value at line 1 column 1", id="YAML"),
        pytest.param(b'{"a": 1,\n}', "$: not JSON: .* at line \\d column \\d", id="a comma too many"),
        pytest.param(b"\xff\xfe{\x00}\x00", "$: not UTF-8 at byte 0", id="UTF-16"),
        pytest.param(b'{"a": "\xe9"}', "$: not UTF-8 at byte 7", id="Latin-1"),
        pytest.param(b"\xef\xbb\xbf{}", "$: not JSON: ", id="a byte order mark"),
        pytest.param(b'{"a": "\x00"}', "$: not JSON: Invalid control character", id="NUL"),
        pytest.param(b"[" * 100_000, "$: nested more than 64 deep", id="nested without end"),
        pytest.param(b"[" * 65 + b"]" * 65, "$: nested more than 64 deep", id="nested deep"),
        pytest.param(b'{"a": Infinity}', "$: not JSON: Infinity", id="infinity"),
        pytest.param(b'{"a": ' + b"1" * 5000 + b"}", "$: ", id="a number without end"),
        pytest.param(b'{"notify": {}, "notify": {}}', "$: the field notify stands twice", id="a field twice"),
        pytest.param(b"[]", "$: must be of type object", id="a list"),
        pytest.param(b"null", "$: must be of type object", id="null"),
    ],
)
def test_files_that_are_no_accounts(tmp_path: Path, content: bytes, reason: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidInput, match=reason.replace("$", r"\$")) as error:
        load_accounts(path)
    assert error.value.message.startswith(f"{path}: $: ")
    assert error.value.remedy


@pytest.mark.parametrize("name", ["absent.json", ".", "accounts.json/x", "nul\0"])
def test_paths_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    written(tmp_path, accounts())
    with pytest.raises(InvalidInput):
        load_accounts(tmp_path / name)


def changed(place: str, value: Any) -> dict[str, Any]:
    """Good accounts but for one value, at a JSON path."""
    whole = accounts()
    steps = [int(step) if step.isdecimal() else step for step in re.findall(r"\w+", place)]
    inner: Any = whole
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    return whole


TEMPLATE = f"{SERVICE}.templates[0]"
OLD = f"{FIRST}.audiences[0]"
WRONG: list[tuple[str, Any, str]] = [
    (f"{SERVICE}", {"keys": []}, "'id' is a required property"),
    (f"{SERVICE}", {"id": LIVE_SERVICE}, "'keys' is a required property"),
    (f"{SERVICE}.id", "x", "must match ^[0-9a-f]{8}-"),
    (f"{SERVICE}.name", "", "must have characters, at least 1"),
    (f"{SERVICE}.trial", "no", "must be of type boolean"),
    (f"{SERVICE}.team_members[0]", "me", "must match"),
    (f"{SERVICE}.callback", {"url": "https://x"}, "'bearer_token' is a required property"),
    (f"{SERVICE}.keys[0].kind", "normal", "must be one of live, team, test"),
    (f"{SERVICE}.keys[0].secret", "hidden-value", "must match"),
    (f"{SERVICE}.keys[1].secret", SECRETS["live"], f"the same as {SERVICE}.keys[0].secret"),
    (f"{TEMPLATE}", {"id": UNKNOWN, "name": "a", "content": ""}, "unknown field content; known are id, name"),
    (f"{TEMPLATE}.version", 0, "must be at least 1"),
    (f"{TEMPLATE}.subject", 1, "must be of type string, null"),
    ("$.notify", {"service": []}, "unknown field service; known are services"),
    ("$.notify.services[1].id", LIVE_SERVICE, f"the same as {SERVICE}.id"),
    ("$.notify.services[0].templates[1].id", TEMPLATES["plain"], f"the same as {TEMPLATE}.id"),
    (f"{FIRST}.api_keys", [], "must hold at least 1"),
    (f"{FIRST}.api_keys[0]", "0" * 32, "must match"),
    (f"{FIRST}.max_audiences", -2, "must be at least -1"),
    (f"{FIRST}.audiences[0]", {"id": AUDIENCE}, "'name' is a required property"),
    (f"{FIRST}.audiences[1].id", AUDIENCE, f"the same as {OLD}.id"),
    (f"{OLD}.list_rating", 6, "must be at most 5"),
    (f"{OLD}.members[0].status", "gone", "must be one of subscribed, unsubscribed, cleaned"),
    (f"{OLD}.members[1].email_address", "ANNA@builders.gov.uk", f"the same as {OLD}.members[0].email_address"),
    ("$.mailchimp.accounts[1].account_id", "A1B2C3", f"the same as {FIRST}.account_id"),
    ("$.mailchimp.accounts[1].api_keys[0]", API_KEY, f"the same as {FIRST}.api_keys[0]"),
    ("$.messages", {}, "must be of type array"),
    (f"{OLD}.date_created", "2024-02-30T09:00:00Z", "must be a real date-time"),
]


@pytest.mark.parametrize(("place", "value", "reason"), WRONG)
def test_wrong_accounts(tmp_path: Path, place: str, value: Any, reason: str) -> None:
    content = changed(place, value)
    path = written(tmp_path, content)
    with pytest.raises(InvalidInput) as error:
        load_accounts(path)
    assert error.value.message.startswith(f"{path}: {place}: {reason}")
    assert "hidden-value" not in error.value.message
    assert not any(secret in error.value.message for secret in (*SECRETS.values(), API_KEY))
    with pytest.raises(InvalidInput):
        Sandbox(content)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"route": "POST /3.0/lists", "do": "explode"}, r"$.faults[0].do: must be one of status, status-after"),
        ({"route": "/3.0/lists", "do": "late"}, r"$.faults[0].route: must match ^[A-Z*]+ [/*]\S*$"),
        ({"route": "POST /3.0/lists", "do": "late"}, "$.faults[0]: late needs seconds"),
        ({"route": "POST /3.0/lists", "do": "late", "second": 1}, "$.faults[0]: unknown field second; known are route"),
        ({"route": "POST /3.0/lists", "do": "late", "seconds": "1"}, "$.faults[0].seconds: must be of type number"),
    ],
)
def test_wrong_faults(tmp_path: Path, fault: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(reason)):
        load_accounts(written(tmp_path, {**accounts(), "faults": [fault]}))


def test_the_schema_knows_every_fault() -> None:
    fault = SCHEMA["$defs"]["fault"]["properties"]
    assert fault["do"]["enum"] == list(COURSES)
    assert set(fault) == {*COMMON_FIELDS, *(field for course in COURSES.values() for field in course.fields)}
    assert fault["seconds"]["maximum"] == LONGEST


OBJECTS = ["$.notify", SERVICE, f"{SERVICE}.keys[0]", TEMPLATE, FIRST, OLD, f"{OLD}.members[0]"]
NAMES = [
    "id",
    "name",
    "keys",
    "trial",
    "subject",
    "version",
    "callback",
    "members",
    "status",
    "tags",
    "api_keys",
    "url",
]
PLACES = [*OBJECTS, *(f"{place}.{name}" for place in OBJECTS for name in NAMES)]
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1, -1, 0.5, "", "live", "a@b", "a@b\n", LIVE_SERVICE, f"{LIVE_SERVICE}\n"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, database=None)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_the_quick_check_says_what_jsonschema_says(place: str, value: Any) -> None:
    content = changed(place, value)
    assert fits("accounts", JSON)(content) == schema_validator().is_valid(content)


def test_an_unknown_section(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="unknown field mandrill; known are"):
        load_accounts(written(tmp_path, {"mandrill": {}}))


def test_what_the_api_answers_can_be_pasted(tmp_path: Path, sandbox: Sandbox) -> None:
    audience = call(sandbox, f"GET lists/{AUDIENCE}").json()
    pasted = changed(f"{FIRST}.audiences[0]", audience)
    state = state_of(holdings_from(load_accounts(written(tmp_path, pasted))))
    kept = state["mailchimp"]["accounts"][0]["audiences"][0]
    known_beside = {"members": [], "forgotten": [], "merge_fields": kept["merge_fields"]}
    assert {**audience, **known_beside}.items() >= kept.items()
    assert "stats" not in kept


def test_the_schema_is_one_and_an_editor_can_show_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for name, definition in SCHEMA["$defs"].items():
        assert definition["title"], name
        assert definition.get("type") != "object" or definition["additionalProperties"] is False, name


def test_no_repr_shows_a_secret() -> None:
    holdings = holdings_from(accounts())
    held = [*holdings.services.values(), *holdings.accounts.values()]
    shown = repr(holdings) + repr(Sandbox(accounts())) + repr(held)
    assert "Permits Office" in shown
    assert not any(secret in shown for secret in (*SECRETS.values(), API_KEY, "0123456789'"))
