"""Two runs of one mailing that begin at the same moment: nobody gets it twice."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.crash.scene import Zygote
from tests.crash.tripping import Wire
from tests.mailings.at_once import (
    SLOW,
    assert_campaign_goes_out_once,
    assert_campaign_goes_out_once_though_one_is_killed,
    assert_one_begins,
    assert_one_takes_a_claim,
    started,
    statuses,
)
from tests.mailings.campaign_scene import CAMPAIGN, SETTLED, assert_sent_once, finished, marketplace_scene
from tests.mailings.marketplace import campaigns

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def zygote():
    warm = Zygote()
    yield warm
    warm.close()


def test_one_takes_a_claim(tmp_path):
    assert_one_takes_a_claim(f"sqlite:///{tmp_path}/sends.sqlite")


def test_one_begins_a_run(tmp_path):
    assert_one_begins(f"sqlite:///{tmp_path}/sends.sqlite")


def test_a_campaign_goes_out_once(zygote, tmp_path):
    assert_campaign_goes_out_once(tmp_path, zygote, None)


@pytest.mark.parametrize("number", [3, 7, 12])
def test_a_campaign_goes_out_once_though_one_is_killed(zygote, tmp_path, number):
    assert_campaign_goes_out_once_though_one_is_killed(tmp_path, zygote, None, number, "after")


@pytest.mark.parametrize(("number", "drafts"), [(2, 1), (3, 0), (5, 0), (7, 0)])
def test_a_run_that_slept_until_its_claim_had_ended_sends_nothing_more(zygote, tmp_path, number, drafts):
    """Its machine was suspended, and another run has sent the campaign. After 2 it has looked, and makes a second."""
    with marketplace_scene(tmp_path, zygote) as set_:

        def sleep():
            set_.sandbox.arm(Wire(0, ""))
            set_.signal(signal.SIGSTOP)

        set_.sandbox.arm(Wire(number, "after", sleep))
        sleeper = set_.start(*CAMPAIGN)
        _wait_until_stopped(set_.pid_file)
        set_.sandbox.advance(SETTLED)
        assert finished(set_).code == 0
        set_.signal(signal.SIGCONT)

        assert set_.wait(sleeper).code == 0, sleeper.err
        assert_sent_once(set_, drafts)
        assert statuses(set_.run(*CAMPAIGN).out) == ["already sent", "already sent"]


def test_two_machines_that_share_no_ledger_send_no_second_one(zygote, tmp_path):
    """Each looks once more after it made its own: where it sees two, it sends none and asks a person."""
    with marketplace_scene(tmp_path, zygote) as set_:
        set_.sandbox.set_faults(SLOW)
        own = []
        for which in range(2):
            set_.play.environment["EMAILOPS_DATABASE"] = f"sqlite:///{tmp_path}/own-{which}.sqlite"
            own += started(set_, 1)
        ran = [set_.wait(run) for run in own]

        gone_out = [held["recipients"]["list_id"] for held in campaigns(set_.play) if held["status"] == "sent"]
        assert len(set(gone_out)) == len(gone_out)
        if len(gone_out) < 2:
            assert any("delete in Mailchimp's pages all but one" in run.out for run in ran)


def _wait_until_stopped(pid_file):
    for _ in range(600):
        if pid_file.exists() and Path(f"/proc/{pid_file.read_text()}/stat").read_text().rpartition(")")[2][1] == "T":
            return
        time.sleep(0.02)
    raise AssertionError("it did not stop")
