"""A reader sends nothing but GET, whatever it is asked; no session follows a redirect to another host."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from threading import Barrier, Event, get_ident

import pytest
import requests

from emailops.patience import Patience
from emailops.private import Secret
from emailops.providers import mailchimp, notify
from emailops.providers.transport import (
    CONNECTIONS,
    ReadingSession,
    SendingSession,
    WritingSession,
    together,
    was_never_sent,
)
from emailops.providers.wire import Elsewhere
from emailops.sandbox import Sandbox
from tests.playing import play

MASK = str
NOT_GET = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "post", "Delete", "GET ", " get", "", b"POST"]


@pytest.mark.parametrize("method", NOT_GET)
def test_a_reading_session_refuses_anything_but_get_before_it_is_sent(marketplace, method):
    with closing(ReadingSession(marketplace.sandbox.notify_url)) as session:
        with pytest.raises(PermissionError):
            session.request(method, f"{marketplace.sandbox.mailchimp_url}lists")
        assert session.count == 0
    assert marketplace.sandbox.requests == []


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete", "options", "head"])
def test_nor_does_any_of_its_shorthands(marketplace, verb):
    with closing(ReadingSession(marketplace.sandbox.notify_url)) as session, pytest.raises(PermissionError):
        getattr(session, verb)(f"{marketplace.sandbox.mailchimp_url}lists")
    assert marketplace.sandbox.requests == []


def test_a_reader_of_mailchimp_cannot_write_through_its_client(marketplace):
    key = Secret(marketplace.environment["MAILCHIMP_KEY"])
    before = marketplace.sandbox.state()
    with closing(mailchimp.MailchimpReader(key, marketplace.sandbox.mailchimp_url, "us0", MASK)) as reader:
        client = reader._client
        for write in (
            lambda: client._post(url="lists", data={}),
            lambda: client._patch(url="lists/eebeddcc2b", data={}),
            lambda: client._put(url="lists/eebeddcc2b", data={}),
            lambda: client._delete(url="lists/eebeddcc2b"),
            lambda: client.lists.delete("eebeddcc2b"),
        ):
            with pytest.raises(PermissionError):
                write()
    assert marketplace.sandbox.requests == []
    assert marketplace.sandbox.state() == before


def test_a_reader_of_notify_cannot_send_through_its_client(minimal):
    key = Secret(minimal.environment["NOTIFY_KEY_PERMITS"])
    service = "11111111-1111-4111-8111-111111111111"
    with (
        closing(notify.NotifyReader(key, minimal.sandbox.notify_url, service, MASK)) as reader,
        pytest.raises(PermissionError),
    ):
        reader._client.send_email_notification("someone@example.org", "aaaaaaaa-0000-4000-8000-000000000001")
    assert minimal.sandbox.state()["messages"] == []


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_a_writing_session_never_deletes(marketplace, method):
    with closing(WritingSession(marketplace.sandbox.notify_url)) as session, pytest.raises(PermissionError):
        session.request(method, f"{marketplace.sandbox.mailchimp_url}lists/eebeddcc2b")
    assert marketplace.sandbox.requests == []


def test_there_is_no_code_that_deletes():
    for name in dir(mailchimp.MailchimpWriter):
        assert "delete" not in name.lower()
        assert "remove" not in name.lower()
        assert "archive" not in name.lower()


def test_requests_are_counted(marketplace):
    with closing(ReadingSession(marketplace.sandbox.notify_url)) as session:
        for _ in range(3):
            session.get(f"{marketplace.sandbox.mailchimp_url}ping")
        assert session.count == 3
    assert len(marketplace.sandbox.requests) == 3


def test_no_redirect_is_followed_with_a_key_in_hand(marketplace):
    marketplace.sandbox.set_faults([{"route": "GET /3.0/ping", "do": "status", "status": 302}])
    with closing(ReadingSession(marketplace.sandbox.notify_url)) as session, pytest.raises(Elsewhere):
        session.get(f"{marketplace.sandbox.mailchimp_url}ping", allow_redirects=True)
    assert len(marketplace.sandbox.requests) == 1


@pytest.mark.parametrize(
    ("url", "is_trusted"),
    [
        ("https://api.notifications.service.gov.uk", True),
        ("http://127.0.0.1:1", False),
        ("http://localhost:1", False),
        ("http://[::1]:1", False),
    ],
)
def test_a_machines_proxy_stands_between_us_and_the_world_but_not_between_us_and_ourselves(url, is_trusted):
    with closing(ReadingSession(url)) as session:
        assert session.trust_env is is_trusted


def test_a_cut_connection_may_have_been_sent(marketplace):
    url = marketplace.sandbox.mailchimp_url
    with closing(WritingSession(url, Patience(0))) as session:
        marketplace.sandbox.set_faults([{"route": "POST /3.0/lists", "do": "cut-before"}])
        with pytest.raises(requests.RequestException) as cut:
            session.post(f"{url}lists")
        assert not was_never_sent(cut.value)
        marketplace.sandbox.set_faults([{"route": "GET /3.0/ping", "do": "truncate"}])
        with pytest.raises(requests.RequestException) as halved:
            session.get(f"{url}ping")
        assert not was_never_sent(halved.value)


def test_a_refused_connection_was_never_sent(tmp_path):
    with play(tmp_path) as playing:
        url = playing.sandbox.mailchimp_url
    with closing(WritingSession(url)) as session, pytest.raises(requests.RequestException) as refused:
        session.post(f"{url}lists")
    assert was_never_sent(refused.value)


@pytest.mark.parametrize("error", [ValueError("x"), requests.RequestException(), requests.ReadTimeout("t"), OSError()])
def test_what_is_not_known_to_be_unsent_may_have_been_sent(error):
    assert not was_never_sent(error)


def test_time_to_connect_that_ran_out_sent_nothing():
    assert was_never_sent(requests.exceptions.ConnectTimeout("t"))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_sends_mail_does_nothing_else(minimal, method):
    with closing(SendingSession(minimal.sandbox.notify_url)) as session, pytest.raises(PermissionError):
        session.request(method, f"{minimal.sandbox.notify_url}/v2/notifications/email")
    assert minimal.sandbox.requests == []


def _connections(session, url):
    """How many were ever opened."""
    pools = session.get_adapter(url).poolmanager.pools
    return sum(pools[host].num_connections for host in pools.keys())  # noqa: SIM118 (it cannot be iterated)


def test_calls_one_after_another_share_a_connection(marketplace):
    url = marketplace.sandbox.mailchimp_url
    with closing(ReadingSession(url)) as session:
        for _ in range(4):
            session.get(f"{url}ping")
        assert _connections(session, url) == 1


def test_calls_at_the_same_time_are_never_more_than_a_few(marketplace):
    url = marketplace.sandbox.mailchimp_url
    marketplace.sandbox.set_faults([{"route": "GET /3.0/ping", "do": "slow", "seconds": 0.02}])
    with closing(ReadingSession(url)) as session:
        call = partial(session.get, f"{url}ping")
        inside = partial(together, [call] * CONNECTIONS)
        assert len(together([inside] * CONNECTIONS)) == CONNECTIONS
        assert 1 < _connections(session, url) <= CONNECTIONS <= 10
        assert session.count == len(marketplace.sandbox.requests) == CONNECTIONS**2


class TestTogether:
    def test_gives_results_in_order(self):
        assert together(partial(pow, number, 2) for number in range(20)) == [number**2 for number in range(20)]
        assert together([]) == []

    def test_a_few_at_a_time_each_on_a_thread_of_its_own(self):
        meet = Barrier(CONNECTIONS)

        def call():
            meet.wait(10)
            return get_ident()

        assert len(set(together([call] * CONNECTIONS))) == CONNECTIONS

    def test_raises_what_the_first_in_order_did(self):
        def fail(error):
            raise error

        with pytest.raises(KeyError):
            together([partial(pow, 1, 1), partial(fail, KeyError()), partial(fail, ValueError())])

    def test_a_call_that_hangs_holds_up_no_ctrl_c(self):
        hangs = Event()

        def call():
            os.kill(os.getpid(), signal.SIGINT)
            hangs.wait()

        with pytest.raises(KeyboardInterrupt):
            together([call])
        hangs.set()

    def test_begins_nothing_after_a_failure(self):
        begun = []

        def call(number):
            begun.append(number)
            raise ValueError(number)

        with pytest.raises(ValueError, match="0"):
            together(partial(call, number) for number in range(100))
        assert len(begun) <= CONNECTIONS


def test_requests_are_named_as_mailchimps_support_knows_them_and_no_member_among_them(marketplace):
    with closing(ReadingSession(marketplace.sandbox.mailchimp_url)) as session:
        for path in ("ping?email=anna@people.example", f"lists/eebeddcc2b/members/{'a' * 32}/tags"):
            session.get(f"{marketplace.sandbox.mailchimp_url}{path}")
    names = [id_.partition(" -> ") for id_ in session.request_ids]
    assert [name for name, _, _ in names] == ["GET /3.0/ping", "GET /3.0/lists/eebeddcc2b/members/*/tags"]
    assert len({id_ for _, _, id_ in names}) == 2


def test_the_clock_is_the_providers(marketplace):
    then = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    with Sandbox({}, clock=lambda: then) as sandbox, closing(ReadingSession(sandbox.mailchimp_url)) as session:
        assert session.clock is None
        session.get(f"{sandbox.mailchimp_url}ping")
        assert session.clock == then


def test_a_netrc_of_the_machine_does_not_say_who_calls(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    request = requests.Request("GET", "https://notify.example/v2/templates", headers={"Authorization": "Bearer x"})
    with closing(ReadingSession("https://notify.example")) as session:
        assert session.trust_env
        assert session.prepare_request(request).headers["Authorization"] == "Bearer x"


def test_the_clients_own_logs_stay_with_them():
    for name in ("mailchimp3.client", "notifications_python_client.base"):
        assert not logging.getLogger(name.partition(".")[0]).propagate
        assert logging.getLogger(name).hasHandlers()


@pytest.mark.parametrize(
    ("kind", "method", "seconds"),
    [
        (ReadingSession, "GET", (10, 30)),
        (WritingSession, "GET", (10, 30)),
        (WritingSession, "POST", (10, 130)),
        (WritingSession, "PATCH", (10, 130)),
        (WritingSession, "PUT", (10, 130)),
        (SendingSession, "POST", (10, 30)),
    ],
)
def test_nobody_waits_for_ever(marketplace, kind, method, seconds):
    class Timed(kind):
        def send(self, request, **options):
            waits.append(options["timeout"])
            return super().send(request, **options)

    waits = []
    with closing(Timed(marketplace.sandbox.mailchimp_url, Patience(0))) as session:
        session.request(method, f"{marketplace.sandbox.mailchimp_url}ping", timeout=None)
    assert waits == [seconds]
