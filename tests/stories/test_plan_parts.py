"""Order, scopes and parts of a plan: `--stage`, `--only`, shared."""

from __future__ import annotations

import pytest

from emailops.kinds import KINDS
from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    GUEST_LIST,
    UPDATES,
    actions,
    change_of,
    drift,
    settings_of,
    template,
)

SCOPES = ["development", "preview", "staging", "production", "shared"]
TEST_AUDIENCE = "mailchimp-audience/test-digital-outcomes"
TEST_AUDIENCE_ID = "f0077c516d"


def _everything_drifted(play):
    drift(play)
    drift(play, "Nobody", TEST_AUDIENCE_ID)
    for name in ("reset_password", "create_user_account", "21_new_clarification_questions_answers"):
        play.change_world(lambda world, name=name: template(world, name).update(version=5))


def test_changes_stand_by_scope_as_declared_then_by_kind_then_by_the_bytes_of_the_resource(marketplace):
    _everything_drifted(marketplace)
    changes = marketplace.plan()["changes"]
    order = [
        (
            SCOPES.index(change["scope"]),
            list(KINDS).index(change["resource"].partition("/")[0]),
            change["resource"].encode(),
        )
        for change in changes
    ]
    assert len(order) >= 9
    assert order == sorted(order)


def test_settings_stand_by_consumer_then_by_stage_as_declared_then_by_setting(marketplace):
    marketplace.commit_all()
    marketplace.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
    marketplace.edit("templates.yaml", "4ae02cdd-65fd-417f-8c24-61260229f9af", "4ae02cdd-65fd-417f-8c24-61260229f9ae")
    settings = settings_of(marketplace.plan())
    order = [(setting["subject"], SCOPES.index(setting["stage"]), setting["name"]) for setting in settings]
    assert order == sorted(order)
    assert len({setting["stage"] for setting in settings}) == 4


SCOPE_OF = [
    (DOS5, "production"),
    (TEST_AUDIENCE, "shared"),
    ("notify-template/reset_password", "shared"),
    (GUEST_LIST, "shared"),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("resource", "scope"), SCOPE_OF)
def test_a_resource_that_one_stage_uses_is_in_its_scope_and_any_other_is_shared(marketplace, resource, scope):
    _everything_drifted(marketplace)
    for other in SCOPES:
        assert (resource in actions(marketplace.plan("--stage", other))) is (other == scope)


def test_a_service_of_one_stage_is_in_the_scope_of_that_stage(minimal):
    minimal.change_world(lambda world: world["notify"]["services"][1]["templates"][0].update(version=4))
    plan = minimal.plan()
    change = change_of(plan, "notify-template/permits-trial.permit_granted")
    assert change["scope"] == "development"


def test_the_plan_says_which_scopes_and_which_part_it_is_of(marketplace):
    assert (marketplace.plan()["scopes"], marketplace.plan()["only"]) == (SCOPES, None)
    part = marketplace.plan("--stage", "staging", "--only", "notify-*")
    assert (part["scopes"], part["only"]) == (["staging"], "notify-*")


ONLY = [
    ("*", {DOS5, TEST_AUDIENCE, *DOS6, GUEST_LIST}),
    ("mailchimp-audience/*", {DOS5, TEST_AUDIENCE, *DOS6}),
    (DOS5, {DOS5}),
    ("*digital-outcomes", {DOS5, TEST_AUDIENCE, DOS6[0]}),
    ("mailchimp-audience/digital-outcomes-and-specialists-[56].digital-outcomes", {DOS5, DOS6[0]}),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("glob", "resources"), ONLY)
def test_only_matches_the_whole_resource_and_never_widens(marketplace, glob, resources):
    drift(marketplace)
    drift(marketplace, "Nobody", TEST_AUDIENCE_ID)
    plan = marketplace.plan("--only", glob)
    assert actions(plan).keys() == resources
    assert settings_of(plan) == []


def test_a_key_that_was_typed_in_the_place_of_a_resource_is_not_repeated(marketplace):
    key = marketplace.environment["NOTIFY_KEY_STAGING"]
    ran = marketplace.run("plan", "--only", key)
    assert ran.code == 64
    assert key[-36:] not in ran.out + ran.err


def test_stage_and_only_together_narrow(marketplace):
    drift(marketplace)
    drift(marketplace, "Nobody", TEST_AUDIENCE_ID)
    plan = marketplace.plan("--stage", "shared", "--only", "*digital-outcomes")
    assert list(actions(plan)) == [TEST_AUDIENCE]


def test_settings_of_a_part_are_those_of_its_stage(marketplace):
    marketplace.commit_all()
    marketplace.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
    assert {setting["stage"] for setting in settings_of(marketplace.plan("--stage", "staging"))} == {"staging"}
    assert settings_of(marketplace.plan("--stage", "shared")) == []


def test_a_stage_that_is_not_there_is_a_usage_error_that_names_the_others(marketplace):
    ran = marketplace.run("plan", "--stage", "prod")
    assert (ran.code, ran.out) == (64, "")
    assert "production" in ran.err
    assert "shared" in ran.err


@pytest.mark.parametrize(
    ("only", "remedy"),
    [
        ("mailchimp-audience/framework-updatse", "did you mean mailchimp-audience/framework-updates?"),
        ("nope/*", "write a pattern of resources: mailchimp-audience/*"),
        ("digital-outcomes*", "write a pattern of resources: mailchimp-audience/*"),
        ("MAILCHIMP-AUDIENCE/*", "write a pattern of resources: mailchimp-audience/*"),
    ],
)
def test_a_pattern_that_no_resource_fits_is_an_error_and_no_empty_plan(marketplace, only, remedy):
    ran = marketplace.run("plan", "--only", only)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.splitlines() == [f"emailops: --only {only} fits no resource", f"          {remedy}"]


def test_a_pattern_that_fits_what_is_as_declared_is_an_empty_plan(marketplace):
    ran = marketplace.run("plan", "--only", UPDATES)
    assert ran.code == 0
    assert "no changes" in ran.out


def test_applying_a_part_leaves_the_rest(marketplace):
    drift(marketplace)
    assert marketplace.run("plan", "--only", DOS6[0], "--out", "plan.json").code == 0
    assert marketplace.run("apply", "plan.json").code == 0
    plan = marketplace.plan()
    assert DOS6[0] not in actions(plan)
    assert {DOS5, DOS6[1], DOS6[2]} <= actions(plan).keys()
    names = {audience["id"]: audience["campaign_defaults"]["from_name"] for audience in marketplace.audiences()}
    assert names[DOS5_ID] == "DOS Team"
