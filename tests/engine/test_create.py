"""The create protocol, step by step: what comes in which order, and what settles a lost answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from emailops.engine.create import create, recover
from emailops.errors import InvalidInput, LeaseLost, LedgerError, LostAnswer, ProviderError, Refused, Unreachable
from emailops.kinds import KINDS
from emailops.ledger.notes import Intent
from emailops.resource import Observed
from tests.engine.plans import change

RECORDED = KINDS["mailchimp-audience"].recorded
NAME = "Permits: new"
RESOURCE = "mailchimp-audience/a"
BEGUN = datetime(2026, 11, 24, 6, tzinfo=UTC)
INTENT = Intent(RESOURCE, "production", NAME, BEGUN, "nonce")


def _seconds(number):
    return BEGUN + timedelta(seconds=number)


def _audience(id_, created, name=NAME):
    return Observed(id_, name, {}, created=created if isinstance(created, str) else created.isoformat())


class Together:
    """A provider and a ledger that note in which order they were asked, and let time pass as told."""

    def __init__(self, *, listed=(), fails=None, passes=0, age=0.0):
        self.asked = []
        self.clock = BEGUN
        self._listed = list(listed)
        self._fails = fails or {}
        self._passes = passes
        self.age = age

    def audiences_named(self, name):
        self._ask("look")
        if self.clock is not None:
            self.clock += timedelta(seconds=self._passes)
        return [held for held in (self._listed.pop(0) if self._listed else ()) if held.name == name]

    def create_audience(self, attributes):
        self._ask("create")
        return "0123456789"

    def intend(self, intent):
        self._ask("intent")
        self.intent = intent

    def withdraw(self, intent):
        self._ask("withdraw")
        assert intent == self.intent

    def _ask(self, what):
        self.asked.append(what)
        if what in self._fails:
            raise self._fails[what]


def _create(both):
    return create(both, both, RECORDED, change("a"), {"name": NAME}, "nonce")


def test_look_intent_look_again_twice_create():
    both = Together()
    assert _create(both) == "0123456789"
    assert both.asked == ["look", "intent", "look", "look", "create"]
    assert both.intent == INTENT, "the provider's own time, just before"


@pytest.mark.parametrize("look", [0, 1, 2])
def test_a_name_that_any_look_finds_is_not_created_beside(look):
    both = Together(listed=[[]] * look + [[_audience("f0f0f0f0f0", BEGUN)]])
    with pytest.raises(InvalidInput, match="f0f0f0f0f0"):
        _create(both)
    assert "create" not in both.asked
    assert both.asked.count("intent") == both.asked.count("withdraw") == (look > 0)


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [
        (LostAnswer("lost"), True),
        (LeaseLost("broken"), True),
        (Refused("no", status=400), False),
        (Unreachable("nobody there"), False),
    ],
)
def test_an_intent_stays_only_where_the_create_may_have_been_done(error, is_kept):
    both = Together(fails={"create": error})
    with pytest.raises(type(error)):
        _create(both)
    assert ("withdraw" not in both.asked) is is_kept


def test_an_intent_that_cannot_be_withdrawn_hides_no_other_error():
    both = Together(fails={"create": Refused("no", status=400), "withdraw": LedgerError("gone")})
    with pytest.raises(Refused):
        _create(both)


def test_an_intent_that_cannot_be_noted_lets_nothing_be_created():
    both = Together(fails={"intent": LedgerError("gone")})
    with pytest.raises(LedgerError):
        _create(both)
    assert both.asked == ["look", "intent"]


@pytest.mark.parametrize("slow", [{"passes": 6}, {"age": 4.5}], ids=["the provider", "the ledger"])
def test_nothing_is_created_long_after_its_intent(slow):
    both = Together(**slow)
    with pytest.raises(ProviderError, match="slow"):
        _create(both)
    assert "create" not in both.asked
    assert both.asked[-1] == "withdraw"


def test_without_the_providers_time_nothing_is_created():
    both = Together()
    both.clock = None
    with pytest.raises(ProviderError, match="time"):
        _create(both)
    assert both.asked == ["look"]


ONE, OTHER = "aaaaaaaaaa", "bbbbbbbbbb"

# What is there, how long after the intent it is by the provider's clock, the id that is ours, whether it still waits.
SETTLED = [
    ("created just then", [_audience(ONE, _seconds(1))], 5, ONE, False),
    ("created a minute before, within the clocks", [_audience(ONE, _seconds(-60))], 5, ONE, False),
    ("created earlier", [_audience(ONE, _seconds(-61))], 5, None, True),
    ("created earlier, and time is up", [_audience(ONE, _seconds(-61))], 131, None, False),
    ("with another time zone", [_audience(ONE, "2026-11-24T07:00:01+01:00")], 5, ONE, False),
    ("without a time zone", [_audience(ONE, "2026-11-24T06:00:01")], 5, ONE, False),
    ("without a date", [_audience(ONE, "")], 5, None, True),
    ("several", [_audience(ONE, _seconds(1)), _audience(OTHER, _seconds(2))], 5, None, False),
    ("an old one beside ours", [_audience(OTHER, _seconds(-999)), _audience(ONE, _seconds(2))], 5, ONE, False),
    ("of another name", [_audience(ONE, _seconds(1), "Permits: old")], 5, None, True),
    ("none", [], 0, None, True),
    ("none, a second before", [], 129, None, True),
    ("none, and time is up", [], 130, None, False),
]


@pytest.mark.parametrize(
    ("listed", "after", "ours", "waits"), [row[1:] for row in SETTLED], ids=[row[0] for row in SETTLED]
)
def test_a_later_run_settles_by_the_name_and_the_providers_clock(listed, after, ours, waits):
    settled = recover({RESOURCE: INTENT}, listed, _seconds(after), {})
    assert settled.ids == ({RESOURCE: ours} if ours else {})
    assert (RESOURCE in settled.waiting) is waits


def test_what_still_waits_says_for_how_long():
    settled = recover({RESOURCE: INTENT}, [], _seconds(100), {})
    assert "run it again in 31 seconds" in settled.waiting[RESOURCE]


def test_without_the_providers_time_it_waits():
    assert RESOURCE in recover({RESOURCE: INTENT}, [], None, {}).waiting


def test_an_id_that_is_recorded_settles_the_intent_and_is_no_other_ones():
    found = [_audience(ONE, _seconds(1))]
    assert recover({RESOURCE: INTENT}, found, _seconds(5), {RESOURCE: ONE}).ids == {}
    taken = recover({RESOURCE: INTENT}, found, _seconds(5), {"mailchimp-audience/b": ONE})
    assert taken.ids == {}
    assert RESOURCE in taken.waiting
