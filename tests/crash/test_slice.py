"""Some of `make crash-test`: the moments at which most could be lost or doubled."""

from __future__ import annotations

from functools import partial

import pytest

from tests.crash.cases import (
    KILL,
    TERM,
    Case,
    Measure,
    answered,
    at_note,
    eight_together,
    late,
    measure,
    play,
    signalled,
    spoiled,
)
from tests.crash.scene import Zygote
from tests.crash.tripping import Wire, gateway_timeout
from tests.hostile.answers import drip, endless, foreign_id, infinite, unseen_id

pytestmark = pytest.mark.slow

CREATE = 7
"""The request that creates the first audience; the lists are read three times just before."""


def _first_write(spoil):
    return Wire(1, "", spoil=spoil, writes_only=True)


LAST_WRITE = Wire(8, "", answer=gateway_timeout, writes_only=True)
MOMENTS = {
    "killed as the create is done": ("files", partial(signalled, CREATE, "after", KILL)),
    "told to stop as the create is done": ("files", partial(signalled, CREATE, "after", TERM)),
    "a gateway's 504 after the last write": ("files", partial(answered, LAST_WRITE)),
    "the create done long after the cut": ("git", partial(late, 1)),
    "killed after the intent": ("git", partial(at_note, 2, "after", KILL)),
    "the push of the id refused": ("git", partial(at_note, 3, "before", None)),
    "eight applies together": ("git", eight_together),
    "a create that says it made something else": ("git", partial(spoiled, _first_write(foreign_id))),
    "a create whose id nothing has": ("files", partial(spoiled, _first_write(unseen_id))),
    "a create that is answered by numbers that are none": ("files", partial(spoiled, _first_write(infinite))),
    "a create that is answered byte by byte": ("files", partial(spoiled, _first_write(drip))),
    "a listing that would not end": ("git", partial(spoiled, Wire(CREATE - 1, "", spoil=endless))),
}


@pytest.fixture(scope="module")
def zygote():
    warm = Zygote()
    yield warm
    warm.close()


@pytest.fixture(scope="module")
def measured(zygote, tmp_path_factory):
    return {ledger: measure(tmp_path_factory.mktemp(ledger), ledger, zygote) for ledger in ("files", "git")}


def test_an_undisturbed_apply_is_what_the_moments_below_are_counted_in(measured):
    assert isinstance(measured["files"], Measure)
    assert measured["files"].outcome == measured["git"].outcome
    assert measured["git"].writes == 8


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_is_doubled_or_lost(zygote, measured, tmp_path, moment):
    ledger, disturb = MOMENTS[moment]
    play(Case(moment, ledger, disturb), tmp_path / "scene", measured[ledger], zygote)
