"""What is done to an apply, and where; then an operator comes, and all must be as if nothing had been."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from tests.cloning import remote_of
from tests.crash.scene import CREATED, Run, Scene, Zygote, another, scene
from tests.crash.tripping import Wire, cut, gateway_timeout
from tests.hostile.answers import ANSWERS

APPLY = ("apply", "plan.json", "--format", "json")
CLONES = 8
LATE = 100
LONGER_THAN_FRESH = 6
"""Seconds after which a write to the ledger no longer allows one to a provider."""

KILL, TERM = signal.SIGKILL, signal.SIGTERM


@dataclass(frozen=True)
class Measure:
    """How an undisturbed apply goes: what it came to, its requests, those that write, and its ledger writes."""

    outcome: dict[str, Any]
    requests: int
    writes: int
    noted: int


@dataclass(frozen=True)
class Case:
    name: str
    ledger: str
    play: Callable[[Scene, Measure], None]


def measure(folder: Path, ledger: str, zygote: Zygote) -> Measure:
    """An apply that nothing disturbs."""
    with scene(folder / "scene", ledger, zygote) as set_:
        count = _counting(set_)
        set_.sandbox.arm(Wire(0, ""))
        ran = set_.run(*APPLY, **count.options)
        assert ran.code == 6, (ran.out, ran.err)
        set_.assert_true(ran)
        writes = [request for request in set_.sandbox.requests if request.method != "GET"]
        return Measure(set_.outcome(), set_.sandbox.number, len(writes), count.read())


def every_case(ledger: str, measured: Measure) -> Iterator[Case]:
    """Every request and every ledger write, in every way."""
    for number in range(1, measured.requests + 1):
        for told, when in product((KILL, TERM), ("before", "after")):
            yield Case(f"{told.name} {when} request {number}", ledger, partial(signalled, number, when, told))
        yield Case(f"the answer of request {number} cut", ledger, partial(answered, Wire(number, "", answer=cut)))
        for name, spoil in ANSWERS.items() if ledger == "files" else ():
            yield Case(f"hostile: {name}, to request {number}", ledger, partial(spoiled, Wire(number, "", spoil=spoil)))
    for number in range(1, measured.writes + 1):
        for name, spoil in ANSWERS.items() if ledger == "git" else ():
            wire = Wire(number, "", spoil=spoil, writes_only=True)
            yield Case(f"hostile: {name}, to write {number}", ledger, partial(spoiled, wire))
        wire = Wire(number, "", answer=gateway_timeout, writes_only=True)
        yield Case(f"504 after write {number}", ledger, partial(answered, wire))
        yield Case(f"write {number} done {LATE} seconds after the cut", ledger, partial(late, number))
    for number in range(1, measured.noted + 1):
        for told, when in product((KILL, TERM), ("before", "after")):
            yield Case(f"{told.name} {when} ledger write {number}", ledger, partial(at_note, number, when, told))
    if ledger == "git":
        yield from _cases_of_a_branch(measured)


def _cases_of_a_branch(measured: Measure) -> Iterator[Case]:
    for number in range(1, measured.noted + 1):
        yield Case(f"ledger write {number} refused", "git", partial(at_note, number, "before", None))
        yield Case(f"the answer of ledger write {number} lost", "git", partial(at_note, number, "after", None))
        yield Case(f"lease broken while stopped in ledger write {number}", "git", partial(stopped_at_note, number))
    for number in range(1, measured.requests + 1):
        yield Case(f"lease broken while stopped in request {number}", "git", partial(stopped, number))
    yield Case("eight applies together", "git", eight_together)


def play(case: Case, folder: Path, measured: Measure, zygote: Zygote) -> None:
    """One case, from a new world to the check that nothing is doubled, lost or told."""
    with scene(folder, case.ledger, zygote) as set_:
        case.play(set_, measured)
        assert set_.outcome() == measured.outcome
        last = set_.run("plan", "--detailed-exitcode", "--format", "json")
        left = [change for change in json.loads(last.out)["changes"] if change["control"] == "managed"]
        assert left == [], left
        set_.assert_clean()


def signalled(number: int, when: str, told: signal.Signals, set_: Scene, _: Measure) -> None:
    """A request that was not sent any more is one that its dead client never sent: it is not carried out."""
    where = "instead" if when == "before" and told is KILL else when
    set_.sandbox.arm(Wire(number, where, lambda: set_.signal(told)))
    _then(set_, set_.run(*APPLY), told)


def answered(wire: Wire, set_: Scene, _: Measure) -> None:
    set_.sandbox.arm(wire)
    _then(set_, set_.run(*APPLY), None)


def spoiled(wire: Wire, set_: Scene, _: Measure) -> None:
    """An answer that lies, that never ends, or that repeats what it was sent: the run ends by itself, and tells."""
    hasty = {"EMAILOPS_DEADLINE": "2", "EMAILOPS_PATIENCE": "0"}
    set_.play.environment |= hasty
    set_.sandbox.arm(wire)
    ran = set_.run(*APPLY)
    for name in hasty:
        del set_.play.environment[name]
    assert ran.code != 70, ran.err
    _then(set_, ran, None)


def late(number: int, set_: Scene, _: Measure) -> None:
    """This write is carried out long after its connection was cut, and maybe after the operator has come."""
    fault = {"route": "P* *", "do": "late", "seconds": LATE, "after": number - 1, "times": 1}
    set_.sandbox.set_faults([fault])
    _then(set_, set_.run(*APPLY), None)
    set_.sandbox.advance(LATE)


def at_note(number: int, when: str, told: signal.Signals | None, set_: Scene, _: Measure) -> None:
    count = _counting(set_)
    count.arm(number, when, told)
    ran = set_.run(*APPLY, **count.options)
    count.disarm()
    _then(set_, ran, told)


def stopped(number: int, set_: Scene, _: Measure) -> None:
    """Its holder hangs in a request; somebody breaks the lease and finishes; then the holder goes on."""
    hangs = threading.Event()

    def stop() -> None:
        set_.signal(signal.SIGSTOP)
        hangs.set()

    set_.sandbox.arm(Wire(number, "before", stop))
    first = set_.start(*APPLY)
    assert hangs.wait(60)
    set_.sandbox.arm(Wire(0, ""))
    _overtake(set_, first)


def stopped_at_note(number: int, set_: Scene, _: Measure) -> None:
    """The same, while a push of the holder goes through."""
    count = _Pushes(set_)
    count.arm(number, "after", signal.SIGSTOP)
    first = set_.start(*APPLY)
    end = time.monotonic() + 60
    while count.read() < number:
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.2)
    count.disarm()
    _overtake(set_, first)


def _overtake(set_: Scene, first: Run) -> None:
    since = time.monotonic()
    set_.recover(another(set_, "another"))
    after = set_.outcome()
    time.sleep(max(0, since + LONGER_THAN_FRESH - time.monotonic()))
    set_.signal(signal.SIGCONT)
    set_.wait(first)
    set_.assert_true(first)
    assert set_.outcome() == after


def eight_together(set_: Scene, _: Measure) -> None:
    """The one that holds the lease is kept from its first request until the others have ended."""
    others_ended = threading.Event()
    set_.sandbox.arm(Wire(1, "before", lambda: others_ended.wait(60) and None))
    clones = [another(set_, f"clone-{number}") for number in range(CLONES)]
    for clone in clones:
        (clone.folder / "plan.json").write_bytes((set_.play.folder / "plan.json").read_bytes())
    for number, clone in enumerate(clones):
        set_.start(*APPLY, play=clone, pid_file=set_.folder / f"pid-{number}")
    refused = [set_.wait_for_any() for _ in range(CLONES - 1)]
    others_ended.set()
    winner = set_.wait_for_any()
    assert winner.code == 6, (winner.code, winner.err)
    assert [run.code for run in refused] == [4] * (CLONES - 1), [(run.code, run.err) for run in refused]
    for clone in refused:
        assert json.loads(clone.out)["gate"]["name"] == "locked"
        assert "operator on " in clone.err
        assert "emailops unlock --id " in clone.err
    set_.assert_true(winner)


def _then(set_: Scene, ran: Any, told: signal.Signals | None) -> None:
    set_.sandbox.arm(Wire(0, ""))
    if told is KILL:
        assert ran.code == -KILL, (ran.code, ran.out, ran.err)
    set_.assert_true(ran)
    for resource in CREATED:
        assert len(set_.named(f"Permits: {resource.rpartition('/')[2]}")) <= 1
    set_.recover()


class _Renames:
    """Writes of the ledger in files: each puts a file in its place."""

    def __init__(self, set_: Scene) -> None:
        self._count = set_.folder / "renames"
        self.options: dict[str, Any] = {"at_rename": self._at(0, "", KILL)}

    def _at(self, number: int, when: str, told: int) -> dict[str, Any]:
        return {"number": number, "when": when, "told": int(told), "count_file": str(self._count)}

    def arm(self, number: int, when: str, told: signal.Signals | None) -> None:
        assert told is not None
        self.options = {"at_rename": self._at(number, when, told)}

    def disarm(self) -> None:
        pass

    def read(self) -> int:
        return int(self._count.read_text())


class _Pushes:
    """Writes of the ledger on a branch: each is a push, and the remote's hooks see it before and after."""

    options: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, set_: Scene) -> None:
        self._hooks = remote_of(set_.play) / "hooks"
        self._count = set_.folder / "pushes"
        self._pid = set_.pid_file
        self._write("pre-receive", 0, "")

    def arm(self, number: int, when: str, told: signal.Signals | None) -> None:
        tell = f"kill -{told.name.removeprefix('SIG')} $(cat {self._pid})" if told else ""
        if when == "before":
            self._write("pre-receive", number, f"{tell}\n{'exit 1' if told is not TERM else ''}")
        else:
            (self._hooks / "pre-receive").unlink()
            self._write("post-receive", number, tell or "kill -9 $PPID")

    def disarm(self) -> None:
        for name in ("pre-receive", "post-receive"):
            (self._hooks / name).unlink(missing_ok=True)

    def read(self) -> int:
        return int(self._count.read_text() or 0) if self._count.exists() else 0

    def _write(self, name: str, number: int, then: str) -> None:
        hook = self._hooks / name
        count = f"n=$(($(cat {self._count} 2>/dev/null || echo 0) + 1)); echo $n > {self._count}"
        hook.write_text(f"#!/bin/sh\n{count}\nif [ $n = {number} ]; then\n:\n{then}\nfi\n")
        hook.chmod(0o755)


def _counting(set_: Scene) -> _Renames | _Pushes:
    return _Renames(set_) if set_.ledger == "files" else _Pushes(set_)
