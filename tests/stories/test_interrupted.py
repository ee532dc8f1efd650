"""Told to stop in the middle: what is done is recorded, the rest is not attempted, and running again finishes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import emailops
from tests.playing import TODAY, play
from tests.stories.telling import DOS6, assert_fits, managed, planned, statuses

PACKAGES = Path(emailops.__file__).parents[1]
RUN = "import sys; from emailops.cli import main; sys.exit(main())"
PATIENCE = 60


@contextmanager
def _running(play, *arguments):
    """`emailops ARGUMENTS` in a process of its own."""
    command = [sys.executable, "-c", RUN, *arguments, "--today", TODAY]
    environment = {**play.environment, "PYTHONPATH": str(PACKAGES)}
    with subprocess.Popen(
        command, cwd=play.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def marketplace(tmp_path):
    """A sandbox of its own: a request that is on its way when a process dies must not reach another story's world."""
    with play(tmp_path) as playing:
        yield playing


def _wait_until(is_so):
    """Poll what a process does elsewhere; fails rather than hangs."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it did not come to that"
        os.sched_yield()


def _waits_for_the_listing(play, since=0):
    """Whether the account, which is asked just before, has answered."""
    return any(request.path == "/3.0/" for request in play.sandbox.requests[since:])


def _recorded(play):
    path = play.state / "recorded/production.yaml"
    return [name for name in DOS6 if name in path.read_text()]


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_stopped_between_two_creates(marketplace, told):
    planned(marketplace)
    marketplace.sandbox.set_faults([{"route": "POST /3.0/lists", "do": "slow", "seconds": 0.6}])
    with _running(marketplace, "apply", "plan.json", "--format", "json") as process:
        # The first is recorded, so the second is on its way, or about to be.
        _wait_until(lambda: len(_recorded(marketplace)) == 1)
        process.send_signal(told)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    report = json.loads(out)
    assert_fits("report", report)
    became = [statuses(report)[name] for name in DOS6]
    assert became in (["done", "not-attempted", "not-attempted"], ["done", "done", "not-attempted"])
    assert report["converged"] is False
    assert _recorded(marketplace) == [name for name, status in zip(DOS6, became, strict=True) if status == "done"]
    assert len(marketplace.audiences()) == 18 + became.count("done")

    marketplace.sandbox.set_faults([])
    again = marketplace.run("apply", "plan.json", "--format", "json")
    finished = [statuses(again.json)[name] for name in DOS6]
    assert finished == ["satisfied" if status == "done" else "done" for status in became]
    names = [audience["name"] for audience in marketplace.audiences()]
    assert len(names) == len(set(names)) == 21
    assert managed(marketplace.plan()) == {}


@pytest.mark.slow
def test_killed_outright_after_its_writes_it_holds_no_lock_and_has_lost_nothing(marketplace):
    planned(marketplace)
    let_through = {"route": "GET /3.0/lists", "do": "slow", "seconds": 0, "times": 10}
    marketplace.sandbox.set_faults([let_through, {"route": "GET /3.0/lists", "do": "slow", "seconds": 30}])
    with _running(marketplace, "apply", "plan.json") as process:
        _wait_until(lambda: len(_recorded(marketplace)) == 3)
        process.kill()
        process.wait(PATIENCE)
    marketplace.sandbox.set_faults([])
    again = marketplace.run("apply", "plan.json", "--format", "json")
    assert statuses(again.json) == dict.fromkeys(DOS6, "satisfied")
    assert managed(marketplace.plan()) == {}


@pytest.mark.slow
def test_told_before_the_first_write_nothing_is_attempted(marketplace):
    planned(marketplace)
    marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", "do": "slow", "seconds": 0.6, "times": 1}])
    asked = len(marketplace.sandbox.requests)
    with _running(marketplace, "apply", "plan.json", "--format", "json") as process:
        _wait_until(lambda: _waits_for_the_listing(marketplace, asked))
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert set(statuses(json.loads(out)).values()) == {"not-attempted"}
    assert {request.method for request in marketplace.sandbox.requests} == {"GET"}


def test_a_plan_that_is_interrupted_ends_with_130_and_one_line(marketplace):
    marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", "do": "slow", "seconds": 30}])
    with _running(marketplace, "plan") as process:
        _wait_until(lambda: _waits_for_the_listing(marketplace))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
