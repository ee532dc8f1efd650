"""Subscribers: people into the audiences of a stage, in batches, and nobody against their will."""

from __future__ import annotations

import pytest
import requests

from tests.mailings.marketplace import DOS5, DOS6, audience, brief, fill, listed, with_mailings

OUTCOMES, SPECIALISTS, RESEARCH = "f0077c516d", "07c21f0451", "d35601203b"


def user(name, supplier):
    return {"email address": f"{name}@user.marketplace.team", "supplier_id": supplier}


def service(number, supplier):
    return {"id": number, "supplierId": supplier}


USERS = [user("Ann", 1), user("bob", 1), user("cat", 2), user("nobody", 3)]
API = {
    "/users/export/": {"users": USERS},
    f"/services?framework={DOS5}&lot=digital-outcomes": listed("services", [service(n, n % 2 + 1) for n in range(5)]),
    "/services": {"services": [], "links": {}},
}


def subscribe(play, stage="preview", *more):
    return play.run("subscribe", "opportunity-subscribers", "--stage", stage, "--format", "json", *more)


def members(play, id_):
    return {held["email_address"]: held["status"] for held in audience(play, id_)["members"]}


def test_users_whose_supplier_offers_the_lot_and_no_others(marketplace):
    with with_mailings(marketplace, API) as api:
        ran = subscribe(marketplace)

    assert ran.code == 0, (ran.out, ran.err)
    assert members(marketplace, OUTCOMES) == {
        f"{name}@user.marketplace.team": "subscribed" for name in ("ann", "bob", "cat")
    }
    assert members(marketplace, SPECIALISTS) == members(marketplace, RESEARCH) == {}
    assert [path for path in api.asked if path.startswith("/users")] == [
        f"/users/export/{DOS5}",
        f"/users/export/{DOS6}",
    ], "each list of users is asked for once"


def test_whoever_is_there_in_any_state_stays_as_they_are(marketplace):
    """Nobody who left is asked again; somebody in another case is the same person."""
    there = {
        "ANN@user.marketplace.team": "unsubscribed",
        "bob@user.marketplace.team": "archived",
        "cat@user.marketplace.team": "cleaned",
    }
    fill(marketplace, OUTCOMES, there)
    with with_mailings(marketplace, API):
        ran = subscribe(marketplace)

    assert ran.code == 0, ran.err
    assert members(marketplace, OUTCOMES) == there
    outcomes = next(held for held in ran.json["audiences"] if held["audience"] == "test-digital-outcomes")
    assert (outcomes["found"], outcomes["new"]) == (3, 0)


@pytest.mark.slow
def test_run_again_it_asks_for_nobody(marketplace):
    with with_mailings(marketplace, API):
        assert subscribe(marketplace).code == 0
        ran = subscribe(marketplace)
    assert [held["new"] for held in ran.json["audiences"]] == [0] * 3


def test_whom_mailchimp_refuses_is_told_by_reason_and_masked(marketplace):
    users = [*USERS, {"email address": "fake@example.com", "supplier_id": 1}, {"email address": "no", "supplier_id": 1}]
    with with_mailings(marketplace, API | {"/users/export/": {"users": users}}):
        ran = subscribe(marketplace)

    refused = next(held for held in ran.json["audiences"] if held["audience"] == "test-digital-outcomes")["refused"]
    assert sorted(member["why"] for member in refused) == [
        "Mailchimp takes the address for a fake one",
        "is not an email address",
    ]
    assert "fake@example.com" not in ran.out + ran.err
    assert ran.code == 0, "they will be refused tomorrow, too"


@pytest.mark.slow
def test_a_batch_that_was_not_answered_is_no_success(marketplace):
    """The script's bulk subscribe could never report a failure."""
    with with_mailings(marketplace, API):
        marketplace.sandbox.set_faults([{"route": f"POST /3.0/lists/{OUTCOMES}", "do": "status", "status": 500}])
        ran = subscribe(marketplace)
        assert ran.code == 5
        marketplace.sandbox.set_faults([])
        assert subscribe(marketplace).code == 0
    assert len(members(marketplace, OUTCOMES)) == 3


