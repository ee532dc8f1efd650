"""Mailchimp answers ten requests of one key at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests

from emailops.sandbox import Sandbox
from emailops.sandbox.serving.connections import MOST, Connections

from .accounts import API_KEY, OTHER_API_KEY, accounts
from .test_mailchimp_lists import call, problem

SLOW = [{"route": "GET /3.0/lists", "do": "slow", "seconds": 600}]


def test_the_eleventh_at_a_time_is_one_too_many() -> None:
    with ThreadPoolExecutor(MOST) as threads, Sandbox(accounts()) as sandbox:
        sandbox.set_faults(SLOW)
        for _ in range(MOST):
            threads.submit(hold, sandbox)
        answers = (call(sandbox, "GET ping") for _ in range(10_000))
        answer = next(answer for answer in answers if not answer.ok)
        assert problem(answer) == (
            429,
            "Too Many Requests",
            "You have exceeded the limit of 10 simultaneous connections.",
        )
        assert not answer.headers.keys() & {"Retry-After", "X-RateLimit-Limit"}
        assert call(sandbox, "GET ping", key=OTHER_API_KEY).ok
        assert sandbox.requests[-2].status == 429


@pytest.mark.parametrize("others", [0, 3])
def test_who_is_answered_makes_room(others: int) -> None:
    connections = Connections()
    with suppress(ZeroDivisionError), connections.holding(API_KEY):
        raise ZeroDivisionError
    for _ in range(MOST + others):
        with connections.holding(API_KEY) as has_room:
            assert has_room


def hold(sandbox: Sandbox) -> None:
    """One of the ten, until the sandbox stops; again when a ping was in its place."""
    with suppress(requests.RequestException):
        while requests.get(f"{sandbox.mailchimp_url}lists", auth=("anyone", API_KEY), timeout=60).status_code == 429:
            pass
