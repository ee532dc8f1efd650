"""What Celery's beat is told: each timer of the state at its own hour and days."""

from __future__ import annotations

import pytest

from emailops.declaration.build import declare
from emailops.mailings.beat import entries
from emailops.store.state import load
from emailops.store.tree import read_directory
from tests.mailings.scene import declare as write

TIMED = """
  news:
    kind: notice
    stages: {development: anywhere}
    timed: {development: %s}
    source: {url: "https://api.permits.example", path: /people, items: people}
    template: permit_granted
"""


@pytest.mark.parametrize(
    ("line", "minutes", "hour", "days"),
    [
        ("30 8 * * 1-5", {30}, 8, {1, 2, 3, 4, 5}),
        ("0 0 * * *", {0}, 0, {0, 1, 2, 3, 4, 5, 6}),
        ("5 23 * * 0,6", {5}, 23, {0, 6}),
        ("H 7 * * 7", None, 7, {0}),
    ],
)
def test_a_timer_is_at_its_minute_hour_and_days(minimal, line, minutes, hour, days):
    write(minimal.state, TIMED % f'"{line}"')
    mailings = declare(load(read_directory(minimal.state))).mailings
    (entry,) = entries(mailings.values()).values()
    again = entries(mailings.values())["news at development"]

    assert entry["kwargs"] == {"mailing": "news", "stage": "development"}
    assert (entry["schedule"].hour, entry["schedule"].day_of_week) == ({hour}, days)
    assert len(entry["schedule"].minute) == 1
    assert minutes is None or entry["schedule"].minute == minutes
    assert again["schedule"] == entry["schedule"], "any minute is the same one each time"


def test_a_mailing_without_a_timer_is_not_handed_out(minimal):
    write(minimal.state)
    assert entries(declare(load(read_directory(minimal.state))).mailings.values()) == {}


def test_what_nobody_timed_is_not_begun_by_a_timer(minimal):
    write(minimal.state)
    (minimal.folder / "people.csv").write_text("email address,name\nann@people.example,Ann\n")
    ran = minimal.run("mail", "news", "--stage", "development", "--from", "people.csv", "--due-at", "1")

    assert ran.code == 4
    assert "news is not due" in ran.err
    assert minimal.sandbox.state()["messages"] == []
