"""`todo` and `consumers` say what the job begins by itself, and when: whoever reads them need not look for a timer."""

from __future__ import annotations

import pytest

from emailops.questions.todo import TimedMailing, timed
from tests.world import STATES, declaration_of

MAILING = """
mailings:
  news:
    kind: notice
    purpose: tells of news
    source: {url: https://api.permits.example, path: /holders, items: holders}
    template: permit_granted
    placeholders: {}
    stages: {production: pipeline}
    timed: {production: H 8 * * 1-5}
    daily: true
"""


@pytest.fixture
def timed_state(minimal):
    file = minimal.state / "emailops.yaml"
    file.write_text(file.read_text() + MAILING)
    return minimal


def test_a_timer_is_of_one_stage(timed_state):
    assert timed(declaration_of(timed_state.state)) == (TimedMailing("news", "production", "H 8 * * 1-5"),)
    assert timed(declaration_of(STATES / "minimal")) == ()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["todo"], "  news at production      H 8 * * 1-5 UTC"),
        (["todo", "--format", "markdown"], "- `news` at production: `H 8 * * 1-5` UTC"),
        (["consumers"], "  news at production      H 8 * * 1-5 UTC"),
    ],
)
def test_it_is_said_to_people(timed_state, command, said):
    assert said in timed_state.run(*command).out.splitlines()


@pytest.mark.parametrize("command", ["todo", "consumers"])
def test_it_is_said_to_programs(timed_state, command):
    told = timed_state.run(command, "--format", "json").json["timed"]
    assert told == [{"mailing": "news", "stage": "production", "when": "H 8 * * 1-5"}]


def test_one_consumer_is_told_without_them(timed_state):
    assert "news" not in timed_state.run("consumers", "web").out
