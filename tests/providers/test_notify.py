"""Notify's templates through the official client: read in one request, masked, with ends of lines as Git has them."""

from __future__ import annotations

import logging
import time
from contextlib import closing, contextmanager

import jwt
import pytest
import requests

from emailops.errors import GateError, InvalidInput, ProviderError, Refused, Unreachable
from emailops.private import Secret, mask_strangers
from emailops.providers.notify import NotifyReader
from tests.providers.waiting import Waiting

SERVICE = "11111111-1111-4111-8111-111111111111"
SECRET = "5ec5e700-0000-4000-8000-000000000001"
KEY = f"production-{SERVICE}-{SECRET}"
TEMPLATES = "GET /v2/templates"


@contextmanager
def _reader(play, key=None, service=SERVICE):
    key = key or play.environment["NOTIFY_KEY_PERMITS"]
    mask = mask_strangers({"example.org"}, set())
    with closing(
        NotifyReader(Secret(key), play.sandbox.notify_url, service, mask, patience=Waiting().patience())
    ) as reader:
        yield reader


def _set(play, **fields):
    play.change_world(lambda world: world["notify"]["services"][0]["templates"][0].update(fields))


def _first(play):
    with _reader(play) as reader:
        return next(
            template for template in reader.templates() if template.id == "aaaaaaaa-0000-4000-8000-000000000001"
        )


def test_all_templates_come_in_one_request(minimal):
    with _reader(minimal) as reader:
        found = reader.templates()
        assert reader.requests == 1
    assert {template.name for template in found} == {"permit_granted", "permit_refused"}
    assert {(template.attributes["type"], template.attributes["version"]) for template in found} == {("email", 1)}


def test_archived_ones_are_absent(minimal):
    _set(minimal, archived=True)
    with _reader(minimal) as reader:
        assert [template.name for template in reader.templates()] == ["permit_refused"]


@pytest.mark.parametrize(
    ("held", "seen"),
    [("A\r\nB", "A\nB"), ("A\nB\n", "A\nB"), ("\r\n\r\nA\r\n", "A"), ("A\rB", "A\rB"), ("", ""), ("  A", "  A")],
)
def test_ends_of_lines_are_as_git_has_them(minimal, held, seen):
    _set(minimal, body=held, subject="S")
    assert _first(minimal).attributes["body"] == seen


def test_a_text_message_has_no_subject(minimal):
    _set(minimal, type="sms", subject=None)
    assert "subject" not in _first(minimal).attributes


def test_addresses_of_strangers_are_masked_wherever_they_stand(minimal):
    _set(
        minimal, body="Ask anna@people.example or one@example.org", subject="From otto@people.example", name="ida@x.gov"
    )
    template = _first(minimal)
    assert template.attributes["body"] == "Ask <an address at people.example> or one@example.org"
    assert template.attributes["subject"] == "From <an address at people.example>"
    assert template.name == "<an address at x.gov>"


def test_who_saved_a_template_is_not_kept(minimal):
    assert "template.author" not in repr(_first(minimal))


FORMS = [
    "x",
    SECRET,
    f"{SERVICE}-{SECRET[:-1]}",
    f"{SERVICE}{SECRET}",
    f"{KEY}\n",
    f"{KEY}x",
    f"name\n-{SERVICE}-{SECRET}",
    KEY.replace("1111", "111g", 1),
    f"{SERVICE}-{SECRET}".upper(),
]


@pytest.mark.parametrize("key", FORMS)
def test_a_key_of_another_form_never_becomes_a_client(minimal, key):
    with pytest.raises((InvalidInput, GateError)) as refused, _reader(minimal, key):
        pass
    assert SECRET not in f"{refused.value.message} {refused.value.remedy}"
    assert minimal.sandbox.requests == []


@pytest.mark.parametrize("key", [f"a-b c-{SERVICE}-{SECRET}", f"{SERVICE}-{SECRET}", f"{SECRET}-{SERVICE}-{SECRET}"])
def test_a_name_may_be_anything_or_nothing(minimal, key):
    with _reader(minimal, key) as reader:
        assert len(reader.templates()) == 2


def test_a_key_of_another_service_is_refused_by_its_id(minimal):
    with pytest.raises(GateError) as refused, _reader(minimal, service="22222222-2222-4222-8222-222222222222"):
        pass
    assert refused.value.name == "account"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"do": "cut-before"}, Unreachable),
        ({"do": "truncate"}, Unreachable),
        ({"do": "status", "status": 403}, Refused),
        ({"do": "status", "status": 401}, Refused),
        ({"do": "status", "status": 400}, ProviderError),
        ({"do": "status", "status": 429}, ProviderError),
        ({"do": "status", "status": 500, "body": "<html></html>"}, ProviderError),
        ({"do": "status", "status": 200}, ProviderError),
        ({"do": "status", "status": 200, "body": "<html></html>"}, ProviderError),
        ({"do": "status", "status": 200, "body": {"templates": [{"id": 1}]}}, ProviderError),
        ({"do": "status", "status": 200, "body": {"templates": 7}}, ProviderError),
        ({"do": "status", "status": 200, "body": None}, ProviderError),
    ],
)
def test_bad_answers_are_errors_of_ours(minimal, fault, error):
    minimal.sandbox.set_faults([{"route": TEMPLATES, **fault}])
    with _reader(minimal) as reader, pytest.raises(error) as refused:
        reader.templates()
    assert refused.value.message
    assert refused.value.remedy
    assert isinstance(refused.value, Refused) is (error is Refused)


def test_the_clients_own_log_repeats_nothing(minimal, capsys):
    address = "anna@people.example"
    body = {"errors": [{"error": "BadRequestError", "message": f"Cannot send to {address}"}], "status_code": 400}
    minimal.sandbox.set_faults([{"route": TEMPLATES, "do": "status", "status": 400, "body": body}])
    with _reader(minimal) as reader, pytest.raises(ProviderError) as refused:
        reader.templates()
    said = capsys.readouterr()
    assert address not in said.out + said.err + refused.value.message
    assert not logging.getLogger("notifications_python_client").propagate


def test_each_try_has_a_token_of_its_own_since_an_old_one_is_refused_as_a_bad_key(minimal):
    url = f"{minimal.sandbox.notify_url}/v2/templates"
    old = requests.Request("GET", url, headers={"Authorization": "Bearer old"})
    with _reader(minimal) as reader:
        token = reader._session.prepare_request(old).headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, minimal.environment["NOTIFY_KEY_PERMITS"][-36:], algorithms=["HS256"])
    assert claims["iss"] == SERVICE
    assert abs(claims["iat"] - time.time()) < 30
