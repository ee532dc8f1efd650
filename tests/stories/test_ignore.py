"""What is ignored is neither a change in a plan nor made by an apply, is always told, and only until its day."""

from __future__ import annotations

import pytest

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6_NAME,
    actions,
    assert_fits,
    attest_all,
    audience,
    audiences,
    change_of,
    drift,
    managed,
    named,
    on_day,
    planned,
    settled,
    statuses,
    template,
)

FROM_NAME = "campaign_defaults.from_name"
TEMPLATE = "notify-template/create_user_account"


def ignore(play, resource, field, until="2026-12-24"):
    play.edit(
        "emailops.yaml",
        "policy:",
        f"ignore:\n  - {{resource: {resource}, field: {field}, why: a trial, until: {until}}}\npolicy:",
    )


@pytest.fixture
def drifted(marketplace):
    """Applied; then somebody changed the from-name and the subject of one audience."""
    settled(marketplace)
    drift(marketplace)
    marketplace.change_world(lambda world: audience(world, DOS5_ID)["campaign_defaults"].update(subject="Other"))
    return marketplace


def test_a_hidden_difference_is_no_change_and_is_told(drifted):
    before = drifted.plan()
    ignore(drifted, "mailchimp-audience/digital-outcomes-*", FROM_NAME)
    plan = drifted.plan()
    assert_fits("plan", plan)
    assert [field["name"] for field in change_of(before, DOS5)["fields"]] == [FROM_NAME, "campaign_defaults.subject"]
    assert [field["name"] for field in change_of(plan, DOS5)["fields"]] == ["campaign_defaults.subject"]
    assert [(difference["resource"], difference["name"], difference["before"]) for difference in plan["ignored"]] == [
        (DOS5, FROM_NAME, "DOS Team")
    ]
    text = drifted.run("plan").out
    assert "1 difference hidden by ignore\n" in text
    assert f"{DOS5}  {FROM_NAME}  DOS Team there, Digital Marketplace Team declared (until 2026-12-24: a trial)" in text
    assert "1 difference hidden by ignore\n" in drifted.run("plan", "--format", "markdown").out


@pytest.mark.slow
def test_an_apply_leaves_it_as_it_is(drifted):
    ignore(drifted, DOS5, FROM_NAME)
    planned(drifted)
    ran = drifted.run("apply", "plan.json")
    assert f"done           {DOS5}" in ran.out
    assert "1 difference hidden by ignore\n" in ran.out
    assert "converged" in ran.out
    again = drifted.run("apply", "plan.json", "--format", "json").json
    assert_fits("report", again)
    assert [(difference["resource"], difference["name"]) for difference in again["ignored"]] == [(DOS5, FROM_NAME)]
    assert "1 difference hidden by ignore\n" in drifted.run("rehearse").out
    assert len(drifted.run("rehearse", "--format", "json").json["ignored"]) == 1
    now = audience(drifted.sandbox.state(), DOS5_ID)["campaign_defaults"]
    assert now["from_name"] == "DOS Team"
    assert now["subject"] != "Other"


def test_what_changes_in_an_ignored_field_does_not_overtake_a_plan(drifted):
    ignore(drifted, DOS5, FROM_NAME)
    planned(drifted)
    drift(drifted, "Another name")
    assert statuses(drifted.run("apply", "plan.json", "--format", "json").json) == {DOS5: "done"}


def test_a_resource_of_which_everything_that_differs_is_hidden_is_as_declared(drifted):
    ignore(drifted, DOS5, FROM_NAME)
    settled(drifted)
    plan = drifted.plan()
    assert not managed(plan)
    assert plan["counts"]["verified"] == 65


def test_after_its_day_nothing_is_hidden_any_more(drifted):
    ignore(drifted, DOS5, FROM_NAME, "2026-11-23")
    plan = drifted.plan()
    assert FROM_NAME in [field["name"] for field in change_of(plan, DOS5)["fields"]]
    assert plan["ignored"] == []
    ran = drifted.run("drift")
    assert "ignore-until: campaign_defaults.from_name of" in ran.out
    assert ran.code == 2
    assert "put campaign_defaults.from_name in order" in on_day(drifted, "2026-11-24", "todo").out


def test_the_words_of_a_template_may_differ_for_a_time(marketplace):
    marketplace.change_world(lambda world: template(world, "create_user_account").update(type="sms"))
    assert actions(marketplace.plan())[TEMPLATE] == "person"
    ignore(marketplace, TEMPLATE, "type")
    plan = marketplace.plan()
    assert TEMPLATE not in actions(plan)
    assert [difference["name"] for difference in plan["ignored"]] == ["type"]


def test_what_is_new_is_made_as_declared(marketplace):
    ignore(marketplace, "mailchimp-audience/*", FROM_NAME)
    settled(marketplace)
    (created,) = named(marketplace, DOS6_NAME)
    assert created["campaign_defaults"]["from_name"] == "Digital Marketplace Team"


def test_the_name_by_which_an_audience_was_found_counts(marketplace):
    marketplace.change_world(lambda world: audiences(world).append({"id": "0123456789", "name": DOS6_NAME}))
    ignore(marketplace, "mailchimp-audience/*", "name")
    assert list(managed(marketplace.plan()).values()).count("adopt") == 1


def test_it_hides_nothing_that_is_attested(marketplace):
    ignore(marketplace, "notify-guest-list/*", "addresses")
    assert marketplace.plan()["ignored"] == []
    assert actions(marketplace.plan())["notify-guest-list/marketplace"] == "person"
    assert "no addresses is compared of notify-guest-list/*" in marketplace.run("validate").out


def test_with_all_attested_a_drift_that_is_hidden_is_green(drifted):
    ignore(drifted, DOS5, FROM_NAME)
    settled(drifted)
    attest_all(drifted)
    ran = drifted.run("drift")
    assert (ran.code, ran.out.splitlines()[-1].partition(" · ")[0]) == (0, "green: as declared")
    assert "1 difference hidden by ignore\n" in ran.out


@pytest.mark.slow
def test_an_apply_that_leaves_a_difference_hidden_does_not_note_it_as_applied(drifted):
    """Else, once nothing is hidden any more, what nobody has applied yet would look as if someone had changed it."""
    settled(drifted)
    ignore(drifted, DOS5, FROM_NAME)
    drifted.edit("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: The Team")
    settled(drifted)
    assert audience(drifted.sandbox.state(), DOS5_ID)["campaign_defaults"]["from_name"] == "Digital Marketplace Team"
    drifted.edit("emailops.yaml", "until: 2026-12-24", "until: 2026-11-23")
    found = {row["subject"]: row["reason"] for row in drifted.run("drift", "--format", "json").json["drifted"]}
    assert found[DOS5] == "never_applied"


def test_what_is_changed_outside_beside_a_hidden_difference_is_still_found(drifted):
    ignore(drifted, DOS5, FROM_NAME)
    settled(drifted)
    drifted.change_world(lambda world: audience(world, DOS5_ID)["campaign_defaults"].update(subject="Again"))
    [found] = [row for row in drifted.run("drift", "--format", "json").json["drifted"] if row["subject"] == DOS5]
    assert found["reason"] == "changed_outside"
    assert [field["name"] for field in found["fields"]] == ["campaign_defaults.subject"]
