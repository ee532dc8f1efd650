"""Mailings on real PostgreSQL and Redis: several workers, killed at whatever request, and each recipient once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest

from emailops.mailings.cluster import TIMED, application
from emailops.private import Secret
from tests.crash.scene import Zygote
from tests.crash.tripping import Wire, cut
from tests.extra.servers import postgresql, redis
from tests.mailings.at_once import (
    assert_campaign_goes_out_once,
    assert_campaign_goes_out_once_though_one_is_killed,
    assert_one_begins,
    assert_one_takes_a_claim,
)
from tests.mailings.campaign_scene import NEWS, assert_sent_once, finished, news_scene
from tests.mailings.scene import MAIL, SETTLED, assert_each_once, finish, got, people, scene, sent
from tests.mailings.source_api import source_api

PEOPLE = 5
MANY = 300
LARGE = 900
"""More than one chunk of the size that is set here, and less than Notify takes at once."""
WORKERS = 3
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server():
    with postgresql() as url:
        yield url


@pytest.fixture(scope="module")
def broker():
    with redis() as url:
        yield url


@pytest.fixture
def database(server):
    """As good as new for each test."""
    forget(server)
    return server


def forget(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


@pytest.fixture(scope="module")
def zygote():
    warm = Zygote()
    yield warm
    warm.close()


def fast(set_):
    """So many messages a minute that a test does not wait."""
    set_.play.edit("emailops.yaml", "    source: file\n", "    source: file\n    per_minute: 60000\n")


def workers(set_, number):
    """So many at the same run, each a process of its own."""
    return [set_.start(*MAIL, pid_file=set_.folder / f"worker-{n}") for n in range(number)]


@pytest.mark.parametrize("number", range(1, PEOPLE + 2))
@pytest.mark.parametrize("when", ["instead", "after"])
def test_one_worker_killed_at_a_request(zygote, database, tmp_path, number, when):
    with scene(tmp_path, zygote, PEOPLE, database) as set_:
        set_.sandbox.arm(Wire(number, when, partial(set_.signal, signal.SIGKILL)))
        assert set_.run(*MAIL).code == -signal.SIGKILL

        assert finish(set_)["counts"]["sent"] == PEOPLE
        assert_each_once(set_, PEOPLE)


def test_three_workers_at_one_run(zygote, database, tmp_path):
    with scene(tmp_path, zygote, MANY, database) as set_:
        fast(set_)
        for run in workers(set_, WORKERS):
            assert set_.wait(run).code == 0, run.err

        assert finish(set_)["counts"]["sent"] == MANY
        assert_each_once(set_, MANY)
        assert len({json.loads(run.out)["run"] for run in set_.said}) == 1


@pytest.mark.parametrize("number", [4, 12, 40, 150])
@pytest.mark.parametrize("when", ["instead", "after"])
def test_three_workers_one_of_them_killed(zygote, database, tmp_path, number, when):
    with scene(tmp_path, zygote, MANY, database) as set_:
        fast(set_)

        def kill_one():
            import os

            os.kill(int((set_.folder / "worker-0").read_text()), signal.SIGKILL)

        set_.sandbox.arm(Wire(number, when, kill_one))
        ended = [set_.wait(run).code for run in workers(set_, WORKERS)]

        assert ended.count(-signal.SIGKILL) == 1
        assert finish(set_)["counts"]["sent"] == MANY
        assert_each_once(set_, MANY)


def test_an_answer_that_is_lost_by_one_of_three(zygote, database, tmp_path):
    with scene(tmp_path, zygote, MANY, database) as set_:
        fast(set_)
        set_.sandbox.arm(Wire(60, "", answer=cut))
        codes = [set_.wait(run).code for run in workers(set_, WORKERS)]

        # The worker whose answer was cut may stop there, with what it has sent; the others go on.
        assert set(codes) <= {0, 5, 6}
        assert codes.count(5) <= 1
        assert finish(set_)["counts"]["sent"] == MANY
        assert_each_once(set_, MANY)


def test_no_address_stays_in_the_database(zygote, database, tmp_path):
    with scene(tmp_path, zygote, PEOPLE, database) as set_:
        assert set_.run(*MAIL).code == 0
        with psycopg.connect(database) as connection:
            rows = connection.execute("select count(*), count(address), count(personalisation) from sends").fetchone()
        assert rows == (PEOPLE, 0, 0)


def test_a_database_whose_connections_break_makes_nobody_get_it_twice(zygote, database, tmp_path):
    with scene(tmp_path, zygote, 60, database) as set_:

        def break_connections():
            with psycopg.connect(database, autocommit=True) as connection:
                others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                connection.execute(f"{others} and datname = 'sends'")

        set_.sandbox.arm(Wire(20, "after", break_connections))
        ran = set_.run(*MAIL)

        assert ran.code in (0, 1), (ran.out, ran.err)
        assert ran.code == 0 or "cannot be reached or written" in ran.err
        assert finish(set_)["counts"]["sent"] == 60
        assert_each_once(set_, 60)


@pytest.mark.parametrize("when", ["instead", "after"])
def test_a_campaign_killed_at_each_request_goes_out_once(zygote, database, tmp_path_factory, when):
    for number in count(1):
        with news_scene(tmp_path_factory.mktemp(f"killed-{number}"), zygote, database) as set_:
            set_.sandbox.arm(Wire(number, when, partial(set_.signal, signal.SIGKILL)))
            if set_.run(*NEWS).code == 0:
                break
            assert finished(set_, NEWS).code == 0, number
            assert_sent_once(set_, routes=1)
            forget(database)
    assert number > 6


def test_one_takes_a_claim(database):
    assert_one_takes_a_claim(database)


def test_one_begins_a_run(database):
    assert_one_begins(database)


def test_a_campaign_of_runs_that_begin_at_once_goes_out_once(zygote, database, tmp_path):
    assert_campaign_goes_out_once(tmp_path, zygote, database)


@pytest.mark.parametrize("number", [3, 7, 12])
def test_a_campaign_of_runs_that_begin_at_once_goes_out_once_though_one_is_killed(zygote, database, tmp_path, number):
    assert_campaign_goes_out_once_though_one_is_killed(tmp_path, zygote, database, number, "after")


def worker(set_, broker, number, command="worker"):
    """A worker of Celery's, or its beat, a process of its own."""
    with (set_.folder / f"worker-{number}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "emailops", command, "--queue", "env:QUEUE"],
            cwd=set_.play.folder,
            env={**set_.play.environment, "QUEUE": broker, "EMAILOPS_PATIENCE": "150", "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )


def queued(set_, broker):
    set_.play.environment |= {
        "QUEUE": broker,
        "EMAILOPS_SECRETS": "env:QUEUE env:NOTIFY_KEY_TRIAL env:NOTIFY_KEY_PERMITS",
    }
    return (*MAIL, "--queue", "env:QUEUE")


@pytest.mark.parametrize("number", [1, 3])
def test_celery_hands_a_mailing_to_its_workers(zygote, database, broker, tmp_path, number):
    with scene(tmp_path, zygote, LARGE, database) as set_:
        fast(set_)
        arguments = queued(set_, broker)
        running = [worker(set_, broker, n) for n in range(number)]
        try:
            ran = set_.run(*arguments)
        finally:
            for process in running:
                process.terminate()
                process.wait(60)

        assert ran.code == 0, (ran.out, ran.err, (tmp_path / "worker-0.log").read_text())
        assert json.loads(ran.out)["counts"]["sent"] == LARGE
        assert_each_once(set_, LARGE)


def test_a_worker_of_celerys_that_is_killed_and_a_chunk_that_comes_twice(zygote, database, broker, tmp_path):
    """Whoever runs it again hands every chunk out again; the send ledger knows who has the message."""
    with scene(tmp_path, zygote, 400, database) as set_:
        fast(set_)
        arguments = queued(set_, broker)
        first = worker(set_, broker, 0)
        set_.sandbox.arm(Wire(100, "after", first.kill))
        waiting = set_.start(*arguments)
        first.wait(60)
        assert 90 < len(sent(set_.sandbox)) < 400
        set_.signal(signal.SIGTERM)
        set_.wait(waiting)

        set_.sandbox.advance(SETTLED)
        second = worker(set_, broker, 1)
        try:
            ran = set_.run(*arguments)
        finally:
            second.terminate()
            second.wait(60)

        assert ran.code == 0, (ran.out, ran.err, (tmp_path / "worker-1.log").read_text())
        assert got(set_.sandbox) == Counter(people(400))


def test_a_worker_without_the_key_says_so_to_whoever_waits(zygote, database, broker, tmp_path):
    with scene(tmp_path, zygote, PEOPLE, database) as set_:
        arguments = queued(set_, broker)
        key = set_.play.environment.pop("NOTIFY_KEY_TRIAL")
        running = worker(set_, broker, 0)
        set_.play.environment["NOTIFY_KEY_TRIAL"] = key
        try:
            ran = set_.run(*arguments)
        finally:
            running.terminate()
            running.wait(60)

        assert ran.code == 1, (ran.out, ran.err)
        assert "a worker: the key development is not here" in ran.out
        assert sent(set_.sandbox) == []


FROM_API = """
  timely:
    kind: notice
    stages: {development: anywhere}
    timed: {development: "%s"}
    daily: true
    source: {url: "%s", path: /people, items: people}
    template: permit_granted
    placeholders: {name: "{name}"}
"""
PEOPLE_OF_AN_API = [{"email address": address, "name": "Ann"} for address in people(PEOPLE)]


@contextmanager
def timed(set_, when):
    """The scene's state with a mailing that is timed so, and the API that it reads."""
    with source_api({"/people": (200, {"people": PEOPLE_OF_AN_API})}) as api:
        root = set_.play.state / "emailops.yaml"
        line = f"{when.minute} {when.hour} * * *"
        root.write_text(root.read_text() + FROM_API.removeprefix("\n") % (line, api.url))
        yield


def test_beat_hands_out_what_is_timed_and_a_worker_sends_it_once(zygote, database, broker, tmp_path):
    with scene(tmp_path, zygote, PEOPLE, database) as set_, timed(set_, datetime.now(UTC) + timedelta(minutes=1)):
        queued(set_, broker)
        running = [worker(set_, broker, 0), worker(set_, broker, 1, command="beat")]
        try:
            _wait_until(lambda: len(sent(set_.sandbox)) == PEOPLE)
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait(60)

        assert got(set_.sandbox) == Counter(people(PEOPLE)), (tmp_path / "worker-0.log").read_text()


def test_what_beat_hands_out_hours_late_is_refused_and_the_worker_says_how_to_send_it(
    zygote, database, broker, tmp_path
):
    with scene(tmp_path, zygote, PEOPLE, database) as set_, timed(set_, datetime.now(UTC) - timedelta(hours=3)):
        queued(set_, broker)
        with application(Secret(broker)) as app:
            app.send_task(TIMED, kwargs={"mailing": "timely", "stage": "development"})
        running, log = worker(set_, broker, 0), tmp_path / "worker-0.log"
        try:
            _wait_until(lambda: "if it should still go out" in log.read_text())
        finally:
            running.terminate()
            running.wait(60)

        assert "emailops mail timely --stage development" in log.read_text()
        assert sent(set_.sandbox) == []


def _wait_until(is_so):
    for _ in range(900):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come")


def test_a_queue_needs_a_database_that_all_machines_reach(zygote, broker, tmp_path):
    with scene(tmp_path, zygote, PEOPLE) as set_:
        ran = set_.run(*queued(set_, broker))

        assert ran.code == 1
        assert "EMAILOPS_DATABASE is not PostgreSQL" in ran.err
        assert sent(set_.sandbox) == []


def test_a_queue_that_is_not_there(zygote, database, tmp_path):
    with scene(tmp_path, zygote, PEOPLE, database) as set_:
        ran = set_.run(*queued(set_, "redis://127.0.0.1:9/0"))

        assert ran.code == 1, ran.out
        assert "the queue cannot be reached" in ran.err