def test_a_gateway_that_times_out_is_asked_again(marketplace):
    """The script waited for an error that its library never raises, and the first time-out ended it."""
    with with_mailings(marketplace, API):
        timeout = {"route": f"GET /3.0/lists/{OUTCOMES}/members", "do": "status", "status": 504, "times": 2}
        marketplace.sandbox.set_faults([timeout])
        assert subscribe(marketplace).code == 0
    assert len(members(marketplace, OUTCOMES)) == 3


def test_in_production_only_productions_audiences(marketplace):
    with with_mailings(marketplace, API) as api:
        ran = subscribe(marketplace, "production")

    assert len(members(marketplace, "eebeddcc2b")) == 3
    assert members(marketplace, OUTCOMES) == {}
    assert set(api.tokens) == {"Bearer data-api-token-production"}
    assert ran.code == 5, "iteration 6 has no audiences yet"
    assert "has no id yet" in ran.json["audiences"][-1]["problem"]


def test_prune_archives_who_is_gone_outside_production_alone(marketplace):
    fill(
        marketplace,
        OUTCOMES,
        {"gone@user.marketplace.team": "subscribed", "left@user.marketplace.team": "unsubscribed"},
    )
    with with_mailings(marketplace, API):
        refused = subscribe(marketplace, "production", "--prune")
        ran = subscribe(marketplace, "preview", "--prune")

    assert (refused.code, ran.code) == (4, 0)
    assert "refused by the gate prune" in refused.err
    assert members(marketplace, OUTCOMES)["gone@user.marketplace.team"] == "archived"
    assert members(marketplace, OUTCOMES)["left@user.marketplace.team"] == "unsubscribed"


def test_prune_spares_whom_another_framework_has_in_the_same_test_audience(marketplace):
    """Test audiences serve several frameworks: each one's people were taken for gone by the next."""
    fill(marketplace, OUTCOMES, {"gone@user.marketplace.team": "subscribed"})
    of_six = f"/services?framework={DOS6}&lot=digital-outcomes"
    with with_mailings(marketplace, API | {of_six: listed("services", [service(1, 3)])}):
        for _ in range(2):
            assert subscribe(marketplace, "preview", "--prune").code == 0

    assert members(marketplace, OUTCOMES) == {
        "gone@user.marketplace.team": "archived",
        **{f"{name}@user.marketplace.team": "subscribed" for name in ("ann", "bob", "cat", "nobody")},
    }


def test_prune_spares_everybody_where_a_source_failed(marketplace):
    fill(marketplace, OUTCOMES, {"gone@user.marketplace.team": "subscribed"})
    of_six = f"/services?framework={DOS6}&lot=digital-outcomes"
    with with_mailings(marketplace, API | {of_six: (500, {})}):
        ran = subscribe(marketplace, "preview", "--prune")

    assert ran.code == 5
    assert set(members(marketplace, OUTCOMES).values()) == {"subscribed"}


def test_an_api_that_does_not_answer_is_waited_for_once(marketplace):
    with with_mailings(marketplace, {"/users/export/": (0, b"")}) as api:
        ran = subscribe(marketplace)
        asked = len(api.asked)
        as_text = marketplace.run("subscribe", "opportunity-subscribers", "--stage", "preview").out

    assert (ran.code, asked) == (1, 1)
    assert ran.out.count("did not answer") == 6
    assert "\n  digital-outcomes-and-specialists-6.digital-outcomes      the same\n" in as_text


@pytest.mark.parametrize(
    ("users", "services", "said"),
    [
        ([{"mail": "ann@user.marketplace.team", "supplier_id": 1}], [service(1, 1)], "has the field email address"),
        ([{"email address": "ann@user.marketplace.team", "supplier": 1}], [service(1, 1)], "has the field supplier_id"),
        ([user("ann", 1)], [{"id": 1, "supplier": 1}], "has the field supplierId"),
    ],
)
def test_a_field_that_the_api_renamed_is_an_error_and_not_an_empty_list(marketplace, users, services, said):
    with with_mailings(marketplace, {"/users/export/": {"users": users}, "/services": listed("services", services)}):
        ran = subscribe(marketplace)

    assert ran.code == 1
    assert said in ran.out


def test_an_api_takes_no_file_and_its_token_is_asked_for_once(marketplace):
    with with_mailings(marketplace, API) as api:
        (marketplace.folder / "people.csv").write_text("email address\nann@user.marketplace.team\n")
        with_a_file = subscribe(marketplace, "preview", "--from", "people.csv")
        without_token = marketplace.run(
            "subscribe", "opportunity-subscribers", "--stage", "preview", DATA_API_TOKEN_PREVIEW=None
        )

    assert (with_a_file.code, without_token.code, api.asked) == (64, 1, [])
    assert "takes no --from" in with_a_file.err
    assert without_token.err.count("the source's token is not here") == 1


