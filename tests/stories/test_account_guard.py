"""The account behind a key must be the declared one: a key of another is refused before that account is read."""

from __future__ import annotations

import pytest

from tests.stories.telling import assert_plain_failure, nothing_written, planned

OTHER_SERVICE = "99999999-9999-4999-8999-999999999999"
SECRET = "5ec5e700-0000-4000-8000-000000000abc"
HEX = "fedcba9876543210fedcba9876543210"


def _mailchimp(play):
    return [request for request in play.sandbox.requests if request.path.startswith("/3.0/lists")]


def _notify(play):
    return [request for request in play.sandbox.requests if request.path.startswith("/v2")]


def _another_account(play, key):
    other = {"name": "Others", "account_id": "others", "api_keys": [key], "max_audiences": 9, "audiences": []}
    play.change_world(lambda world: world["mailchimp"]["accounts"].append(other))


def test_a_key_of_another_notify_service_is_refused_before_any_request(marketplace):
    key = f"production-{OTHER_SERVICE}-{SECRET}"
    ran = marketplace.run("plan", NOTIFY_KEY_DEVELOPMENT=key)
    assert (ran.code, ran.out) == (4, "")
    assert OTHER_SERVICE in ran.err
    assert SECRET not in ran.err
    assert marketplace.sandbox.requests == []


def test_one_services_key_in_the_place_of_anothers_is_refused(minimal):
    swapped = {
        "NOTIFY_KEY_PERMITS": minimal.environment["NOTIFY_KEY_TRIAL"],
        "NOTIFY_KEY_TRIAL": minimal.environment["NOTIFY_KEY_PERMITS"],
    }
    ran = minimal.run("plan", **swapped)
    assert ran.code == 4
    assert _notify(minimal) == []


def test_a_mailchimp_key_of_another_account_is_refused_before_its_audiences_are_read(marketplace):
    _another_account(marketplace, f"{HEX}-us0")
    ran = marketplace.run("plan", MAILCHIMP_KEY=f"{HEX}-us0")
    assert (ran.code, ran.out) == (4, "")
    assert "others" in ran.err
    assert "digital-marketplace-sandbox" in ran.err
    assert HEX not in ran.err
    assert _mailchimp(marketplace) == []


def test_a_mailchimp_key_of_another_datacentre_is_refused_before_it_becomes_a_host(marketplace):
    ran = marketplace.run("plan", MAILCHIMP_KEY=f"{HEX}-us9")
    assert ran.code == 4
    assert "us9" in ran.err
    assert "us0" in ran.err
    assert [request for request in marketplace.sandbox.requests if request.path.startswith("/3.0")] == []


@pytest.mark.parametrize("environment", [{"MAILCHIMP_KEY": f"{HEX}-us0"}, {"NOTIFY_KEY_STAGING": None}])
def test_apply_names_the_gate_in_its_report_and_writes_nothing(marketplace, environment):
    _another_account(marketplace, f"{HEX}-us0")
    planned(marketplace)
    if "NOTIFY_KEY_STAGING" in environment:
        environment = {"NOTIFY_KEY_DEVELOPMENT": f"production-{OTHER_SERVICE}-{SECRET}"}
    with nothing_written(marketplace):
        ran = marketplace.run("apply", "plan.json", "--format", "json", **environment)
    assert ran.code == 4
    assert ran.json["gate"]["name"] == "account"


def test_a_plan_made_against_another_host_is_refused(marketplace):
    planned(marketplace)
    other = marketplace.environment["EMAILOPS_MAILCHIMP_URL"].replace("127.0.0.1", "localhost")
    with nothing_written(marketplace):
        ran = marketplace.run("apply", "plan.json", "--format", "json", EMAILOPS_MAILCHIMP_URL=other)
    assert ran.code == 4
    assert ran.json["gate"]["name"] == "account"


MALFORMED = [
    ("MAILCHIMP_KEY", "not-a-key"),
    ("MAILCHIMP_KEY", HEX),
    ("MAILCHIMP_KEY", f"{HEX}-us0-evil.example/"),
    ("MAILCHIMP_KEY", f"{HEX.upper()}-us0"),
    ("MAILCHIMP_KEY", f"{HEX}-us0\nX-Injected: yes"),
    ("MAILCHIMP_KEY", f"{HEX}-us\u0660"),
    ("MAILCHIMP_KEY", f"{HEX}-us0000"),
    ("NOTIFY_KEY_DEVELOPMENT", "not-a-key"),
    ("NOTIFY_KEY_DEVELOPMENT", SECRET),
    ("NOTIFY_KEY_DEVELOPMENT", f"development-00000000-0000-4000-8000-000000000001-{SECRET[:-1]}"),
    ("NOTIFY_KEY_DEVELOPMENT", f"development-00000000-0000-4000-8000-000000000001-{SECRET}\n.evil"),
    ("NOTIFY_KEY_DEVELOPMENT", f"development-00000000-0000-4000-8000-000000000001-{SECRET}@evil.example"),
]


@pytest.mark.few(2)
@pytest.mark.parametrize(("variable", "key"), MALFORMED)
def test_a_malformed_key_is_an_error_that_does_not_repeat_it_and_is_sent_nowhere(marketplace, variable, key):
    ran = marketplace.run("plan", **{variable: key})
    assert_plain_failure(ran, "form")
    assert key not in ran.err
    assert key.splitlines()[0] not in ran.err
    prefix = "/3.0" if variable == "MAILCHIMP_KEY" else "/v2"
    assert [request for request in marketplace.sandbox.requests if request.path.startswith(prefix)] == []


def test_space_around_a_key_does_no_harm(marketplace):
    key = marketplace.environment["MAILCHIMP_KEY"]
    assert marketplace.run("plan", MAILCHIMP_KEY=f"  {key}\n").code == 0
