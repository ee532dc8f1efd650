"""What every kind promises, whichever it is."""

from __future__ import annotations

import re

import pytest

from emailops.kinds import KINDS
from emailops.plan import Action, Control

from .assessing import desired, verdicts

ATTESTED = {name: kind for name, kind in KINDS.items() if kind.attested}
ASKED = {name: kind for name, kind in KINDS.items() if kind.asked}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_stands_under_its_name_with_its_capabilities(name):
    kind = KINDS[name]

    assert kind.name == name
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert kind.asked or kind.attested
    assert {one.control for one in kind.capabilities} >= ({Control.attested} if kind.attested else set())
    assert all(one.fields and one.read_by and one.changed_by for one in kind.capabilities)


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
    one = desired(f"{name}/x", {}, id="x", attested={"a": "b"})
    (verdict,) = [
        found for found in verdicts(one, unknown="no key") if found.change and found.change.control is Control.attested
    ]

    assert verdict.fact == ""
    assert verdict.change is not None
    assert verdict.change.step is not None
    assert verdict.change.step.open.startswith("https://www.notifications.service.gov.uk/services/account/")
    assert "{" not in verdict.change.step.open
    assert verdict.change.step.then == f"emailops attest {name}/x"
    assert verdict.change.step.why


@pytest.mark.parametrize("name", ATTESTED)
def test_without_attested_fields_there_is_nothing_to_attest(name):
    found = verdicts(desired(f"{name}/x", {"name": "x"}, id="x"), unknown="no key")

    assert all(one.change is None or one.change.control is not Control.attested for one in found)
