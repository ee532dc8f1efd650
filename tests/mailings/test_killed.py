"""A notice or a campaign that is killed at whatever request, and run again: each recipient has it exactly once."""

from __future__ import annotations

import json
import os
import signal
from functools import partial

import pytest

from tests.crash.scene import Zygote
from tests.crash.tripping import Wire, cut, gateway_timeout
from tests.mailings.campaign_scene import CAMPAIGN, NEWS, assert_sent_once, finished, marketplace_scene, news_scene
from tests.mailings.marketplace import campaigns
from tests.mailings.scene import MAIL, assert_each_once, finish, people, scene, sent

pytestmark = pytest.mark.slow

PEOPLE = 5
REQUESTS = PEOPLE + 1
"""The templates, and a message to each."""


@pytest.fixture(scope="module")
def zygote():
    warm = Zygote()
    yield warm
    warm.close()


def test_undisturbed_it_asks_for_the_template_and_sends_each(zygote, tmp_path):
    with scene(tmp_path, zygote, PEOPLE) as set_:
        set_.sandbox.arm(Wire(0, ""))
        ran = set_.run(*MAIL)

        assert ran.code == 0, ran.err
        assert set_.sandbox.number == REQUESTS
        assert json.loads(ran.out)["counts"]["sent"] == PEOPLE
        assert_each_once(set_, PEOPLE)


@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
@pytest.mark.parametrize("when", ["instead", "after"])
def test_killed_at_a_request(zygote, tmp_path, number, when):
    with scene(tmp_path, zygote, PEOPLE) as set_:
        set_.sandbox.arm(Wire(number, when, partial(set_.signal, signal.SIGKILL)))
        assert set_.run(*MAIL).code == -signal.SIGKILL

        assert finish(set_)["counts"]["sent"] == PEOPLE
        assert_each_once(set_, PEOPLE)


@pytest.mark.parametrize("number", range(2, REQUESTS + 1))
@pytest.mark.parametrize("answer", [cut, gateway_timeout])
def test_an_answer_that_is_lost(zygote, tmp_path, number, answer):
    with scene(tmp_path, zygote, PEOPLE) as set_:
        set_.sandbox.arm(Wire(number, "", answer=answer))
        ran = set_.run(*MAIL)

        assert ran.code in (0, 6), ran.err
        assert finish(set_)["counts"]["sent"] == PEOPLE
        assert_each_once(set_, PEOPLE)


def test_told_to_stop_it_notes_what_is_under_way(zygote, tmp_path):
    with scene(tmp_path, zygote, 40) as set_:
        set_.sandbox.arm(Wire(10, "after", partial(set_.signal, signal.SIGTERM)))
        ran = set_.run(*MAIL)

        assert ran.code == 130
        assert len(sent(set_.sandbox)) < 40
        assert finish(set_)["counts"]["sent"] == 40
        assert_each_once(set_, 40)


def test_a_run_that_is_abandoned_while_it_sends_stops_there(zygote, tmp_path):
    """No address is left, and no message without one is tried."""
    with scene(tmp_path, zygote, 60) as set_:
        set_.play.edit("emailops.yaml", "    source: file\n", "    source: file\n    per_minute: 600\n")

        def abandon():
            set_.sandbox.arm(Wire(0, ""))
            run = set_.play.run("mailings", "--runs", "--format", "json").json[0]["run"]
            assert set_.play.run(*MAIL[:4], "--abandon", run).code == 6

        set_.sandbox.arm(Wire(10, "after", abandon))
        report = json.loads(set_.run(*MAIL).out)

        assert (report["counts"]["failed"], len(sent(set_.sandbox)) < 60) == (0, True), report


def test_a_message_that_arrives_long_after_its_connection_was_cut_is_not_sent_again(zygote, tmp_path):
    """It is on its way for 100 seconds: whoever looks at once finds nothing, and must not send it."""
    with scene(tmp_path, zygote, PEOPLE) as set_:
        late = {"route": "POST /v2/notifications/email", "do": "late", "seconds": 100, "times": 1, "after": 1}
        set_.sandbox.set_faults([late])
        first = set_.run(*MAIL)
        again = set_.run(*MAIL)

        assert (first.code, again.code) == (6, 6)
        assert len(sent(set_.sandbox)) == PEOPLE - 1
        set_.sandbox.advance(101)
        assert finish(set_)["counts"]["sent"] == PEOPLE
        assert_each_once(set_, PEOPLE)


