"""Merge fields from the declaration to Mailchimp and back: planned, made once, watched, observed and rehearsed."""

from __future__ import annotations

import json
import re

import pytest

from tests.stories.subscribers import TEST_ID, outcome, sent_since
from tests.stories.telling import (
    DOS6,
    UPDATES_ID,
    add,
    audience,
    change_of,
    make_world_anew,
    named,
    of_kind,
    planned,
    settled,
    statuses,
)

pytestmark = pytest.mark.slow

KIND = "mailchimp-merge-field"
LICENCE = f"{KIND}/test-opportunities.LICENCE"
FNAME = f"{KIND}/test-opportunities.FNAME"
FIELDS = (
    "{LICENCE: {name: Licence number, type: text, required: false, default: none}, "
    "FNAME: {name: Given name, type: text}}"
)
POST, PATCH = ("POST", f"/3.0/lists/{TEST_ID}/merge-fields"), ("PATCH", f"/3.0/lists/{TEST_ID}/merge-fields/1")


@pytest.fixture
def declared(marketplace):
    """Everything is applied but two merge fields: one that the audience has, one that it has not."""
    settled(marketplace)
    add(marketplace, "audiences/test-opportunities.yaml", f"merge_fields: {FIELDS}\n")
    return marketplace


def fields(play, id_=TEST_ID):
    """Tag -> the merge field, as Mailchimp holds it."""
    return {field["tag"]: field for field in audience(play.sandbox.state(), id_)["merge_fields"]}


def applied(play, *arguments):
    planned(play, *arguments)
    return play.run("apply", "plan.json", "--format", "json")


def test_one_is_created_and_one_is_changed_and_then_nothing_is_left(declared):
    before = len(declared.sandbox.requests)
    plan = planned(declared)
    sent = [request for request in declared.sandbox.requests[before:] if "merge-fields" in request.path]
    assert [(mail.method, mail.path) for mail in sent] == [("GET", POST[1])], "one listing of one audience"
    assert of_kind(plan, KIND) == {FNAME: "update", LICENCE: "create"}
    assert change_of(plan, FNAME)["fields"] == [{"name": "name", "before": "First Name", "after": "Given name"}]

    ran = declared.run("apply", "plan.json", "--format", "json")
    assert statuses(ran.json) == {FNAME: "done", LICENCE: "done"}
    assert ran.json["converged"]
    assert sent_since(declared, before) == [PATCH, POST]
    held = fields(declared)
    assert {name: held["LICENCE"][name] for name in ("name", "type", "required", "default_value")} == {
        "name": "Licence number",
        "type": "text",
        "required": False,
        "default_value": "none",
    }
    assert (held["FNAME"]["name"], held["FNAME"]["public"]) == ("Given name", True)
    assert of_kind(declared.plan(), KIND) == {}
    assert not any(KIND in path.read_text() for path in (declared.state / "recorded").iterdir())


def test_an_audience_that_declares_none_is_not_looked_into(marketplace):
    marketplace.plan()
    assert not any("merge-fields" in request.path for request in marketplace.sandbox.requests)


def test_what_is_no_longer_declared_stays_and_is_nobodys_matter(declared):
    applied(declared)
    path = declared.state / "audiences/test-opportunities.yaml"
    path.write_text(path.read_text().replace(f"merge_fields: {FIELDS}\n", ""))

    assert of_kind(declared.plan(), KIND) == {}
    assert "LICENCE" in fields(declared)


def test_a_new_audience_comes_first_and_what_it_brings_is_changed(marketplace):
    add(marketplace, "audiences/digital-outcomes-and-specialists-6.yaml", f"merge_fields: {FIELDS}\n")
    plan = planned(marketplace, "--only", "mailchimp-*/digital-outcomes-and-specialists-6.*")
    ran = marketplace.run("apply", "plan.json", "--format", "json")

    assert list(of_kind(plan, KIND).values()) == ["create"] * 6
    assert set(statuses(ran.json).values()) == {"done"}
    assert ran.json["converged"], ran.json["left"]
    for resource in DOS6:
        values = {field["name"]: field["after"] for field in change_of(plan, resource)["fields"]}
        (held,) = named(marketplace, values["name"])
        assert held["merge_fields"][0]["name"] == "Given name"
        assert [field["tag"] for field in held["merge_fields"]] == ["FNAME", "LNAME", "ADDRESS", "PHONE", "LICENCE"]


def test_without_its_audience_it_is_skipped(marketplace):
    add(marketplace, "audiences/digital-outcomes-and-specialists-6.yaml", f"merge_fields: {FIELDS}\n")
    plan = planned(marketplace, "--only", f"{KIND}/*")
    before = len(marketplace.sandbox.requests)
    ran = marketplace.run("apply", "plan.json", "--format", "json")

    assert set(statuses(ran.json).values()) == {"skipped"}
    assert "requires mailchimp-audience/" in outcome(ran.json, next(iter(of_kind(plan, KIND))))["detail"]
    assert sent_since(marketplace, before) == []


@pytest.mark.parametrize("fault", [{"do": "cut-after"}, {"do": "status-after", "status": 504}], ids=str)
def test_a_lost_answer_is_settled_by_the_tag_in_the_same_run(declared, fault):
    declared.sandbox.set_faults([{"route": "POST /3.0/lists/*", "times": 1, **fault}])
    ran = applied(declared)

    assert outcome(ran.json, LICENCE)["status"] == "done"
    assert ran.json["converged"]
    assert list(fields(declared)) == ["FNAME", "LNAME", "ADDRESS", "PHONE", "LICENCE"]


