"""What is repeated, how often and after which pauses; and what never is, since it may have been done."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from emailops.errors import GateError, LostAnswer, ProviderError, Refused, Unreachable
from emailops.patience import TRIES, Patience
from emailops.private import Address, Secret
from emailops.providers import mailchimp, notify
from emailops.run import Run
from emailops.tasks.plan import plan as planned
from tests.providers.test_mailchimp import NEW
from tests.providers.waiting import Waiting
from tests.stories.telling import DOS5_ID, UPDATES_ID, audience, named

PAGE_OF_A_PROXY = "<html></html>"
PROBLEM = {"title": "API Key Invalid", "status": 403, "detail": "no"}


def _status(status, body=None, do="status"):
    return {"do": do, "status": status, **({"body": body} if body is not None else {})}


def _mailchimp(play, kind, waiting):
    key = Secret(play.environment["MAILCHIMP_KEY"])
    return closing(kind(key, play.sandbox.mailchimp_url, "us0", lambda value: value, patience=waiting.patience()))


# What the first two answers are; how often the call is made until it is answered well.
PASSING = [
    (_status(429), 3),
    (_status(429, {"title": "Too Many Requests", "status": 429}), 3),
    (_status(500), 3),
    (_status(502, PAGE_OF_A_PROXY), 3),
    (_status(503, PAGE_OF_A_PROXY), 3),
    (_status(504, PAGE_OF_A_PROXY), 3),
    ({"do": "cut-before"}, 3),
    ({"do": "cut-after"}, 3),
    ({"do": "truncate"}, 3),
    ({"do": "slow", "seconds": 0.01}, 1),
]


@pytest.mark.parametrize(("fault", "calls"), PASSING, ids=lambda value: str(value)[:60])
def test_a_read_is_repeated_until_what_stood_in_its_way_has_passed(marketplace, fault, calls):
    marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", "times": 2, **fault}])
    waiting = Waiting()
    with _mailchimp(marketplace, mailchimp.MailchimpReader, waiting) as reader:
        found, _ = reader.audiences()
        assert len(found) == 18
        assert reader.requests == len(marketplace.sandbox.requests) == calls
    assert waiting.pauses == [1, 2][: calls - 1]


@pytest.mark.parametrize("fault", [_status(500), _status(429), {"do": "cut-before"}], ids=str)
def test_so_is_a_read_of_notify(minimal, fault):
    minimal.sandbox.set_faults([{"route": "GET /v2/templates", "times": 2, **fault}])
    waiting = Waiting()
    key, service = Secret(minimal.environment["NOTIFY_KEY_PERMITS"]), "11111111-1111-4111-8111-111111111111"
    with closing(
        notify.NotifyReader(key, minimal.sandbox.notify_url, service, None, patience=waiting.patience())
    ) as reader:
        assert len(reader.templates()) == 2
        assert reader.requests == len(minimal.sandbox.requests) == 3


# What every answer is; what it is in the end, and after how many calls.
LASTING = [
    (_status(429), Refused, TRIES),
    (_status(500), Refused, TRIES),
    ({"do": "cut-before"}, Unreachable, TRIES),
    ({"do": "truncate"}, Unreachable, TRIES),
    (_status(403), Refused, 2),
    (_status(403, PROBLEM), Refused, 1),
    (_status(401, PROBLEM), Refused, 1),
    (_status(400), Refused, 1),
    (_status(404), Refused, 1),
    (_status(302), ProviderError, 1),
    (_status(200, PAGE_OF_A_PROXY), ProviderError, 1),
]


@pytest.mark.parametrize(("fault", "error", "calls"), LASTING, ids=lambda value: str(value)[:60])
def test_no_more_often_than_it_may_help(marketplace, fault, error, calls):
    marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", **fault}])
    with _mailchimp(marketplace, mailchimp.MailchimpReader, Waiting()) as reader:
        with pytest.raises(error):
            reader.audiences()
        assert reader.requests == len(marketplace.sandbox.requests) == calls


def test_a_bare_403_is_too_many_requests_once_and_then_a_refusal(marketplace):
    marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", "times": 1, **_status(403)}])
    with _mailchimp(marketplace, mailchimp.MailchimpReader, Waiting()) as reader:
        assert len(reader.audiences()[0]) == 18
        assert reader.requests == 2


@pytest.mark.parametrize("fault", [_status(429), _status(500), {"do": "cut-before"}, {"do": "cut-after"}], ids=str)
def test_a_create_and_an_update_are_sent_once(marketplace, fault):
    marketplace.sandbox.set_faults(
        [{"route": "POST /3.0/lists", "times": 1, **fault}, {"route": "PATCH /3.0/lists/*", "times": 1, **fault}]
    )
    waiting = Waiting()
    with _mailchimp(marketplace, mailchimp.MailchimpWriter, waiting) as writer:
        with pytest.raises((LostAnswer, Refused)):
            writer.create_audience(NEW)
        with pytest.raises((LostAnswer, Refused)):
            writer.update_audience(DOS5_ID, {"permission_reminder": "Another"})
    assert [request.method for request in marketplace.sandbox.requests] == ["POST", "GET", "PATCH"]
    assert len(named(marketplace, "New")) == (fault["do"] == "cut-after")
    assert waiting.pauses == []


@pytest.mark.parametrize("fault", [_status(429), _status(504), {"do": "cut-before"}, {"do": "cut-after"}], ids=str)
def test_to_subscribe_leaves_what_it_left_before_and_is_repeated(marketplace, fault):
    marketplace.sandbox.set_faults([{"route": "PUT /3.0/lists/*", "times": 1, **fault}])
    with _mailchimp(marketplace, mailchimp.MailchimpWriter, Waiting()) as writer:
        writer.subscribe(UPDATES_ID, Address("tester@user.marketplace.team"))
        assert writer.requests == 2
    members = audience(marketplace.sandbox.state(), UPDATES_ID)["members"]
    assert [member["email_address"] for member in members] == ["tester@user.marketplace.team"]


# What the first try to subscribe meets, and every other; what it is in the end, and whether it was done.
DOUBT = [
    ({"do": "cut-after"}, _status(429), LostAnswer, 1),
    ({"do": "cut-after"}, _status(403, PROBLEM), LostAnswer, 1),
    (_status(504, PAGE_OF_A_PROXY, "status-after"), _status(404), LostAnswer, 1),
    (_status(429), _status(400), Refused, 0),
    (_status(429), {"do": "cut-before"}, LostAnswer, 0),
]


@pytest.mark.parametrize(("first", "then", "error", "done"), DOUBT, ids=lambda value: str(value)[:40])
def test_a_refusal_of_a_later_try_does_not_settle_what_became_of_the_first(marketplace, first, then, error, done):
    route = "PUT /3.0/lists/*"
    marketplace.sandbox.set_faults([{"route": route, "times": 1, **first}, {"route": route, **then}])
    with _mailchimp(marketplace, mailchimp.MailchimpWriter, Waiting()) as writer, pytest.raises(error):
        writer.subscribe(UPDATES_ID, Address("tester@user.marketplace.team"))
    assert len(audience(marketplace.sandbox.state(), UPDATES_ID)["members"]) == done


class TestPermission:
    """The ledger says before each write, a repeated one too, that this run may still write."""

    def _writer(self, play, permit):
        key, patience = Secret(play.environment["MAILCHIMP_KEY"]), Waiting().patience()
        url = play.sandbox.mailchimp_url
        return closing(mailchimp.MailchimpWriter(key, url, "us0", lambda value: value, permit, patience=patience))

    def test_is_asked_for_before_each_write_and_no_read(self, marketplace):
        marketplace.sandbox.set_faults([{"route": "PUT /3.0/lists/*", "times": 2, "do": "cut-before"}])
        asked = []
        with self._writer(marketplace, lambda: asked.append(len(marketplace.sandbox.requests))) as writer:
            writer.update_audience(DOS5_ID, {"permission_reminder": "Another"})
            writer.subscribe(UPDATES_ID, Address("tester@user.marketplace.team"))
        assert [request.method for request in marketplace.sandbox.requests] == ["GET", "PATCH", "PUT", "PUT", "PUT"]
        assert asked == [1, 2, 3, 4]

    def test_that_is_taken_away_before_a_repeated_write_leaves_the_first_one_lost(self, marketplace):
        marketplace.sandbox.set_faults([{"route": "PUT /3.0/lists/*", "do": "cut-after"}])

        def permit():
            if marketplace.sandbox.requests:
                raise GateError("locked", "the lease is somebody else's")

        with self._writer(marketplace, permit) as writer, pytest.raises(LostAnswer):
            writer.subscribe(UPDATES_ID, Address("tester@user.marketplace.team"))
        assert len(marketplace.sandbox.requests) == 1

    def test_that_is_refused_stops_the_write_and_is_not_called_lost(self, marketplace):
        def refuse():
            raise GateError("locked", "the lease is somebody else's")

        with self._writer(marketplace, refuse) as writer, pytest.raises(GateError):
            writer.create_audience(NEW)
        assert marketplace.sandbox.requests == []


# seconds of patience, seconds that a call takes, what is drawn: the pauses.
PATIENCE = [
    (60, 0, 1, [1, 2, 4, 6]),
    (60, 0, 0.5, [0.5, 1, 2, 3]),
    (60, 0, 0, [0, 0, 0, 0]),
    (60, 30, 1, [1]),
    (60, 60, 1, []),
    (3, 0, 1, [1]),
    (3.5, 0, 1, [1, 2]),
    (0, 0, 0, []),
]


@pytest.mark.parametrize(("seconds", "took", "draw", "pauses"), PATIENCE)
def test_pauses_double_are_drawn_at_random_and_end_before_patience_does(seconds, took, draw, pauses):
    waiting = Waiting(draw, took)
    assert list(waiting.patience(seconds).tries()) == list(range(1, len(pauses) + 2))
    assert waiting.pauses == pauses


def test_as_a_machine_has_it_patience_waits_and_draws_by_itself():
    assert list(Patience(0).tries()) == [1]
    assert 0 <= Patience().draw() < 1


def test_a_plan_counts_every_request_and_those_that_were_repeated(marketplace):
    flaky = [
        {"route": route, "times": 1, **fault}
        for route in ("GET /3.0/", "GET /3.0/lists", "GET /v2/templates")
        for fault in (_status(503), {"do": "cut-before"})
    ]
    steady = marketplace.plan()
    before = len(marketplace.sandbox.requests)
    marketplace.sandbox.set_faults(flaky)
    pauses = []
    environment = {**marketplace.environment, "EMAILOPS_PATIENCE": "60"}
    now = datetime(2026, 11, 24, 6, tzinfo=UTC)
    plan = planned(Run(environment, now, now.date(), marketplace.folder, pause=pauses.append))
    assert plan.digest == steady["digest"]
    assert plan.requests == len(marketplace.sandbox.requests) - before == steady["requests"] + len(flaky)
    assert len(pauses) == len(flaky)
