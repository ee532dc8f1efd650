"""An erasure reaches the audiences of one stage, and says what it leaves."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.mailings.marketplace import audience, fill, with_mailings

ANN = "Ann.Person@user.marketplace.team"
PRODUCTION, TEST = ("eebeddcc2b", "7534b3e89a"), ("f0077c516d", "18fb1fa411")


def filled(play):
    for id_ in (*PRODUCTION, *TEST):
        fill(play, id_, {ANN: "subscribed", "bob@user.marketplace.team": "subscribed"})


def holds(play):
    return [id_ for id_ in (*PRODUCTION, *TEST) if ANN in [m["email_address"] for m in audience(play, id_)["members"]]]


def test_run_in_preview_it_erases_nobody_from_production(marketplace):
    """One key for all stages: a data-retention run in preview could erase people from production's audiences."""
    filled(marketplace)
    with with_mailings(marketplace, {}):
        ran = marketplace.run("erase", ANN, "--stage", "preview", "--yes", "--format", "json")

    assert ran.code == 0, ran.err
    assert holds(marketplace) == list(PRODUCTION)
    assert ran.json["elsewhere"] == 2
    assert ran.json["member"] == hashlib.md5(ANN.lower().encode()).hexdigest()
    assert "Person" not in ran.out + ran.err


def test_in_production_from_production(marketplace):
    filled(marketplace)
    with with_mailings(marketplace, {}):
        ran = marketplace.run("erase", ANN, "--stage", "production", "--yes", "--format", "json")
        again = marketplace.run("erase", ANN, "--stage", "production", "--yes", "--format", "json")

    assert sorted(held["id"] for held in ran.json["audiences"]) == sorted(PRODUCTION)
    assert holds(marketplace) == list(TEST)
    assert (again.code, again.json["audiences"]) == (0, [])


def test_a_dry_run_erases_nobody(marketplace):
    filled(marketplace)
    with with_mailings(marketplace, {}):
        ran = marketplace.run("erase", ANN, "--stage", "production", "--dry-run")

    assert ran.code == 0, ran.err
    assert "erase at production · dry run, nobody is erased" in ran.out
    assert f"{hashlib.md5(ANN.lower().encode()).hexdigest()}  Mailchimp's id of them" in ran.out
    assert "the hash by which logs know them" in ran.out
    assert "they would be erased from 2 audiences" in ran.out
    assert "would be erased" in ran.out
    assert len(holds(marketplace)) == 4


def test_without_a_terminal_nobody_says_yes_for_you(marketplace):
    filled(marketplace)
    with with_mailings(marketplace, {}):
        ran = marketplace.run("erase", ANN, "--stage", "production")

    assert (ran.code, len(holds(marketplace))) == (64, 4)
    assert "--yes erases them" in ran.err


def test_an_audience_that_fails_keeps_no_other_and_is_erased_by_the_same_command(marketplace):
    """The script stopped at the first one, and nobody could see from which lists the person was gone."""
    filled(marketplace)
    first, second = PRODUCTION
    with with_mailings(marketplace, {}):
        erase = ("erase", ANN, "--stage", "production", "--yes")
        route = f"POST /3.0/lists/{first}/members/*/actions/delete-permanent"
        marketplace.sandbox.set_faults([{"route": route, "do": "status", "status": 500}])
        half = marketplace.run(*erase)
        marketplace.sandbox.set_faults([])
        whole = marketplace.run(*erase, "--format", "json")

    assert half.code == 5, half.err
    assert re.search(f"not erased  .*digital-outcomes  {first}  Mailchimp answered with 500", half.out)
    assert f"  erased  framework-updates  {second}" in half.out
    assert "next: run it again" in half.out
    assert (whole.code, [held["id"] for held in whole.json["audiences"]]) == (0, [first])
    assert holds(marketplace) == list(TEST)


def test_where_no_audience_could_be_erased_it_is_an_error(marketplace):
    filled(marketplace)
    with with_mailings(marketplace, {}):
        marketplace.sandbox.set_faults([{"route": "POST /3.0/lists/**", "do": "status", "status": 400}])
        ran = marketplace.run("erase", ANN, "--stage", "production", "--yes", "--format", "json")

    assert (ran.code, len(ran.json["failed"])) == (1, 2)
    assert len(holds(marketplace)) == 4


@pytest.mark.parametrize("more", [(), ("--yes",), ("--dry-run",)])
def test_what_is_no_address_is_refused_before_anybody_is_asked_for_a_yes(marketplace, more):
    with with_mailings(marketplace, {}):
        ran = marketplace.run("erase", "notanaddress", "--stage", "preview", *more)

    assert (ran.code, ran.out) == (1, "")
    assert "this is not an email address" in ran.err
    assert "write it whole, such as someone@example.com" in ran.err


def test_what_is_no_address_and_no_stage(marketplace):
    with with_mailings(marketplace, {}):
        assert marketplace.run("erase", "nobody", "--stage", "preview", "--yes").code == 1
        assert marketplace.run("erase", ANN, "--stage", "live", "--yes").code == 64


@pytest.mark.parametrize("typed", [ANN, ANN.lower()])
def test_a_message_that_waits_is_not_sent_any_more(marketplace, typed):
    with with_mailings(marketplace, {}):
        people = "email address,framework_name,supplier_name\n" + "".join(
            f"{address},F,S\n" for address in ("first@user.marketplace.team", ANN)
        )
        (marketplace.folder / "people.csv").write_text(people)

        def one_a_day(accounts):
            accounts["notify"]["services"][0]["limits"]["emails_per_day"] = 1

        marketplace.change_world(one_a_day)
        mail = ("mail", "intention-to-award", "--stage", "production", "--from", "people.csv", "--format", "json")
        assert marketplace.run(*mail).json["left"] == 1
        ran = marketplace.run("erase", typed, "--stage", "production", "--yes", "--format", "json")

        assert ran.json["messages"] == 1
        assert marketplace.run(*mail).json["failures"][0]["said"] == "erased on request"
