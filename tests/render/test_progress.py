"""What is shown while something takes longer than a moment, on a terminal and in a log."""

from __future__ import annotations

import io
import threading

import pytest

from emailops.render.progress import progress


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
    with progress("reading", screen, moment=0.1) as heard:
        heard("3 of 12 tables")
        assert screen.shown.wait(10)
    assert "\rreading: 3 of 12 tables ." in screen.getvalue()


def test_in_a_log_it_is_a_line_each_half_a_minute():
    screen = Screen(terminal=False)
    with progress("reading", screen, between_lines=0.01) as heard:
        heard("43 %")
        assert screen.shown.wait(10)
    assert set(screen.getvalue().splitlines()) == {"reading: 43 %"}


def test_in_a_log_what_takes_less_says_nothing():
    screen = Screen(terminal=False)
    with progress("reading", screen, moment=0):
        pass
    assert screen.getvalue() == ""


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
