"""The accounts that stand in for the declared ones."""

from __future__ import annotations

from typing import Any

import pytest

from emailops.sandbox.holding.accounts_file import check
from emailops.tasks.stand_ins import accounts_for, environment_for
from tests.examples.laying import declared, minimal
from tests.world import STATES, declaration_of


def accounts(state: str) -> Any:
    return accounts_for(declaration_of(STATES / state))


@pytest.mark.parametrize("state", ["digital-marketplace", "minimal"])
def test_they_are_accounts(state: str) -> None:
    check(accounts(state))


def test_what_people_keep_in_notifys_pages_is_there() -> None:
    service = accounts("digital-marketplace")["notify"]["services"][0]
    assert service["guest_list"] == ["success@simulator.amazonses.com"]
    assert service["redirects_to"] == ["success@simulator.amazonses.com"]
    assert [address["email_address"] for address in service["reply_to"]] == ["cloud_digital@crowncommercial.gov.uk"]
    assert service["callback"]["url"].startswith("https://")
    assert {key["kind"] for key in service["keys"]} == {"live", "team", "test"}


def test_a_service_in_trial_mode_is_one_here() -> None:
    assert [service["trial"] for service in accounts("minimal")["notify"]["services"]] == [False, True]


def test_a_key_of_unknown_kind_stands_in_as_a_live_one() -> None:
    """As the limit of live keys counts it."""
    spare = "{extends: _key, account: permits, kind: unknown, stages: [production]}"
    held = accounts_for(declared(minimal({"keys/spare.yaml": spare})))
    check(held)
    assert {key["name"]: key["kind"] for key in held["notify"]["services"][0]["keys"]} == {
        "production": "live",
        "spare": "live",
    }


def test_without_mailchimp_there_is_none() -> None:
    assert accounts("minimal").keys() == {"notify"}


def test_every_key_that_the_tool_reads_has_a_made_up_one() -> None:
    variables = environment_for(declaration_of(STATES / "minimal"), "http://127.0.0.1:1", "http://127.0.0.1:1/3.0/")
    secrets = [key["secret"] for service in accounts("minimal")["notify"]["services"] for key in service["keys"]]
    assert {name: value[-36:] for name, value in variables.items() if "KEY" in name} == {
        "NOTIFY_KEY_PERMITS": secrets[0],
        "NOTIFY_KEY_TRIAL": secrets[1],
    }
