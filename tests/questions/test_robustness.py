"""Whatever is declared, a question gets an answer or is refused as wrong usage: it never raises anything else."""

from __future__ import annotations

import json
import random
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.errors import NotDeclared
from emailops.kinds import resources
from emailops.questions import explain
from emailops.questions.todo import todo
from emailops.questions.trace import trace
from emailops.render import questions as words
from emailops.store.state import load
from emailops.store.tree import Tree
from tests.examples.laying import TODAY
from tests.policy.test_robustness import EXAMPLES, ODD, STATES, every_spot


@pytest.mark.few(1)
@pytest.mark.parametrize("name", STATES)
@EXAMPLES
@given(seed=st.integers(0, 2**32), odd=st.lists(st.sampled_from(ODD), min_size=1, max_size=4))
def test_any_value_in_any_place(name: str, seed: int, odd: list[object]) -> None:
    draw = random.Random(seed)
    files = STATES[name]().files
    for value in odd:
        path = draw.choice([file for file in files if file.endswith(".yaml")])
        document = yaml.load(files[path], yaml.BaseLoader)
        holder, key = draw.choice(list(every_spot(document)) or [({}, "")])
        holder[key] = value
        files[path] = json.dumps(document).encode()
    ask_everything(declare(load(Tree(files))), draw)


def ask_everything(declaration: Declaration, draw: random.Random) -> None:
    list(words.todo_text(todo(declaration, TODAY), TODAY, ""))
    for desired in resources(declaration):
        list(words.resource_text(explain.resource(declaration, str(desired.resource), TODAY), ""))
    stages = [*declaration.stages, "production"]
    for consumer in declaration.consumers.values():
        for name in {setting.name for _, setting in consumer.settings()}:
            with suppress(NotDeclared):
                list(words.setting_text(explain.setting(declaration, name, consumer=consumer.name), ""))
        for template in (*consumer.templates, *consumer.literals, "none"):
            address = draw.choice(["a@example.org", "", "person:developers", "perm-fail@simulator.notify"])
            with suppress(NotDeclared):
                list(words.trace_text(trace(declaration, consumer.name, template, address, draw.choice(stages)), ""))
