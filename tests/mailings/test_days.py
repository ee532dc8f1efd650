"""Days and times where they are easily wrong: at midnight, in summer time, in the west, and on a run's next day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from emailops.declaration.mailings import timer
from emailops.mailings.campaign import days
from emailops.mailings.patterns import LocalTime, Unfilled, compiled
from tests.mailings.scene import NEWS, declare, got, people, table

LONDON, NEW_YORK = "Europe/London", "America/New_York"
WRITTEN = {
    "in winter": (LONDON, "2026-11-24T10:05:00Z", "date", "Tuesday 24 November 2026"),
    "in summer": (LONDON, "2026-06-15T16:00:00Z", "datetime", "Monday 15 June 2026 at 5:00pm BST"),
    "late in summer it is the next day": (LONDON, "2026-06-15T23:30:00.000000Z", "date", "Tuesday 16 June 2026"),
    "the hour before summer time": (LONDON, "2026-03-29T00:30:00Z", "time", "12:30am GMT"),
    "the hour in which it begins": (LONDON, "2026-03-29T01:30:00Z", "time", "2:30am BST"),
    "the hour that comes twice, first": (LONDON, "2026-10-25T00:30:00Z", "time", "1:30am BST"),
    "and second": (LONDON, "2026-10-25T01:30:00Z", "time", "1:30am GMT"),
    "a day is a day": (LONDON, "2026-06-15", "date", "Monday 15 June 2026"),
    "also in the west": (NEW_YORK, "2026-06-15", "date", "Monday 15 June 2026"),
    "a time in the west is of the day before": (NEW_YORK, "2026-06-15T02:00:00Z", "date", "Sunday 14 June 2026"),
    "a time with an offset": (LONDON, "2026-06-15T16:00:00-04:00", "datetime", "Monday 15 June 2026 at 9:00pm BST"),
    "a time without one is in UTC": (LONDON, "2026-06-15T16:00:00", "time", "5:00pm BST"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_time_is_written_as_its_readers_see_it(name):
    zone, value, form, wanted = WRITTEN[name]
    when = LocalTime(datetime(2026, 6, 15, 12, tzinfo=UTC), date(2026, 6, 15), zone)
    assert compiled(f"{{at:{form}}}", when)({"at": value}) == wanted


@pytest.mark.parametrize(
    ("now", "value", "is_so"),
    [
        ("2026-06-15T22:59", "2026-06-15T16:00:00Z", True),
        ("2026-06-15T23:01", "2026-06-15T16:00:00Z", False),
        ("2026-06-15T23:01", "2026-06-16T16:00:00Z", True),
        ("2026-06-15T12:00", "2026-06-15T16:30:00Z", False),
        ("2026-06-15T12:00", "tomorrow", False),
    ],
)
def test_today_ends_at_midnight_where_the_readers_are(now, value, is_so):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    fill = compiled("{at:time-today}", LocalTime(moment, moment.date(), LONDON))
    if is_so:
        assert fill({"at": value}) == "Today at 5pm BST"
    else:
        with pytest.raises(Unfilled):
            fill({"at": value})


@pytest.mark.parametrize(
    ("value", "is_so"),
    [("2026-06-16", True), ("2026-06-08", True), ("2026-06-07", False), ("2026-06-17", False), ("last week", False)],
)
def test_a_recent_day_is_counted_where_the_readers_are(value, is_so):
    """It is half past midnight in London, and still the day before in UTC."""
    moment = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
    assert LocalTime(moment, moment.date(), LONDON).is_recent(value, 8) is is_so


def test_a_day_that_is_given_as_today_is_today():
    moment = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
    assert LocalTime(moment, date(2026, 11, 1), LONDON).today == date(2026, 11, 2)


def test_no_day_is_mailed_about_twice_and_none_is_left_out_by_a_job_of_working_days():
    """Over the year, with both changes of the clock."""
    covered = []
    for ordinal in range(date(2026, 1, 5).toordinal(), date(2027, 1, 2).toordinal()):
        today = date.fromordinal(ordinal)
        if today.isoweekday() <= 5:
            first, last = days(today, None)
            covered += range(first.toordinal(), last.toordinal() + 1)
    assert covered == list(range(covered[0], covered[-1] + 1))


@pytest.mark.parametrize("day", ["2026-03-27", "2026-03-30", "2026-10-23", "2026-10-26"])
def test_a_timer_is_at_its_hour_in_utc_before_and_after_the_clock_changes(day):
    at_eight = timer("H 8 * * 1-5")
    assert at_eight is not None
    due = at_eight.due(datetime.fromisoformat(f"{day}T08:59:00+00:00"))
    assert due == datetime.fromisoformat(f"{day}T08:00:00+00:00")


def test_what_a_day_has_left_is_not_forgotten_by_the_next(minimal):
    """Each day is an occasion of its own; what the day's limit kept back comes first."""
    declare(minimal.state, f"{NEWS}    daily: true\n")
    (minimal.folder / "people.csv").write_text(table(people(3)))
    mail = ("mail", "news", "--stage", "production", "--from", "people.csv", "--format", "json", "--today")

    def limit(number):
        def change(accounts):
            accounts["notify"]["services"][0]["limits"]["emails_per_day"] = number

        minimal.change_world(change)

    limit(2)
    first = minimal.run(*mail, "2026-11-24")
    limit(100)
    next_day = minimal.run(*mail, "2026-11-25")
    rest = minimal.run(*mail, "2026-11-25", "--resume", first.json["run"])
    own = minimal.run(*mail, "2026-11-25")

    assert (first.code, first.json["left"], next_day.code) == (6, 1, 4)
    assert "has 1 of 3 messages left" in next_day.err
    assert (rest.code, own.code) == (0, 0)
    assert got(minimal.sandbox, 0) == dict.fromkeys(people(3), 2)