def test_killed_while_it_is_begun_it_has_sent_nothing_and_begins_anew(zygote, tmp_path):
    with scene(tmp_path, zygote, PEOPLE) as set_:
        set_.sandbox.arm(Wire(1, "after", partial(set_.signal, signal.SIGKILL)))
        assert set_.run(*MAIL).code == -signal.SIGKILL
        assert sent(set_.sandbox) == []

        (set_.play.folder / "people.csv").write_text("email address,name\n" + f"{people(1)[0]},Ann\n")
        assert finish(set_)["total"] == 1
        assert_each_once(set_, 1)


@pytest.fixture(scope="module")
def requests_of_a_campaign(zygote, tmp_path_factory):
    with news_scene(tmp_path_factory.mktemp("campaign"), zygote) as set_:
        set_.sandbox.arm(Wire(0, ""))
        assert set_.run(*NEWS).code == 0
        return set_.sandbox.number


@pytest.mark.parametrize("when", ["instead", "after"])
def test_a_campaign_killed_at_each_request_goes_out_once(zygote, tmp_path_factory, requests_of_a_campaign, when):
    for number in range(1, requests_of_a_campaign + 1):
        with news_scene(tmp_path_factory.mktemp(f"killed-{number}"), zygote) as set_:
            set_.sandbox.arm(Wire(number, when, partial(set_.signal, signal.SIGKILL)))
            assert set_.run(*NEWS).code == -signal.SIGKILL
            ran = finished(set_, NEWS)

            assert ran.code == 0, (number, ran.out, ran.err)
            assert_sent_once(set_, routes=1)


@pytest.mark.parametrize("answer", [cut, gateway_timeout])
def test_a_campaign_whose_answer_is_lost_goes_out_once(zygote, tmp_path_factory, requests_of_a_campaign, answer):
    for number in range(1, requests_of_a_campaign + 1):
        with news_scene(tmp_path_factory.mktemp(f"lost-{number}"), zygote) as set_:
            set_.sandbox.arm(Wire(number, "", answer=answer))
            set_.run(*NEWS)
            ran = finished(set_, NEWS)

            assert ran.code == 0, (number, ran.out, ran.err)
            assert_sent_once(set_, routes=1)


def test_a_campaign_that_arrives_long_after_its_connection_was_cut_is_not_made_twice(zygote, tmp_path):
    """Mailchimp works on it for 100 seconds: whoever looks at once finds none, and must not make another."""
    with marketplace_scene(tmp_path, zygote) as set_:
        set_.sandbox.set_faults([{"route": "POST /3.0/campaigns", "do": "late", "seconds": 100, "times": 1}])
        first, again = set_.run(*CAMPAIGN), set_.run(*CAMPAIGN, pid_file=set_.folder / "operator")

        assert [[route["status"] for route in json.loads(ran.out)["routes"]] for ran in (first, again)] == [
            ["unknown", "sent"],
            ["unknown", "already sent"],
        ]
        assert len(campaigns(set_.play)) == 1
        set_.sandbox.advance(101)
        assert finished(set_).code == 0
        assert_sent_once(set_)


@pytest.mark.parametrize("number", [4, 30, 120])
@pytest.mark.parametrize("when", ["instead", "after"])
def test_three_workers_at_one_sqlite_file_one_of_them_killed(zygote, tmp_path, number, when):
    with scene(tmp_path, zygote, 200) as set_:
        set_.play.edit("emailops.yaml", "    source: file\n", "    source: file\n    per_minute: 60000\n")

        def kill_one():
            os.kill(int((set_.folder / "worker-0").read_text()), signal.SIGKILL)

        set_.sandbox.arm(Wire(number, when, kill_one))
        running = [set_.start(*MAIL, pid_file=set_.folder / f"worker-{n}") for n in range(3)]
        ended = [set_.wait(run).code for run in running]

        assert ended.count(-signal.SIGKILL) == 1, [run.err for run in running]
        assert finish(set_)["counts"]["sent"] == 200
        assert_each_once(set_, 200)
