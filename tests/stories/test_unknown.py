"""What cannot be read is unknown, said once, and never shown as fine or as changed."""

from __future__ import annotations

import pytest

from tests.stories.telling import (
    AUDIENCE,
    DOS6,
    MARKETPLACE_KEYS,
    NO_KEYS,
    actions,
    assert_fits,
    assert_refused,
    nothing_written,
)


def _plan(play, **environment):
    ran = play.run("plan", "--format", "json", "--out", "plan.json", **environment)
    assert ran.code == 0, ran.err
    assert_fits("plan", ran.json)
    return ran.json


def _of(plan, kind):
    return {action for resource, action in actions(plan).items() if resource.startswith(kind)}


def test_without_any_key_nothing_is_asked_and_everything_is_unknown(marketplace):
    plan = _plan(marketplace, **NO_KEYS)
    assert marketplace.sandbox.requests == []
    assert plan["requests"] == 0
    assert plan["review_only"] is True
    assert _of(plan, AUDIENCE) == {"unknown"}
    assert _of(plan, "notify-template/") == {"unknown"}
    assert plan["counts"]["verified"] == 0
    assert plan["counts"]["create"] == 0


def test_each_reason_is_said_once(marketplace):
    ran = marketplace.run("plan", **NO_KEYS)
    for account in ("marketplace", "ccs", "mailchimp"):
        assert ran.out.count(f"no key for {account} here") == 1
    assert "notify-template/change_password_alert" not in ran.out
    assert len(_plan(marketplace, **NO_KEYS)["unknown"]) == 3


def test_the_reason_names_the_variable_and_never_its_value(marketplace):
    ran = marketplace.run("plan", MAILCHIMP_KEY=None)
    assert "MAILCHIMP_KEY" in ran.out
    assert marketplace.environment["MAILCHIMP_KEY"] not in ran.out


def test_only_what_apply_would_change_makes_a_plan_review_only(marketplace):
    notify = dict.fromkeys((*MARKETPLACE_KEYS, "NOTIFY_KEY_CCS"))
    assert _plan(marketplace, **notify)["review_only"] is False
    assert _plan(marketplace, NOTIFY_KEY_CCS=None)["review_only"] is False
    assert _plan(marketplace, MAILCHIMP_KEY=None)["review_only"] is True
    assert _plan(marketplace, MAILCHIMP_KEY="")["review_only"] is True


def test_one_key_of_a_service_is_enough(marketplace):
    for key in MARKETPLACE_KEYS:
        others = dict.fromkeys(name for name in MARKETPLACE_KEYS if name != key)
        assert _of(_plan(marketplace, **others), "notify-template/") == set()


def test_a_part_without_audiences_is_not_review_only(marketplace):
    ran = marketplace.run("plan", "--format", "json", "--only", "notify-*", MAILCHIMP_KEY=None)
    assert ran.json["review_only"] is False


def test_a_revoked_notify_key_makes_its_templates_unknown_and_the_reason_is_notifys(minimal):
    minimal.change_world(lambda world: world["notify"]["services"][0]["keys"][0].update(revoked=True))
    plan = _plan(minimal)
    unknown = {resource for resource, action in actions(plan).items() if action == "unknown"}
    assert unknown == {"notify-template/permit_granted", "notify-template/permit_refused"}
    assert len(plan["unknown"]) == 1
    assert "permits" in plan["unknown"][0]
    assert plan["review_only"] is False
    assert minimal.run("plan").out.count("revoked") == 1, "Notify's reason is said once"


def test_a_notify_key_that_the_service_does_not_know_is_unknown_too(minimal):
    key = minimal.environment["NOTIFY_KEY_PERMITS"][:-4] + "ffff"
    ran = minimal.run("plan", NOTIFY_KEY_PERMITS=key)
    assert ran.code == 0, ran.err
    assert key[-36:] not in ran.out + ran.err


@pytest.mark.parametrize("arguments", [(), ("--detailed-exitcode",)])
def test_next_is_never_apply_for_a_plan_that_cannot_be_applied(marketplace, arguments):
    ran = marketplace.run("plan", "--out", "plan.json", *arguments, MAILCHIMP_KEY=None)
    assert "review only" in ran.out
    assert "emailops apply plan.json" not in ran.out


def test_a_plan_in_which_something_is_unknown_does_not_end_as_if_nothing_were_to_do(minimal):
    ran = minimal.run("plan", "--detailed-exitcode", NOTIFY_KEY_PERMITS=None, NOTIFY_KEY_TRIAL=None)
    assert "nothing to do" not in ran.out
    assert "no changes" not in ran.out
    assert ran.code != 0


def test_apply_refuses_a_review_only_plan_even_where_the_keys_are(marketplace):
    _plan(marketplace, MAILCHIMP_KEY=None)
    with nothing_written(marketplace):
        gate = assert_refused(marketplace.run("apply", "plan.json", "--format", "json"), "review-only")
    assert gate["id"]


def test_apply_without_the_key_that_the_plan_was_made_with_writes_nothing(marketplace):
    _plan(marketplace)
    with nothing_written(marketplace):
        ran = marketplace.run("apply", "plan.json", "--format", "json", MAILCHIMP_KEY=None)
    assert ran.code == 4
    assert {detail["resource"] for detail in ran.json["gate"]["details"]} == set(DOS6)
    assert all(detail["now"] == "unknown" for detail in ran.json["gate"]["details"])


def test_a_key_outside_emailops_secrets_is_not_read(marketplace):
    plan = _plan(marketplace, EMAILOPS_SECRETS="env:NOTIFY_KEY_STAGING env:NOTIFY_KEY_CCS")
    assert plan["review_only"] is True
    assert [request for request in marketplace.sandbox.requests if request.path.startswith("/3.0")] == []
    assert any("EMAILOPS_SECRETS" in unread for unread in plan["unknown"])
    assert plan["counts"]["unknown"] >= 21
