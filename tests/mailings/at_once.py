"""Two runs that begin at the same moment, and what must hold then, whichever ledger they share."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

from emailops.mailings.campaign_claims import CampaignClaims
from emailops.mailings.send_ledger import SendLedger
from emailops.mailings.sends import Draft, MailRun, RunState
from emailops.private import Address, Secret
from tests.crash.scene import Scene, Zygote
from tests.crash.tripping import Wire
from tests.mailings.campaign_scene import CAMPAIGN, assert_sent_once, finished, marketplace_scene

MANY = 100
RUNS = 4
SLOW = [{"route": f"{method} /3.0/campaigns", "do": "slow", "seconds": 0.05} for method in ("GET", "POST")]
"""So that whoever only looks first has looked before any other has made one."""


def at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """What each of so many threads got, that all began together."""
    barrier = Barrier(number)

    def begun(which: int) -> Any:
        barrier.wait()
        return act(which)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begun, range(number)))


def assert_one_takes_a_claim(url: str) -> None:
    """Many times, of a campaign that nobody began and of one whose run was killed long ago."""
    several = [CampaignClaims(Secret(url)) for _ in range(RUNS)]
    for name in range(MANY):
        for now in (1000.0, 1200.0):
            found = at_once(RUNS, lambda which, name=name, now=now: several[which].take(f"{name}", now))
            assert sorted(found) == [0.0, *[130.0] * (RUNS - 1)]
    for claims in several:
        claims.close()


def assert_one_begins(url: str) -> None:
    """Many times: two files for one mailing, of which each may hold the same people."""
    for name in range(MANY // 4):

        def begun(which: int, name: int = name) -> MailRun:
            run = MailRun(0, f"{name}-{which}", f"m{name}", "s", f"file {which}", 0, "t", "", 0, RunState.open)
            draft = Draft(1, "digest", "reference", Address("ann@people.example"), "{}")
            with closing(SendLedger(Secret(url))) as ledger:
                return ledger.begin(run, [draft], asked_first=False)

        assert len({run.id for run in at_once(RUNS, begun)}) == 1
    with closing(SendLedger(Secret(url))) as ledger:
        assert len(ledger.every_run()) == MANY // 4


def started(set_: Scene, number: int) -> list[Any]:
    return [set_.start(*CAMPAIGN, pid_file=set_.folder / f"run-{which}") for which in range(number)]


def statuses(said: str) -> list[str]:
    return [route["status"] for route in json.loads(said)["routes"]]


def assert_campaign_goes_out_once(folder: Path, zygote: Zygote, url: str | None) -> None:
    """Whoever was not the first says so, and nobody makes or sends a second one."""
    with marketplace_scene(folder, zygote, url) as set_:
        set_.sandbox.set_faults(SLOW)
        ran = [set_.wait(run) for run in started(set_, RUNS)]

        assert_sent_once(set_)
        each = list(zip(*(statuses(run.out) for run in ran), strict=True))
        assert all(sorted({*status} - {"already sent", "unknown"}) == ["sent"] for status in each), each
        assert all(status.count("sent") == 1 for status in each), each
        assert {run.code for run in ran} <= {0, 6}
        assert all("another run is sending it" in run.out for run in ran if run.code)
        assert finished(set_).code == 0
        assert_sent_once(set_)


def assert_campaign_goes_out_once_though_one_is_killed(
    folder: Path, zygote: Zygote, url: str | None, number: int, when: str
) -> None:
    """At whichever request of all of them, both of the one that is first and of those that come after."""
    with marketplace_scene(folder, zygote, url) as set_:

        def kill_first() -> None:
            set_.sandbox.arm(Wire(0, ""))
            set_.signal(signal.SIGKILL)

        set_.sandbox.arm(Wire(number, when, kill_first))
        running = [set_.start(*CAMPAIGN), *started(set_, 1)]
        for run in running:
            set_.wait(run)

        assert finished(set_).code == 0, (number, when)
        assert_sent_once(set_)
