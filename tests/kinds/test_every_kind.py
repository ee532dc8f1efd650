"""What every kind promises, whichever it is."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest

from emailops.declaration.model import Declaration
from emailops.kinds import KINDS
from emailops.plan import Action
from emailops.resource import Control, Desired
from emailops.sandbox import Sandbox
from tests.playing import Play, Reused, begun
from tests.world import accounts_for, declaration_of, environment_for

from .assessing import desired, verdicts

ATTESTED = {name: kind for name, kind in KINDS.items() if kind.attested}
ASKED = {name: kind for name, kind in KINDS.items() if kind.asked}
MANAGED = {name: kind for name, kind in KINDS.items() if kind.managed}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_stands_under_its_name_with_its_capabilities(name):
    kind = KINDS[name]

    assert kind.name == name
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert kind.asked or kind.attested
    assert {capability.control for capability in kind.capabilities} >= ({Control.attested} if kind.attested else set())
    assert all(capability.fields and capability.read_by and capability.changed_by for capability in kind.capabilities)


@pytest.mark.parametrize("name", ASKED)
def test_what_could_not_be_read_is_unknown_and_never_a_change(name):
    (verdict,) = verdicts(desired(f"{name}/x", {"name": "x"}, id="x"), unknown="no key at hand")

    assert verdict.fact == "unknown"
    assert verdict.change is not None
    assert verdict.change.action is Action.unknown
    assert verdict.change.step is None
    assert verdict.change.fields == ()


@pytest.mark.parametrize("name", ATTESTED)
def test_what_nobody_attested_is_a_step_with_page_and_command(name):
    wanted = desired(f"{name}/x", {}, id="x", attested={"a": "b"})
    (verdict,) = [
        found
        for found in verdicts(wanted, unknown="no key")
        if found.change and found.change.control is Control.attested
    ]

    assert verdict.fact == ""
    assert verdict.change is not None
    assert verdict.change.step is not None
    page = "https://www.notifications.service.gov.uk/services/account/" if ATTESTED[name].attested.page else wanted.told
    assert verdict.change.step.open.startswith(page)
    assert "{" not in verdict.change.step.open
    assert verdict.change.step.then == f"emailops attest {name}/x"
    assert verdict.change.step.why


@pytest.mark.parametrize("name", ATTESTED)
def test_without_attested_fields_there_is_nothing_to_attest(name):
    found = verdicts(desired(f"{name}/x", {"name": "x"}, id="x"), unknown="no key")

    assert all(verdict.change is None or verdict.change.control is not Control.attested for verdict in found)


NOTIFY = """notify:
  permits:
    guest_list: [{address: sink@permits.org.uk, why: tests mail it, until: 2027-01-01}]
    team: [anna]
    callback: {url: https://permits.org.uk/notify, tokens: [callback-2026]}
    reply_to: {help: {id: 11111111-1111-4111-8111-111111111112, address: help@permits.org.uk}}
    sms_senders: {office: {id: 11111111-1111-4111-8111-111111111113, sender: Permits}}
"""
"""What stands in the state of the crash tests, too, so that it declares something of every kind."""


LIVE = "{extends: _key, account: permits, kind: live, stages: [production], secret: env:NOTIFY_KEY_PERMITS"
NEXT = "fingerprint: 3f9a1c0b7d2e"
PEOPLE, GONE = "\npeople:\n", "  gone: {role: developed, left: true}\n"


class Told(NamedTuple):
    """The same state before an apply and after it."""

    play: Play
    declaration: Declaration
    before: dict[str, Any]
    report: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, reused: Reused) -> Told:
    folder = tmp_path_factory.mktemp("every-kind")
    play = begun(folder, "crash", reused)
    with (play.state / "emailops.yaml").open("a") as file:
        file.write(NOTIFY)
    file = play.state / "emailops.yaml"
    rotating = f"{LIVE}, successor: next}}\n  next: {LIVE}, {NEXT}"
    file.write_text(file.read_text().replace(LIVE, rotating).replace(PEOPLE, f"{PEOPLE}{GONE}"))
    people = folder / "people.json"
    people.write_text(json.dumps({"anna": "anna.tester@council.org.uk"}))
    play.environment["EMAILOPS_PEOPLE"] = str(people)
    before = _plan(play)
    report = play.run("apply", "plan.json", "--format", "json").json
    return Told(play, declaration_of(play.state), before, report, _plan(play))


def _plan(play: Play) -> dict[str, Any]:
    ran = play.run("plan", "--out", "plan.json")
    assert ran.code == 0, ran.err
    plan: dict[str, Any] = json.loads((play.folder / "plan.json").read_text())
    return plan


def _declared(told: Told, name: str) -> list[Desired]:
    return list(KINDS[name].declared(told.declaration))


@pytest.mark.parametrize("name", KINDS)
def test_each_field_that_is_declared_says_its_control(told, name):
    found = _declared(told, name)
    assert found, "the state above declares none"
    for wanted in found:
        for field in wanted.attributes:
            (control,) = {known.control for known in KINDS[name].fields if known.holds(field)}
            assert control in (Control.managed, Control.verified), field
        for field in wanted.attested or {}:
            assert Control.attested in {known.control for known in KINDS[name].fields if known.holds(field)}, field


@pytest.mark.parametrize("name", KINDS)
def test_its_entry_leads_to_the_lines_that_say_it(told, name):
    for wanted in _declared(told, name):
        parts = list(KINDS[name].entry(told.declaration, wanted))
        assert parts
        assert all(place.line > 0 for _, _, place in parts)


@pytest.mark.parametrize("name", ASKED)
def test_what_the_sandbox_holds_instead_is_as_declared(told, name):
    """From the state as it is after the apply, a sandbox begins with nothing to do."""
    with Sandbox(accounts_for(told.declaration)) as sandbox:
        keys = environment_for(told.declaration, sandbox.notify_url, sandbox.mailchimp_url)
        plan = told.play.run("plan", "--only", f"{name}/*", "--format", "json", **keys).json
    members = name == "mailchimp-test-subscriber"  # a state says who is to be subscribed, not who is
    assert [change["action"] for change in plan["changes"] if change["control"] != "attested"] == (
        ["create"] * len(_declared(told, name)) if members else []
    )


@pytest.mark.few(2)
@pytest.mark.parametrize("name", ASKED)
def test_an_observation_tells_what_the_provider_does(told, name):
    told.play.run("drift", "--observed", "seen.json")
    only = ("--only", f"{name}/*", "--format", "json")
    seen = told.play.run("plan", "--observed", "seen.json", *only).json
    live = told.play.run("plan", *only).json

    assert [world["kind"] for world in json.loads((told.play.folder / "seen.json").read_text())["worlds"]].count(
        name
    ) == 1
    assert seen["changes"] == live["changes"]
    assert seen["counts"] == live["counts"]


@pytest.mark.parametrize("name", MANAGED)
def test_an_apply_makes_it_and_then_nothing_is_left(told, name):
    planned = {change["resource"] for change in told.before["changes"] if change["resource"].startswith(f"{name}/")}
    outcomes = {
        outcome["resource"]: outcome["status"] for outcome in told.report["outcomes"] if outcome["resource"] in planned
    }

    assert planned
    assert set(outcomes.values()) == {"done"}
    assert outcomes.keys() == planned
    assert [change for change in told.after["changes"] if change["resource"].startswith(f"{name}/")] == []


def test_nothing_is_ever_deleted(told):
    assert {request.method for request in told.play.sandbox.requests} <= {"GET", "POST", "PATCH", "PUT"}


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.recorded])
def test_a_recorded_id_is_of_the_form_that_its_kind_says(told, name):
    recorded = KINDS[name].recorded
    ids = [id_ for resource, id_ in told.declaration.ids.items() if resource.startswith(f"{name}/")]

    assert recorded is not None
    assert ids
    assert all(re.fullmatch(recorded.id_form, id_) for id_ in ids)
