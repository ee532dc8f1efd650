"""The audit line of a run that records something: one, whatever ends it, and none where nothing was done."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from emailops.engine.audit import under_lease
from emailops.errors import InvalidInput, LedgerError
from emailops.ledger.directory import FilesLedger
from emailops.run import Run

RESOURCE, ID = "mailchimp-audience/a", "0123456789"


class Full(FilesLedger):
    """A ledger that can take no line any more."""

    def end(self, line):
        raise LedgerError("the disk is full", "make room")


@pytest.fixture
def settings(tmp_path):
    return Run({"LOGNAME": "lee"}, datetime(2026, 11, 24, 6, tzinfo=UTC), date(2026, 11, 24), tmp_path)


def _run(ledger, settings, ends=None, **reasons):
    with under_lease(ledger, settings, "import", **reasons) as account:
        account.recorded(RESOURCE, ID)
        if ends:
            raise ends


@pytest.mark.parametrize(
    ("ends", "how"),
    [
        (InvalidInput("another run has recorded it"), "another run has recorded it"),
        (KeyboardInterrupt(), "interrupted"),
        (ValueError("a bug"), "by a bug"),
    ],
    ids=["an error", "an interrupt", "a bug"],
)
def test_a_run_that_does_not_come_to_its_end_says_what_it_had_done(settings, ends, how):
    ledger = FilesLedger(settings.state)
    with pytest.raises(type(ends)):
        _run(ledger, settings, ends)
    (line,) = ledger.log()
    assert (line["ended"], line["ids"], line["counts"]) == (how, {RESOURCE: ID}, {"recorded": 1})


def test_one_that_does_says_who_did_what_and_why(settings):
    ledger = FilesLedger(settings.state)
    _run(ledger, settings, rollback="it was broken")
    (line,) = ledger.log()
    assert (line["command"], line["ended"], line["rollback"]) == ("import", "done", "it was broken")
    assert line["who"].startswith("lee on ")


def test_one_that_did_nothing_leaves_none(settings):
    ledger = FilesLedger(settings.state)
    with under_lease(ledger, settings, "import"):
        pass
    assert ledger.log() == []


def test_what_a_second_failure_leaves_to_do_is_said_with_the_first(settings):
    first = InvalidInput("another run has recorded it", "run it again")
    with pytest.raises(InvalidInput) as told:
        _run(Full(settings.state), settings, first)
    assert (told.value.message, told.value.remedy) == ("another run has recorded it", "run it again; make room")