def test_a_write_that_comes_late_is_not_made_twice(declared):
    declared.sandbox.set_faults([{"route": "POST /3.0/lists/*", "times": 1, "do": "cut-before"}])
    planned(declared)
    first = declared.run("apply", "plan.json", "--format", "json")
    assert outcome(first.json, LICENCE)["status"] == "ambiguous"
    late = {"merge_id": 5, "tag": "LICENCE", "name": "Licence number", "type": "text", "default_value": "none"}
    declared.change_world(lambda world: audience(world, TEST_ID)["merge_fields"].append(late))
    before = len(declared.sandbox.requests)
    second = declared.run("apply", "plan.json", "--format", "json")

    assert outcome(second.json, LICENCE)["status"] == "satisfied"
    assert sent_since(declared, before) == []


def test_one_that_appears_after_the_plan_is_left_alone(declared):
    planned(declared)
    other = {"merge_id": 5, "tag": "LICENCE", "name": "Another's", "type": "text"}
    declared.change_world(lambda world: audience(world, TEST_ID)["merge_fields"].append(other))
    ran = declared.run("apply", "plan.json", "--format", "json")

    assert ran.code == 4
    assert ran.json["gate"]["name"] == "overtaken"
    assert fields(declared)["LICENCE"]["name"] == "Another's"


def test_a_lost_answer_of_its_audience_takes_nothing_from_what_the_audience_brings(marketplace):
    settled(marketplace)
    text = (marketplace.state / "audiences/framework-updates.yaml").read_text()
    another = re.sub(r"(?m)^( +name: ).*$", r"\1News", text)
    add(marketplace, "audiences/news.yaml", f"{another}merge_fields: {FIELDS}\n")
    marketplace.sandbox.set_faults([{"route": "POST /3.0/lists", "times": 1, "do": "cut-after"}])
    only = ("--only", "mailchimp-*/news*")
    first = applied(marketplace, *only)
    assert set(statuses(first.json).values()) == {"ambiguous", "skipped"}, first.json
    second = applied(marketplace, *only)

    assert set(statuses(second.json).values()) == {"done"}, second.json
    assert second.json["converged"]


def test_a_type_is_for_a_person(declared):
    path = declared.state / "audiences/test-opportunities.yaml"
    path.write_text(path.read_text().replace("Given name, type: text", "Given name, type: number"))
    plan = planned(declared)

    assert of_kind(plan, KIND) == {FNAME: "person", LICENCE: "create"}
    assert applied(declared).code == 6
    assert fields(declared)["FNAME"]["type"] == "text"


def test_a_drift_says_that_somebody_changed_it(declared):
    applied(declared)
    declared.change_world(lambda world: audience(world, TEST_ID)["merge_fields"][4].update(default_value="?"))
    ran = declared.run("drift", "--format", "json")

    assert ran.code == 2
    (found,) = [drifted for drifted in ran.json["drifted"] if drifted["subject"] == LICENCE]
    assert found["reason"] == "changed_outside"


def test_an_observation_tells_of_it_and_a_rehearsal_makes_it(declared):
    declared.run("drift", "--observed", "seen.json")
    worlds = json.loads((declared.folder / "seen.json").read_text())["worlds"]
    (world,) = [world for world in worlds if world["kind"] == KIND]
    assert [(held["name"], held["id"]) for held in world["objects"]] == [
        ("test-opportunities.LICENCE", ""),
        ("test-opportunities.FNAME", "1"),
    ]
    plan = declared.run("plan", "--observed", "seen.json", "--format", "json", MAILCHIMP_KEY=None).json
    assert of_kind(plan, KIND) == {FNAME: "update", LICENCE: "create"}
    ran = declared.run("rehearse", "--observed", "seen.json", "--format", "json", MAILCHIMP_KEY=None)
    assert ran.code == 0, ran.out
    assert "LICENCE" not in fields(declared)


def test_an_observation_from_before_it_was_declared_leaves_it_unknown(marketplace):
    settled(marketplace)
    marketplace.run("drift", "--observed", "seen.json")
    add(marketplace, "audiences/test-opportunities.yaml", f"merge_fields: {FIELDS}\n")
    plan = marketplace.run("plan", "--observed", "seen.json", "--format", "json", MAILCHIMP_KEY=None).json

    assert set(of_kind(plan, KIND).values()) == {"unknown"}


def test_it_is_explained_by_the_lines_that_say_it(declared):
    ran = declared.run("explain", LICENCE, "--format", "json")
    values = {setting["name"]: (setting["value"], setting["path"]) for setting in ran.json["declared"]}
    assert values["name"] == ("Licence number", "state/audiences/test-opportunities.yaml")
    asked = declared.run("explain", FNAME, "--ask", "--format", "json")
    assert asked.json["observed"]["name"] == "First Name"


def test_a_sandbox_from_the_state_holds_it(declared):
    make_world_anew(declared)
    assert fields(declared)["LICENCE"]["name"] == "Licence number"
    assert fields(declared)["FNAME"]["name"] == "Given name"
    assert "LICENCE" not in fields(declared, UPDATES_ID)
    assert of_kind(declared.plan(), KIND) == {}


def test_a_limit_counts_it(declared):
    path = declared.state / "emailops.yaml"
    path.write_text(path.read_text().replace("policy:\n", f"policy:\n  limits: {{{KIND}: {{create: 0}}}}\n"))
    ran = applied(declared)

    assert ran.json["gate"]["name"] == "limits"


def test_a_rehearsal_begins_with_those_that_were_observed(declared):
    applied(declared)
    declared.run("drift", "--observed", "seen.json")
    ran = declared.run("rehearse", "--observed", "seen.json", "--format", "json", MAILCHIMP_KEY=None)
    assert (ran.code, [outcome for outcome in ran.json["outcomes"] if outcome["resource"].startswith(KIND)]) == (0, [])
