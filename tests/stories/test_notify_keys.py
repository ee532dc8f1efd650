"""Keys: answering, refused, or not here; and what that means for the templates that they read."""

from __future__ import annotations

import pytest

from tests.stories.telling import ALL_KEYS, MARKETPLACE_KEYS, change_of, of_kind, part, step_of

KEY_OF = {
    name: f"notify-key/{name.removeprefix('NOTIFY_KEY_').lower()}" for name in ALL_KEYS if name.startswith("NOTIFY_KEY")
}


def revoke(play, *names):
    def change(world):
        for service in world["notify"]["services"]:
            for key in service["keys"]:
                if key["name"] in names:
                    key["revoked"] = True

    play.change_world(change)


def verified(plan, kind):
    """Resource -> action, of what the API was asked for."""
    return {
        change["resource"]: change["action"]
        for change in plan["changes"]
        if change["resource"].startswith(f"{kind}/") and change["control"] == "verified"
    }


@pytest.mark.parametrize("stage", ["development", "preview", "staging", "production"])
def test_a_revoked_key_is_a_step_and_the_templates_are_read_through_another(marketplace, stage):
    revoke(marketplace, stage)
    plan = marketplace.plan()

    assert verified(plan, "notify-template") == {}
    assert {name: a for name, a in verified(plan, "notify-key").items() if a == "person"} == {
        f"notify-key/{stage}": "person"
    }
    (step,) = [step for step in plan["steps"] if step["resource"] == f"notify-key/{stage}" and "refuse" in step["why"]]
    assert "revoked" in step["why"]
    assert step["open"].endswith("/00000000-0000-4000-8000-000000000001/api/keys")
    assert "attest" not in step["then"]
    assert plan["review_only"] is False


def test_two_controls_on_one_key_are_two_changes(marketplace):
    revoke(marketplace, "staging")
    changes = [change for change in marketplace.plan()["changes"] if change["resource"] == "notify-key/staging"]

    assert [(change["control"], change["action"]) for change in changes] == [
        ("verified", "person"),
        ("attested", "person"),
    ]


def test_a_revoked_key_is_said_in_the_text_and_to_whoever_has_to_make_another(marketplace):
    revoke(marketplace, "staging")
    out = marketplace.run("plan").out
    steps = part(out, "for a person")

    assert "! notify-key/staging" in steps
    assert "revoked" in steps
    assert marketplace.environment["NOTIFY_KEY_STAGING"] not in out
    assert "attest notify-key/staging\n" not in steps.partition("! notify-key/staging")[2].partition("  !")[0]


def test_all_keys_of_a_service_refused_leave_its_templates_unknown_in_one_line(marketplace):
    revoke(marketplace, "development", "preview", "staging", "production")
    plan = marketplace.plan()

    assert set(verified(plan, "notify-template").values()) == {"unknown"}
    assert "notify-template/ccs.framework_statistics_snapshot" not in verified(plan, "notify-template")
    refused = [name for name, action in verified(plan, "notify-key").items() if action == "person"]
    assert sorted(refused) == [f"notify-key/{stage}" for stage in ("development", "preview", "production", "staging")]
    assert len([unread for unread in plan["unknown"] if "no key of marketplace answers" in unread]) == 1
    assert marketplace.run("plan").out.count("no key of marketplace answers") == 1


@pytest.mark.few(1)
@pytest.mark.parametrize("variable", KEY_OF)
def test_a_key_that_is_not_here_is_said_in_one_line_and_is_no_change(marketplace, variable):
    plan = marketplace.plan()
    without = marketplace.run("plan", "--format", "json", **{variable: None}).json
    text = marketplace.run("plan", **{variable: None})

    assert verified(without, "notify-key")[KEY_OF[variable]] == "unknown"
    assert verified(plan, "notify-key").get(KEY_OF[variable]) is None
    assert sum(variable in unread for unread in without["unknown"]) == 1
    assert text.out.count(variable) == 1
    assert not any(step["resource"] == KEY_OF[variable] and "refuse" in step["why"] for step in without["steps"])
    assert without["change"] == plan["change"]
    assert without["review_only"] is False


def test_a_key_without_a_declared_secret_is_not_the_tools_to_ask_and_its_kind_is_attested_all_the_same(marketplace):
    plan = marketplace.plan()

    assert plan["unknown"] == []
    assert [
        (change["action"], change["control"])
        for change in plan["changes"]
        if change["resource"].endswith("tests-preview")
    ] == [("person", "attested")]


