"""Receivers on a real PostgreSQL that they share: none loses what it answered, and each account is changed once."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import requests

from emailops.private import Secret
from emailops.receipts import payload
from emailops.receipts.follow_ups import FollowUps, FollowUpState
from emailops.receipts.store import ReceiptStore
from tests.extra.servers import postgresql, redis
from tests.receipts.served import NEW, receipt, serving, state_with
from tests.receipts.test_aftermath import callback, users_api
from tests.sandbox.receiver import eventually

PROCESSES, THREADS, LEAST = 3, 4, 600


def test_three_processes_of_which_one_is_killed_keep_all_that_was_answered(tmp_path):
    answered: set[int] = set()
    numbers, lock, halt = itertools.count(), threading.Lock(), threading.Event()

    def post(url: str) -> None:
        with requests.Session() as session:
            while not halt.is_set():
                with lock:
                    number = next(numbers)
                try:
                    # The same twice, as Notify does when an answer is late.
                    codes = {
                        session.post(
                            url, json=receipt(number), headers={"Authorization": f"Bearer {NEW}"}, timeout=30
                        ).status_code
                        for _ in range(2)
                    }
                except requests.RequestException:
                    continue
                if 200 in codes:
                    with lock:
                        answered.add(number)

    with postgresql() as database, ExitStack() as stack:
        served = []
        for number in range(PROCESSES):
            (tmp_path / str(number)).mkdir()
            served.append(stack.enter_context(serving(tmp_path / str(number), database=database)))
        threads = [threading.Thread(target=post, args=(each.url,)) for each in served for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        assert eventually(lambda: len(answered) > LEAST, 60)
        served[0].kill()
        assert eventually(lambda: len(answered) > 2 * LEAST, 60)
        halt.set()
        for thread in threads:
            thread.join()
        store = ReceiptStore(Secret(database))
        assert all(len(store.by_id(receipt(number)["id"])) == 1 for number in answered)
        store.close()


def test_several_processes_make_each_account_inactive_once(tmp_path):
    with postgresql() as database, users_api() as api, ExitStack() as stack:
        for number in range(30):
            address = receipt(number)["to"]
            api.users[address] = {"id": number, "emailAddress": address, "active": True}
        served = []
        for number in range(PROCESSES):
            (tmp_path / str(number)).mkdir()
            served.append(
                stack.enter_context(serving(tmp_path / str(number), callback=callback(api), database=database))
            )
        for number, each in zip(range(30), itertools.cycle(served), strict=False):
            assert each.post(receipt(number, "permanent-failure")).status_code == 200
        store = ReceiptStore(Secret(database))
        assert eventually(lambda: FollowUps(store).count() == {FollowUpState.done: 30}, 60)
        store.close()

    assert sorted(path for path, _ in api.changes) == sorted(f"/users/{number}" for number in range(30))


def test_workers_of_celerys_do_it_too_each_account_once(tmp_path):
    with postgresql() as database, redis() as broker, users_api() as api, ExitStack() as stack:
        for number in range(30):
            address = receipt(number)["to"]
            api.users[address] = {"id": number, "emailAddress": address, "active": True}
        state = state_with(tmp_path, callback(api))
        store = ReceiptStore(Secret(database), "permits")
        told = [receipt(number, "permanent-failure") for number in range(30)]
        store.record([payload.read(json.dumps(each).encode(), "", time.time()) for each in told], ["permanent-failure"])
        for number in range(3):
            stack.enter_context(worker(tmp_path / f"worker-{number}.log", state, database, broker))
        assert eventually(lambda: FollowUps(store).count() == {FollowUpState.done: 30}, 60)
        store.close()
        logs = "".join(log.read_text() for log in tmp_path.glob("worker-*.log"))

    assert sorted(path for path, _ in api.changes) == sorted(f"/users/{number}" for number in range(30))
    assert logs.count("User account disabled for ") == 30


@contextmanager
def worker(log: Path, state: Path, database: str, broker: str) -> Iterator[None]:
    variables = {
        "EMAILOPS_SECRETS": "env:QUEUE env:API_TOKEN",
        "EMAILOPS_DATABASE": database,
        "QUEUE": broker,
        "API_TOKEN": "the-token-of-the-api",
    }
    command = [sys.executable, "-m", "emailops", "worker", "--queue", "env:QUEUE", "--receipts", "--state", str(state)]
    with (
        log.open("w") as file,
        subprocess.Popen(command, env=os.environ | variables, stdout=file, stderr=file) as running,
    ):
        try:
            yield
        finally:
            running.terminate()
            running.wait(30)


def test_a_database_that_goes_away_makes_notify_try_again(tmp_path):
    with postgresql() as database, serving(tmp_path, database=database) as served:
        assert served.post(receipt(1)).status_code == 200
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("alter table receipts rename to away")
            assert served.post(receipt(2)).status_code == 503
            connection.execute("alter table away rename to receipts")
            others = "pid <> pg_backend_pid() and datname = current_database()"
            connection.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}")

        assert eventually(lambda: served.post(receipt(2)).status_code == 200, 30)
        store = served.store()
        assert [len(store.by_id(receipt(number)["id"])) for number in (1, 2)] == [1, 1]
        store.close()
