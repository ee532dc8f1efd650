"""The ids that a state knows, and what each is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from emailops.declaration.declared_ids import declared_ids
from emailops.declaration.model import REPLY_TO, SMS_SENDER, TEMPLATE
from emailops.kinds import resources
from tests.world import STATES, declaration_of

KINDS = {TEMPLATE: "template", REPLY_TO: "reply_to", SMS_SENDER: "sms_sender"}
DECLARED = [path.parent for path in sorted(STATES.rglob("emailops.yaml"))]


@pytest.mark.parametrize("state", DECLARED, ids=lambda path: path.name)
def test_each_is_that_of_the_resource_which_a_plan_shows(state: Path) -> None:
    declaration = declaration_of(state)
    known = declared_ids(declaration)
    for desired in resources(declaration):
        if desired.resource.kind in KINDS:
            id_ = desired.id or (desired.attested or {})["id"]
            assert known[id_.lower()].resource == desired.resource
            assert known[id_.lower()].source.split()[0] == KINDS[desired.resource.kind]


def test_the_states_hold_one_of_each_kind() -> None:
    found = {desired.resource.kind for state in DECLARED for desired in resources(declaration_of(state))}
    assert set(KINDS) <= found
