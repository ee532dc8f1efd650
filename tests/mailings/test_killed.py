"""A notice that is killed at whatever request, and run again: each recipient has it exactly once."""

from __future__ import annotations

import json
import signal
from functools import partial

import pytest

from tests.crash.scene import Zygote
from tests.crash.tripping import Wire, cut, gateway_timeout
from tests.mailings.scene import MAIL, assert_each_once, finish, people, scene, sent

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
