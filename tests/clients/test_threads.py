"""Sixteen threads share one client."""

from __future__ import annotations

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from emailops_clients import MailchimpClient, NotifyClient, Outcome
from emailops_clients.sessions import Sessions

from .accounts import AUDIENCES, LIVE_KEY, MAILCHIMP_KEY, POETRY, SAFE, TEMPLATES
from .loading import command
from .sandbox import Sandbox

THREADS, EACH = 16, 10


def test_each_of_sixteen_sends_what_it_was_given(sandbox: Sandbox) -> None:
    client = NotifyClient(LIVE_KEY, templates=TEMPLATES, redirects={"example.com": SAFE})

    def send(thread: int) -> None:
        for turn in range(EACH):
            name = f"{thread}-{turn}"
            domain = "example.com" if turn % 2 else "readers.example.org"
            client.send_email(f"{name}@{domain}", "order_sent", {"number": name, "name": name}, reference=name)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(send, range(THREADS)))
    messages = sandbox.state()["messages"]
    assert len(messages) == THREADS * EACH
    for message in messages:
        name, turn = message["reference"], int(message["reference"].split("-")[1])
        assert message["personalisation"] == {"number": name, "name": name}
        recipient, original = message["recipient"], message.get("original")
        assert (recipient, original) == (
            (SAFE, f"{name}@example.com") if turn % 2 else (f"{name}@readers.example.org", None)
        )


def test_each_of_sixteen_subscribes_whom_it_was_given(sandbox: Sandbox) -> None:
    audience = MailchimpClient(MAILCHIMP_KEY, audiences=AUDIENCES).audience("spring-2026", "poetry")

    def subscribe(thread: int) -> list[Outcome]:
        return [audience.subscribe(f"{thread}-{turn}@readers.example.net.uk") for turn in range(EACH)]

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = [outcome for outcomes in threads.map(subscribe, range(THREADS)) for outcome in outcomes]
    assert outcomes == [Outcome.SUBSCRIBED] * THREADS * EACH
    assert len(sandbox.members(POETRY)) == THREADS * EACH


def test_a_thread_keeps_its_session_and_no_other_has_it() -> None:
    sessions = Sessions("http://127.0.0.1", {"": 60.0})
    barrier = threading.Barrier(THREADS)

    def mine(_: int) -> int:
        barrier.wait()
        first, second = sessions.mine, sessions.mine
        barrier.wait()
        assert first is second
        return id(first)

    with ThreadPoolExecutor(THREADS) as threads:
        assert len(set(threads.map(mine, range(THREADS)))) == THREADS


FORKED = """
import os
from emailops_clients.sessions import Sessions

sessions = Sessions("http://127.0.0.1", {"": 60.0})
before = sessions.mine
child = os.fork()
if child == 0:
    os._exit(int(sessions.mine is before))
_, status = os.waitpid(child, 0)
assert status == 0, "the child had the session of its parent"
assert sessions.mine is before, "the parent lost its session"
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_a_child_process_does_not_speak_on_its_parent_s_connection() -> None:
    subprocess.run(command(FORKED), check=True)
