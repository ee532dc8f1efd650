"""From a state to the world and back, through the command line."""

from __future__ import annotations

from tests.stories.telling import settings_of


def test_apply_then_plan_is_empty_but_for_steps(marketplace):
    assert marketplace.run("plan", "--out", "plan.json").code == 0
    applied = marketplace.run("apply", "plan.json", "--format", "json")
    assert applied.code == 6, applied.err
    assert {one["status"] for one in applied.json["outcomes"]} == {"done"}
    plan = marketplace.plan()
    assert {one["action"] for one in plan["changes"]} <= {"person", "unknown"}
    assert not [one for one in plan["changes"] if one["control"] == "managed"]
    assert settings_of(plan) == []
