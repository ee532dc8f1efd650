"""The line that is shown while something takes longer than a moment, and how far it says that it is."""

from __future__ import annotations

import io
import re
import threading

import pytest

from emailops.cli.streams import heard
from emailops.render.progress import progress, so_far


class Screen(io.StringIO):
    """A terminal, or what is none; tells when something is shown."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal
        self.shown = threading.Event()

    def isatty(self) -> bool:
        return self._terminal

    def flush(self) -> None:
        self.shown.set()


def test_on_a_terminal_it_says_what_is_done_and_leaves_no_trace():
    screen = Screen(terminal=True)
    with progress("reading the providers", screen, moment=0):
        assert screen.shown.wait(10)
    first, *_, last = [part for part in screen.getvalue().split("\r") if part]
    assert first.startswith("reading the providers .")
    assert last.isspace()
    assert screen.getvalue().endswith("\r")


def test_what_takes_no_longer_than_a_moment_shows_nothing():
    screen = Screen(terminal=True)
    with progress("reading", screen, moment=60):
        pass
    assert screen.getvalue() == ""


def test_it_says_how_far_it_is():
    screen = Screen(terminal=True)
    with progress("reading", screen, moment=0.1) as far:
        far("3 of 12 tables")
        assert screen.shown.wait(10)
    assert "\rreading: 3 of 12 tables ." in screen.getvalue()


def test_without_a_terminal_nothing_is_shown_and_who_writes_a_log_can_ask():
    screen = Screen(terminal=False)
    before = threading.active_count()
    with progress("reading", screen, moment=0) as far:
        assert so_far() == "reading"
        far("43 %")
        assert so_far() == "reading: 43 %"
        assert threading.active_count() == before
    assert so_far() == screen.getvalue() == ""


def test_is_no_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    screen = Screen(terminal=True)
    with progress("reading the providers", screen, moment=0):
        assert screen.shown.wait(10)
    assert max(map(len, screen.getvalue().split("\r"))) < 10


def test_goes_away_when_what_is_done_fails():
    screen = Screen(terminal=True)

    def fail():
        with progress("reading", screen, moment=0):
            assert screen.shown.wait(10)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert screen.getvalue().endswith("\r")


def test_a_log_says_how_far_it_is(capsys):
    screen = Screen(terminal=False)
    with progress("reading", screen) as far, heard("scan", every=0.01):
        far("3 of 12 tables")
        while not (said := capsys.readouterr().err):
            pass
    assert re.match(r"emailops: still at scan, after 0\.\d+ seconds: reading: 3 of 12 tables\n", said)
