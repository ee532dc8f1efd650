"""What a permanent failure sets off: the account behind the address is made inactive, once, whatever the API does."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from prometheus_client import CollectorRegistry

from emailops.clients.private import digest
from emailops.declaration.receivers import receiver_plan
from emailops.engine.declared import valid
from emailops.private import Secret
from emailops.receipts import payload
from emailops.receipts.aftermath import Aftermath
from emailops.receipts.figures import FollowUpFigures
from emailops.receipts.follow_ups import FollowUps, FollowUpState
from emailops.receipts.receipt import hash_of
from emailops.receipts.store import ReceiptStore
from emailops.run import Run
from tests.receipts.served import NEW, PATH, complaint, receipt, serving, state_with
from tests.sandbox.receiver import eventually

ADDRESS = "Person1@example.gov.uk"
BEGUN = 1_795_000_000.0


@dataclass
class UsersApi:
    """Users by address; `trouble` says how the next calls go, such as fail or hang; as they should when it is empty."""

    url: str = ""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    changes: list[tuple[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    asked: Callable[[], object] = int
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def users_api(**users: Any) -> Iterator[UsersApi]:
    api = UsersApi(users={ADDRESS: {"id": 7, "emailAddress": ADDRESS, "active": True, **users}})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.asked()
            asked = parse_qs(urlsplit(self.path).query)["email_address"][0]
            found = next((user for address, user in api.users.items() if address.lower() == asked.lower()), None)
            self.answer({"users": [found]} if found else {"error": "not found"}, 200 if found else 404)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            trouble = api.trouble[0] if api.trouble else ""
            if trouble != "fail":
                api.changes.append((self.path, body))
                for held in api.users.values():
                    if self.path == f"/users/{held['id']}":
                        held.update(body["users"])
            self.answer({})

        def answer(self, body: Any, code: int = 200) -> None:
            api.tokens.add(self.headers.get("Authorization", ""))
            trouble = api.trouble.pop(0) if api.trouble else ""
            if trouble in ("cut", "hang"):
                api.over.wait(60 * (trouble == "hang"))
                self.close_connection = True
                return
            content = b"<html>" if trouble == "html" else json.dumps(body).encode()
            self.send_response(500 if trouble == "fail" else 302 if trouble == "moved" else code)
            if trouble == "moved":
                self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing: paths hold addresses."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        api.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def callback(api: UsersApi, **more: Any) -> dict[str, Any]:
    """As the Digital Marketplace would declare it."""
    return {
        "permanent_failure": {
            "lookup": {
                "url": f"{api.url}/users?email_address={{to}}",
                "token": "env:API_TOKEN",
                "item": "users.0",
                "matches": "emailAddress",
            },
            "only": {"active": True},
            "change": {
                "url": f"{api.url}/users/{{found.id}}",
                "token": "env:API_TOKEN",
                "body": {
                    "updated_by": "Notify callback",
                    "users": {"active": False},
                    "of": "{id}",
                    "user": "{found.id}",
                },
            },
        },
        **more,
    }


@dataclass
class Scene:
    """An aftermath whose clock the test moves."""

    aftermath: Aftermath
    store: ReceiptStore
    now: list[float]
    registry: CollectorRegistry

    def told_of(self, name: str, **labels: str) -> float | None:
        """What Prometheus is told."""
        return self.registry.get_sample_value(name, labels)

    def told(self, *receipts: dict[str, Any]) -> None:
        read = [payload.read(json.dumps(each).encode(), "", self.now[0]) for each in receipts]
        self.store.record(read, ("permanent-failure",))

    def states(self) -> dict[FollowUpState, int]:
        return dict(FollowUps(self.store).count())


def scene(folder: Path, declared: dict[str, Any], *, dry_run: bool = False) -> Scene:
    state = state_with(folder, declared)
    environment = {
        "EMAILOPS_STATE": str(state),
        "EMAILOPS_SECRETS": "env:API_TOKEN",
        "API_TOKEN": "the-token-of-the-api",
        "EMAILOPS_DEADLINE": "1",
    }
    run = Run(environment, datetime(2026, 11, 24, 6, tzinfo=UTC), date(2026, 11, 24), folder)
    declaration = valid(run)
    now = [BEGUN]
    store = ReceiptStore(Secret(f"sqlite:///{folder / 'receipts.sqlite'}"), "permits")
    plan = receiver_plan(declaration, "permits")
    registry = CollectorRegistry()
    aftermath = Aftermath(store, plan, run, FollowUpFigures(registry), dry_run=dry_run, clock=lambda: now[0])
    return Scene(aftermath, store, now, registry)


FAILED = receipt(1, "permanent-failure")
NOTHING_TO_DO = {
    "nobody has this address": (receipt(2, "permanent-failure"), {}),
    "it is inactive already": (FAILED, {"active": False}),
    "the account has it in other letters": (receipt(1, "permanent-failure", to=ADDRESS.lower()), {}),
    "a text message": (receipt(1, "permanent-failure", to="07700900123", notification_type="sms"), {}),
    "a temporary failure": (receipt(1, "temporary-failure"), {}),
    "mail that a stage redirected": (receipt(1, "permanent-failure", to="sink@permits.example"), {}),
}


def test_the_account_is_made_inactive(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    with users_api() as api:
        shown = scene(tmp_path, callback(api))
        shown.told(FAILED)
        shown.aftermath.turn()

        body = {"updated_by": "Notify callback", "users": {"active": False}, "of": FAILED["id"], "user": 7}
        assert api.changes == [("/users/7", body)]
        assert api.tokens == {"Bearer the-token-of-the-api"}
        assert shown.states() == {FollowUpState.done: 1}
    disabled = f"User account disabled for {digest(ADDRESS)} after Notify reported permanent delivery failure."
    assert disabled in caplog.messages
    assert "Person1" not in caplog.text


@pytest.mark.few(1)
@pytest.mark.parametrize(("told", "user"), NOTHING_TO_DO.values(), ids=NOTHING_TO_DO)
def test_nothing_is_changed_where(tmp_path, told, user):
    with users_api(**user) as api:
        shown = scene(tmp_path, callback(api))
        shown.told(told)
        shown.aftermath.turn()

        assert api.changes == []
        assert shown.states() in ({}, {FollowUpState.done: 1})


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "trouble",
    [
        ["fail"],
        ["cut"],
        ["html"],
        ["moved"],
        ["hang"],
        ["", "hang"],
        ["", "fail"],
        ["", "cut"],
        ["", "moved"],
        ["fail", "cut", "html", "", "fail", "", "cut"],
    ],
    ids=" then ".join,
)
def test_an_api_that_fails_is_asked_again_until_it_is_done_and_changes_once(tmp_path, trouble, caplog):
    with users_api() as api:
        api.trouble = trouble
        shown = scene(tmp_path, callback(api))
        shown.told(FAILED)
        for _ in range(8):
            shown.aftermath.turn()
            shown.now[0] += 3600

        assert len(api.changes) == 1
        assert shown.states() == {FollowUpState.done: 1}
    assert "Person1" not in caplog.text


def test_it_is_asked_later_each_time(tmp_path):
    with users_api() as api:
        api.trouble = ["fail"] * 100
        shown = scene(tmp_path, callback(api))
        shown.told(FAILED)
        waits = []
        for _ in range(5):
            shown.aftermath.turn()
            due = FollowUps(shown.store).next_due()
            waits.append(due - shown.now[0])
            shown.now[0] = due

        assert waits == [15, 30, 60, 120, 240]


@pytest.mark.slow
def test_it_is_given_up_when_its_address_may_no_longer_be_kept(tmp_path, caplog):
    with users_api() as api:
        api.trouble = ["fail"] * 100
        shown = scene(tmp_path, callback(api, keep=1))
        shown.told(FAILED)
        tries = 0
        while due := FollowUps(shown.store).next_due():
            shown.now[0] = due
            tries += shown.aftermath.turn()

        assert 24 * 3600 <= shown.now[0] - BEGUN <= 26 * 3600
        assert shown.states() == {FollowUpState.given_up: 1}
        assert FollowUps(shown.store).given_up()[0].address is None
    assert f"Given up after 1 day, a person decides: {digest(ADDRESS)}" in caplog.text


def test_a_receipt_that_comes_twice_sets_off_nothing_twice(tmp_path):
    with users_api() as api:
        shown = scene(tmp_path, callback(api))
        for _ in range(3):
            shown.told(FAILED)
            shown.aftermath.turn()
            api.users[ADDRESS]["active"] = True  # a person let them in again

        assert len(api.changes) == 1


def test_services_that_share_a_database_do_each_what_they_declare_for_their_own(tmp_path):
    with users_api() as api:
        shown = scene(tmp_path, callback(api, alarm=1, forget=1))
        other = ReceiptStore(Secret(f"sqlite:///{tmp_path / 'receipts.sqlite'}"), "permits-trial")
        read = [payload.read(json.dumps(receipt(n, "permanent-failure")).encode(), "", BEGUN) for n in range(1, 30)]
        other.record(read, ("permanent-failure",))
        shown.aftermath.turn()
        shown.now[0] += 3 * 86_400
        shown.aftermath.turn()

        assert api.changes == []
        assert FollowUps(other).count() == {FollowUpState.waiting: 29}
        assert other.counts(0) == {"permanent-failure": 29}
        assert shown.store.counts(0) == {}
        assert len(shown.store.to(ADDRESS)) == 1, "a search is of all"


def test_a_dry_run_only_says_for_whom(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    with users_api() as api:
        shown = scene(tmp_path, callback(api), dry_run=True)
        shown.told(FAILED)
        for _ in range(3):
            shown.aftermath.turn()
            shown.now[0] += 3600

        assert api.changes == []
        assert shown.states() == {FollowUpState.waiting: 1}
    assert caplog.messages == [f"{digest(ADDRESS)} would be made inactive; this is a dry run"]


@pytest.mark.slow
def test_a_dry_run_keeps_no_address_for_longer_than_any_other(tmp_path):
    with users_api() as api:
        shown = scene(tmp_path, callback(api, keep=1), dry_run=True)
        shown.told(FAILED)
        while due := FollowUps(shown.store).next_due():
            shown.now[0] = due
            shown.aftermath.turn()

        assert shown.now[0] - BEGUN <= 33 * 3600
        assert FollowUps(shown.store).given_up()[0].address is None


def test_a_webhook_is_called_for_each(tmp_path):
    with users_api() as api:
        hook = {"url": f"{api.url}/hook", "body": {"address": "{to}", "why": "{status} of {id}"}}
        shown = scene(tmp_path, {"permanent_failure": {"change": hook}})
        shown.told(FAILED, receipt(2, "permanent-failure"))
        shown.aftermath.turn()

        why = f"permanent-failure of {FAILED['id']}"
        assert api.changes[0] == ("/hook", {"address": ADDRESS, "why": why})
        assert len(api.changes) == 2


@pytest.mark.parametrize(("failed", "is_told"), [(3, False), (4, False), (5, True), (20, True)])
def test_an_hour_in_which_too_much_fails_is_an_alarm_once(tmp_path, caplog, failed, is_told):
    shown = scene(tmp_path, {"alarm": 20})
    shown.told(*(receipt(number, "permanent-failure" if number < failed else "delivered") for number in range(20)))
    for _ in range(3):
        shown.aftermath.turn()
        shown.now[0] += 60

    alarm = f"ALARM: {failed} of 20 receipts of the last hour say failure, more than 20 %"
    assert caplog.messages == ([alarm] if is_told else [])


@pytest.mark.parametrize(("days", "is_kept"), [(6, True), (8, False)])
def test_an_address_is_forgotten_in_time_and_its_hash_is_not(tmp_path, days, is_kept):
    shown = scene(tmp_path, {})
    shown.told(receipt(1))
    shown.now[0] += days * 86_400
    shown.aftermath.turn()

    (found,) = shown.store.to(ADDRESS)
    assert (found.address is not None, found.recipient) == (is_kept, hash_of(ADDRESS))


@pytest.mark.slow
@pytest.mark.parametrize(("declared", "days", "kept"), [({}, 364, 1), ({}, 366, 0), ({"forget": 30}, 31, 0)])
def test_a_receipt_is_forgotten_with_its_hash_in_time(tmp_path, declared, days, kept):
    with users_api() as api:
        shown = scene(tmp_path, callback(api, **declared))
        shown.told(FAILED, complaint(2), *(receipt(number) for number in range(3, 2_500)))
        shown.aftermath.turn()
        shown.now[0] += days * 86_400
        shown.told(receipt(2_500))
        shown.aftermath.turn()

    assert len(shown.store.to(ADDRESS)) == len(shown.store.complaints()) == kept
    assert (FollowUps(shown.store).of(FAILED["id"]) == ()) == (kept == 0)
    assert len(shown.store.to("person2500@example.gov.uk")) == 1


def test_prometheus_is_told_what_waits_what_became_of_tries_and_what_failed(tmp_path):
    with users_api() as api:
        api.trouble = ["fail"]
        shown = scene(tmp_path, callback(api))
        shown.told(FAILED, *(receipt(number) for number in range(2, 5)))
        shown.aftermath.turn()
        assert shown.told_of("emailops_follow_ups_waiting") == 1
        assert shown.told_of("emailops_receipts_failed_share") == 0.25

        shown.now[0] += 60
        shown.aftermath.turn()
        shown.now[0] += 60
        shown.aftermath.turn()
    assert shown.told_of("emailops_follow_ups_waiting") == 0
    outcomes = {"done": 1, "retried": 1, "given-up": 0}
    assert outcomes == {name: shown.told_of("emailops_follow_up_tries_total", outcome=name) for name in outcomes}


@pytest.mark.slow
def test_the_command_does_all_of_it(tmp_path):
    with users_api() as api, serving(tmp_path, callback=callback(api)) as served:
        api.trouble = ["fail"]
        assert served.post(FAILED).status_code == 200
        assert eventually(lambda: "try 1: GET was answered with 500" in served.said())
        assert "Person1" not in served.said()
        told = requests.get(served.url.replace(PATH, "/metrics"), timeout=9).text
        assert 'emailops_follow_up_tries_total{outcome="retried"} 1.0' in told


@pytest.mark.few(1)
@pytest.mark.parametrize("id_", [None, "", "..", True, [7]])
def test_an_account_without_an_id_changes_nobody_else(tmp_path, id_):
    with users_api() as api:
        next(iter(api.users.values()))["id"] = id_
        shown = scene(tmp_path, callback(api))
        shown.told(FAILED)

        shown.aftermath.turn()

        assert api.changes == []
        assert shown.states() == {FollowUpState.waiting: 1}


def test_what_waits_behind_a_call_is_free_for_another_machine(tmp_path):
    with users_api() as api:
        shown = scene(tmp_path, callback(api))
        queue = FollowUps(shown.store)
        seen = []
        shown.told(FAILED, receipt(2, "permanent-failure", to="gone@permits.example"))
        api.asked = lambda: seen.append(queue.count().get(FollowUpState.claimed, 0))

        assert shown.aftermath.turn() == 2
        assert seen
        assert set(seen) == {1}


def test_a_receiver_that_lacks_the_token_of_an_action_says_so_before_it_takes_anything(tmp_path):
    state = state_with(tmp_path, callback(UsersApi("http://127.0.0.1:1")))
    environment = {**os.environ, "EMAILOPS_SECRETS": "env:TOKENS env:API_TOKEN", "TOKENS": NEW, "API_TOKEN": ""}
    command = [sys.executable, "-m", "emailops", "receipts", "serve", "--tokens", "env:TOKENS", "--port", "0"]
    ran = subprocess.run(
        [*command, "--state", str(state)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "what a permanent failure sets off needs a token: API_TOKEN is not set" in ran.stderr
