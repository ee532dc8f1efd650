"""From a state to the world and back, through the command line."""

from __future__ import annotations

from tests.stories.telling import settings_of


def test_apply_then_plan_is_empty_but_for_steps(marketplace):
    assert marketplace.run("plan", "--out", "plan.json").code == 0
    applied = marketplace.run("apply", "plan.json", "--format", "json")
    assert applied.code == 6, applied.err
    assert {outcome["status"] for outcome in applied.json["outcomes"]} == {"done"}
    plan = marketplace.plan()
    assert {change["action"] for change in plan["changes"]} <= {"person", "unknown"}
    assert not [change for change in plan["changes"] if change["control"] == "managed"]
    assert settings_of(plan) == []
