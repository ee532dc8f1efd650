"""A key that its provider refuses is a step: which one, where it is read and kept, and for what. The rest goes on."""

from __future__ import annotations

import pytest

from tests.stories.telling import UPDATES, change_of, drift

KEY = "mailchimp-key/mailchimp"


@pytest.fixture
def refused(marketplace):
    """Mailchimp's key was revoked."""
    marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(api_keys=[f"{'0' * 32}-us0"]))
    return marketplace


def steps(plan):
    return {row["resource"]: row for row in plan["steps"]}


def test_the_step_names_key_variable_store_and_stages(refused):
    step = steps(refused.plan())[KEY]
    assert step["why"].startswith("Mailchimp refuses the key: ")
    (row,) = step["enter"]
    assert row["value"] == "mailchimp"
    assert row["note"].endswith(
        "env:MAILCHIMP_KEY, kept in the credentials store, for development, preview, staging, production"
    )


def test_what_the_key_would_have_read_is_unknown_and_everything_else_is_there(refused):
    plan = refused.plan()
    assert change_of(plan, UPDATES)["action"] == "unknown"
    assert plan["review_only"]
    assert plan["counts"]["verified"] > 40
    assert [reason for reason in plan["unknown"] if reason.startswith("Mailchimp refuses the key mailchimp")]


def test_a_drift_tells_it_and_goes_on(refused):
    ran = refused.run("drift", "--format", "json")
    assert ran.code == 2
    assert [row["detail"] for row in ran.json["drifted"] if row["subject"] == KEY] == [
        steps(refused.plan())[KEY]["why"]
    ]
    assert "emailops:" not in ran.err


def test_a_key_that_is_let_in_is_verified(marketplace):
    drift(marketplace)
    assert KEY not in steps(marketplace.plan())


def test_nothing_is_applied_with_a_refused_key(refused):
    refused.run("plan", "--out", "plan.json")
    ran = refused.run("apply", "plan.json")
    assert ran.code == 4
    assert "review-only" in ran.err