def test_a_source_that_is_empty_prunes_nobody(marketplace):
    fill(marketplace, OUTCOMES, {"ann@user.marketplace.team": "subscribed"})
    with with_mailings(marketplace, API | {"/users/export/": {"users": []}}):
        assert subscribe(marketplace, "preview", "--prune").code == 0
    assert members(marketplace, OUTCOMES) == {"ann@user.marketplace.team": "subscribed"}


def test_a_dry_run_says_how_many_and_changes_nothing(marketplace):
    with with_mailings(marketplace, API):
        ran = subscribe(marketplace, "preview", "--dry-run")

    assert ran.code == 0, ran.err
    assert [held["new"] for held in ran.json["audiences"]] == [0, 3, 0]
    assert members(marketplace, OUTCOMES) == {}


def test_a_key_of_another_account_reaches_nobody(marketplace):
    def rename(accounts):
        accounts["mailchimp"]["accounts"][0]["account_id"] = "somebody-elses"

    marketplace.change_world(rename)
    with with_mailings(marketplace, API):
        ran = subscribe(marketplace)

    assert ran.code == 4
    assert "the Mailchimp key is of the account somebody-elses" in ran.err


@pytest.mark.parametrize("path", ["/users/export/", "/services"])
def test_a_source_that_fails_subscribes_nobody_there(marketplace, path):
    with with_mailings(
        marketplace, API | {path: (500, {}), f"/services?framework={DOS5}&lot=digital-outcomes": (500, {})}
    ):
        ran = subscribe(marketplace)

    assert ran.code == 1
    assert members(marketplace, OUTCOMES) == {}


def test_subscribed_in_preview_then_mailed_in_preview(marketplace):
    """Upload and send used different test audiences, so that this could be tried in production alone."""
    briefs = listed("briefs", [brief(1, "2026-11-23")])
    with with_mailings(marketplace, API | {"/briefs": briefs}):
        assert subscribe(marketplace).code == 0
        ran = marketplace.run("mail", "opportunities", "--stage", "preview", "--today", "2026-11-24")

    assert ran.code == 0, ran.err
    url = f"{marketplace.sandbox.inbox_url}__sandbox__/inbox?provider=mailchimp"
    entries = requests.get(url, timeout=10).json()["entries"]
    assert [entry["subject"] for entry in entries] == [
        "New opportunities for Digital outcomes: Digital Outcomes and Specialists 5"
    ]
    whole = requests.get(f"{marketplace.sandbox.inbox_url}__sandbox__/inbox/{entries[0]['id']}", timeout=10).json()
    assert sorted(whole["sent_to"]) == [f"{name}@user.marketplace.team" for name in ("ann", "bob", "cat")]


def test_the_next_iteration_is_subscribed_to_and_mailed_about_without_a_list_to_keep(marketplace):
    """A new one meant six ids in two files, and a job's list of frameworks was missed for years."""
    seven = "digital-outcomes-and-specialists-7"
    users = {"/users/export/": {"users": USERS}, "/services": listed("services", [service(1, 1)])}
    briefs = listed("briefs", [brief(1, "2026-11-23", framework=seven)])
    with with_mailings(marketplace, users | {"/briefs": briefs}):
        before = {path: path.read_bytes() for path in marketplace.state.rglob("*.yaml")}
        made = marketplace.run("new-iteration", seven, "--from", DOS6)
        filled = subscribe(marketplace)
        mailed = marketplace.run(
            *("mail", "opportunities", "--stage", "preview", "--today", "2026-11-24", "--format", "json")
        )

    assert (made.code, filled.code, mailed.code) == (0, 0, 0), (made.err, filled.err, mailed.err)
    assert [path.name for path in marketplace.state.rglob("*.yaml") if path.read_bytes() != before.get(path)] == [
        f"{seven}.yaml"
    ]
    assert [held["new"] for held in filled.json["audiences"]] == [2, 2, 2]
    assert [(route["route"], route["status"]) for route in mailed.json["routes"]] == [
        (f"{seven}.digital-outcomes", "sent")
    ]