def test_facts_are_counted_apart(marketplace):
    all_here = marketplace.plan()["counts"]
    one_less = marketplace.run("plan", "--format", "json", NOTIFY_KEY_STAGING=None).json["counts"]
    none_here = marketplace.run("plan", "--format", "json", **dict.fromkeys(MARKETPLACE_KEYS)).json["counts"]

    assert one_less["verified"] == all_here["verified"] - 1
    assert one_less["unknown"] == all_here["unknown"] + 1
    assert none_here["unknown"] - all_here["unknown"] == all_here["verified"] - none_here["verified"]
    assert none_here["attested"] == all_here["attested"] == 0


def test_a_plan_asks_nothing_but_get_and_each_thing_once(marketplace):
    plan = marketplace.plan()
    asked = [(request.method, request.path) for request in marketplace.sandbox.requests]

    assert {method for method, _ in asked} == {"GET"}
    assert plan["requests"] == len(asked) == 7
    assert [path for _, path in asked].count("/v2/templates") == 2, "once a service"
    assert sum(path.startswith("/v2/notifications/") for _, path in asked) == 3, "once for each other key"
    assert [path for _, path in asked if path.startswith("/3.0")] == ["/3.0/", "/3.0/lists"]


def test_a_key_of_another_service_stops_everything_before_any_request(marketplace):
    ran = marketplace.run("plan", NOTIFY_KEY_STAGING=marketplace.environment["NOTIFY_KEY_CCS"])

    assert ran.code == 4
    assert "00000000-0000-4000-8000-000000000001" in ran.err
    assert marketplace.environment["NOTIFY_KEY_CCS"][-36:] not in ran.out + ran.err


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_answer_that_says_nothing_about_a_key_is_no_refusal(marketplace, status):
    marketplace.sandbox.set_faults(
        [{"route": "GET /v2/notifications/*", "do": "status", "status": status, "body": {"message": "no"}}]
    )
    ran = marketplace.run("plan")

    assert ran.code == 1
    assert "refuse" not in ran.out
    assert "Traceback" not in ran.err


def test_a_key_that_notify_does_not_know_is_refused_and_its_text_is_not_shown(marketplace):
    key = marketplace.environment["NOTIFY_KEY_STAGING"][:-4] + "ffff"
    ran = marketplace.run("plan", "--format", "json", NOTIFY_KEY_STAGING=key)

    assert change_of(ran.json, "notify-key/staging", "verified")["action"] == "person"
    assert key[-36:] not in ran.out + ran.err


def test_a_key_is_attested_with_its_kind_and_its_day(marketplace):
    marketplace.edit("keys.yaml", "  kind: team # closest", "  created: 2026-09-01\n  kind: team # closest")
    assert marketplace.run("attest", "notify-key/staging", "--by", "developers").code == 0
    written = (marketplace.state / "attestations/notify-key/staging.yaml").read_text()
    plan = marketplace.plan()

    assert "kind: team" in written
    assert "2026-09-01" in written
    assert of_kind(plan, "notify-key").get("notify-key/staging") is None
    assert plan["counts"]["attested"] == 1


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("created: 2026-09-01", "created: 2026-11-01", "created"),
        ("created: 2026-09-01", "created: unknown", "created"),
        ("  kind: team # closest", "  kind: test # closest", "kind"),
    ],
)
def test_a_new_key_or_another_kind_outdates_the_attestation(marketplace, old, new, field):
    marketplace.edit("keys.yaml", "  kind: team # closest", "  created: 2026-09-01\n  kind: team # closest")
    marketplace.run("attest", "notify-key/staging", "--by", "developers")
    marketplace.edit("keys.yaml", old, new)
    if field == "kind":
        marketplace.edit(
            "keys.yaml",
            "functional-tests-staging: {extends: _key, kind: team",
            "functional-tests-staging: {extends: _key, kind: test",
        )
    plan = marketplace.plan()
    change = change_of(plan, "notify-key/staging")

    assert [field["name"] for field in change["fields"]] == [field]
    assert "changed since" in step_of(plan, "notify-key/staging")["why"]


def test_where_it_is_kept_and_when_it_is_due_outdate_nothing(marketplace):
    marketplace.run("attest", "notify-key/staging", "--by", "developers")
    marketplace.edit(
        "keys.yaml",
        "  purpose: apps and scripts in staging",
        "  rotate_by: 2027-01-01\n  purpose: x\n  kept: elsewhere",
    )

    assert "notify-key/staging" not in of_kind(marketplace.plan(), "notify-key")
