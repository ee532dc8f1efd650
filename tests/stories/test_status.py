"""`status`: the one page for a Monday. What is told elsewhere stands on it, and what cannot be read is said."""

from __future__ import annotations

import json
import time

import pytest

from emailops.private import Secret
from emailops.receipts import payload
from emailops.receipts.store import ReceiptStore
from tests.receipts.served import complaint, receipt

PARTS = [
    "The world",
    "For people",
    "Keys that are being replaced",
    "Last runs",
    "Who holds which files",
    "Mailings that run",
    "Messages of seven days",
]


def parts(ran) -> dict[str, dict]:
    return {part["title"]: part for part in ran.json["parts"]}


def test_each_part_is_there_and_says_what_it_could_not_read(minimal):
    ran = minimal.run("status", "--format", "json", NOTIFY_KEY_PERMITS=None)
    found = parts(ran)

    assert (ran.code, list(found)) == (6, PARTS)
    assert found["Mailings that run"]["unread"] == "there is no database of sends here"
    assert found["Messages of seven days"]["unread"] == "there is no database of receipts here"
    assert any("NOTIFY_KEY_PERMITS is not set" in row["state"] for row in found["The world"]["rows"])
    (unreachable,) = (row for row in found["Who holds which files"]["rows"] if row["open"])
    assert (unreachable["subject"], unreachable["state"]) == ("web", "unreachable")  # two files, one repository
    assert "git" not in unreachable["detail"].replace("git.example", "")


def test_what_differs_in_the_world_is_what_drift_says(marketplace):
    found = parts(marketplace.run("status", "--format", "json"))
    drifted = marketplace.run("drift", "--format", "json").json["drifted"]

    world = [row["subject"] for row in found["The world"]["rows"] if row["subject"].startswith("mailchimp-")]
    assert world == [each["subject"] for each in drifted if each["subject"] in world]
    assert world


def test_the_last_runs_are_those_of_the_log(marketplace):
    assert marketplace.run("plan", "--out", "plan.json").code in (0, 6)
    assert marketplace.run("apply", "plan.json").code in (0, 6)

    (run,) = parts(marketplace.run("status", "--format", "json"))["Last runs"]["rows"]
    assert run["state"].startswith("3 done")


def test_a_key_that_is_being_replaced_shows_its_phase(minimal):
    assert minimal.run("rotate", "production").code == 0

    (key,) = parts(minimal.run("status", "--format", "json"))["Keys that are being replaced"]["rows"]
    assert key["subject"] == "production"
    assert key["state"].startswith("phase 1 of 4")


def test_messages_are_counted_and_nobody_is_named(minimal, tmp_path):
    database = f"sqlite:///{tmp_path / 'r.sqlite'}"
    store = ReceiptStore(Secret(database))
    told = [receipt(1), receipt(2), receipt(3, "permanent-failure"), complaint(4)]
    store.record([payload.read(json.dumps(each).encode(), "", time.time()) for each in told], ["permanent-failure"])
    store.close()

    ran = minimal.run("status", "--format", "json", EMAILOPS_DATABASE=database)
    rows = {row["subject"]: (row["state"], row["open"]) for row in parts(ran)["Messages of seven days"]["rows"]}
    assert rows["delivered"] == ("2", False)
    assert rows["permanent-failure"] == ("1", True)
    assert rows["complaints"] == ("1", True)
    assert rows["accounts to make inactive"] == ("1 waiting", True)
    assert "example.gov.uk" not in ran.out
    assert parts(ran)["Mailings that run"]["unread"] == ""


@pytest.mark.parametrize("format_", ["text", "html"])
def test_the_page_says_the_same_for_people(minimal, format_):
    page = minimal.run("status", "--format", format_).out

    assert all(title in page for title in PARTS)
    assert "there is no database of receipts here" in page
