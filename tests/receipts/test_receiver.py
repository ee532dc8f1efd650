"""What is answered to Notify, and to everybody else: `originals.md` section 8 and the documented shape."""

from __future__ import annotations

import json
import logging
import signal
import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from notifications_python_client import NotificationsAPIClient
from sqlalchemy import event

from emailops.clients.private import digest
from emailops.private import Secret
from emailops.receipts.blueprint import blueprint
from emailops.receipts.intake import Intake
from emailops.receipts.receipt import hash_of
from emailops.receipts.receiver import Receiver
from emailops.receipts.store import ReceiptStore
from emailops.sandbox import Sandbox
from tests.receipts.served import NEW, OLD, PATH, Served, complaint, receipt, serving
from tests.sandbox.accounts import LIVE_SERVICE, SECRETS, TEMPLATES, accounts
from tests.sandbox.receiver import eventually


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("receipts")) as running:
        yield running


def raw(served: Served, content: bytes, *, half_closed: bool = True) -> bytes:
    with socket.create_connection(served.address, 10) as connection:
        connection.sendall(content)
        if half_closed:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found


class TestWhoeverPosts:
    @pytest.mark.parametrize("token", [OLD, NEW])
    def test_with_any_of_the_tokens_is_let_in(self, served, token):
        answer = served.post(receipt(10), token)

        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    @pytest.mark.parametrize("scheme", [None, "Basic abc", "bearer x", "Token x"])
    def test_without_a_bearer_token_is_asked_for_one(self, served, scheme):
        answer = served.post(receipt(), None, **({"Authorization": scheme} if scheme else {}))

        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer realm=callbacks")

    @pytest.mark.parametrize("token", ["wrong", NEW.upper(), f" {NEW}", f"{OLD}:{NEW}", NEW[:-1]])
    def test_with_another_token_is_refused_and_nothing_is_repeated(self, served, token):
        answer = requests.post(served.url, json=receipt(), headers={"Authorization": f"Bearer {token}"}, timeout=9)

        assert answer.status_code == 403
        assert token.strip() not in answer.text

    def test_the_health_check_needs_no_token(self, served):
        for path in ("/callbacks", "/callbacks/"):
            answer = requests.get(served.url.replace(PATH, path), timeout=9, allow_redirects=False)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    def test_the_readiness_check_needs_no_token(self, served):
        assert requests.get(served.url.replace(PATH, "/callbacks/ready"), timeout=9).json() == {"status": "ok"}

    def test_the_metrics_count_what_was_answered_and_told(self, served):
        served.post(receipt(11, "temporary-failure"))
        told = requests.get(served.url.replace(PATH, "/metrics"), timeout=9).text

        assert 'emailops_callbacks_total{status="200"}' in told
        assert 'emailops_receipts_total{status="temporary-failure"} 1.0' in told


class TestAReceipt:
    def test_is_logged_with_the_hash_of_its_address_alone(self, served):
        served.post(receipt(20, "technical-failure", to="my-email@notify.callback.com", reference="a\nline"))
        said = served.said()

        hashed = "urpXHRZxYlyjcR9cAeiJkNpfSjZYuw-IOGMbo5x2HTM="
        assert f"INFO Notify callback: technical-failure: a\\nline to {hashed}" in said
        assert f"WARNING Notify failed to deliver a\\nline to {hashed}" in said
        assert "my-email" not in said

    def test_is_logged_as_it_was_written_and_with_what_it_says_but_the_address(self, tmp_path, caplog):
        caplog.set_level(logging.INFO)
        receiver = Receiver(Intake(ReceiptStore(Secret(f"sqlite:///{tmp_path / 'r.sqlite'}"))), [Secret(NEW)])
        told = receipt(26, to="Jane.Doe@example.gov.uk")
        receiver.answer("POST", PATH, f"Bearer {NEW}", json.dumps(told).encode())

        (record,) = (record for record in caplog.records if record.name == "emailops.receipts")
        assert record.getMessage() == f"Notify callback: delivered: reference-26 to {digest('Jane.Doe@example.gov.uk')}"
        named = ("id", "status", "reference", "template_id", "notification_type")
        assert record.notify_delivery_receipt == {name: told[name] for name in named}

    def test_that_comes_twice_is_kept_once(self, served):
        for _ in range(2):
            assert served.post(receipt(21)).status_code == 200

        assert len(served.store().by_id(receipt(21)["id"])) == 1

    def test_keeps_what_came_before_and_after_a_failure(self, served):
        for status in ("permanent-failure", "delivered"):
            served.post(receipt(22, status))

        found = served.store().to("PERSON22@example.gov.uk")
        assert [each.status for each in found] == ["delivered", "permanent-failure"]

    def test_of_a_text_message_without_a_reference_is_kept(self, served):
        served.post(receipt(23, to="07700900123", notification_type="sms", reference=None, sent_at=None))

        (found,) = served.store().to("07700900123")
        assert (found.type, found.reference, found.sent) == ("sms", None, None)

    def test_that_says_more_than_is_documented_is_taken(self, served):
        assert served.post({**receipt(24), "new": {"field": [1]}}).status_code == 200

    def test_a_complaint_has_another_shape(self, served):
        assert served.post(complaint(25)).status_code == 200

        (found,) = served.store().complaints()
        assert found.recipient == hash_of("person25@example.gov.uk")


WRONG = {
    "not JSON": b"{",
    "not UTF-8": b'{"id": "\xff"}',
    "very deep": b"[" * 60_000,
    "a list": b"[]",
    "ten thousand fields": json.dumps({f"f{n}": 1 for n in range(5_000)}).encode(),
    "without an id": {name: value for name, value in receipt().items() if name != "id"},
    "without an address": receipt(to=None),
    "a status that is none": receipt(status="Delivered; DROP"),
    "a letter": receipt(notification_type="letter"),
    "a time that is none": receipt(created_at="yesterday"),
    "a time before all times": receipt(created_at="0001-01-01T00:00:00+14:00"),
    "a version that is text": receipt(template_version="1"),
    "a version that is true": receipt(template_version=True),
    "a version that no column holds": receipt(template_version=2**70),
    "NUL in a reference": receipt(reference="a\0b"),
    "half a character": receipt(reference="\ud83d"),
    "a reference of a megabyte's beginning": receipt(reference="x" * 3_000),
}


class TestABody:
    @pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
    def test_of_another_shape_is_refused_for_good_in_few_words(self, served, body):
        answer = served.post(body)

        assert answer.status_code == 400
        assert len(answer.content) < 200
        assert "example.gov.uk" not in answer.text

    def test_that_is_huge_is_refused(self, served):
        assert served.post(receipt(reference="x" * 70_000)).status_code == 413

    @pytest.mark.parametrize(
        ("method", "path", "code"),
        [
            ("POST", "/callbacks/notify/../notify", 404),
            ("POST", "/callbacks/notify/", 404),
            ("POST", "/callbacks/%6eotify%00", 404),
            ("POST", "/CALLBACKS/NOTIFY", 404),
            ("GET", "/callbacks/notify", 405),
            ("PUT", "/callbacks/notify", 405),
            ("POST", "/callbacks", 405),
            ("GET", "/", 404),
        ],
    )
    def test_elsewhere_is_not_taken(self, served, method, path, code):
        answer = raw(
            served, f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )

        assert answer.startswith(f"HTTP/1.1 {code} ".encode())


class TestAConnection:
    def test_with_two_tokens_in_two_headers_is_refused(self, served):
        body = json.dumps(receipt(40)).encode()
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        both = f"Authorization: Bearer {NEW}\r\nAuthorization: Bearer wrong-wrong\r\n\r\n"

        assert raw(served, (head + both).encode() + body).startswith(b"HTTP/1.1 403 ")

    def test_that_says_two_lengths_is_refused(self, served):
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x"

        assert raw(served, head.encode()).startswith(b"HTTP/1.1 400 ")

    def test_may_bring_several_receipts_one_behind_the_other(self, served):
        requests_ = b""
        for number in (41, 42, 43):
            body = json.dumps(receipt(number)).encode()
            last = "Connection: close\r\n" if number == 43 else ""
            head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\n{last}Authorization: Bearer {NEW}\r\n"
            requests_ += f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

        assert raw(served, requests_, half_closed=False).count(b"HTTP/1.1 200 OK") == 3
        assert all(served.store().by_id(receipt(number)["id"]) for number in (41, 42, 43))

    def test_that_is_slow_does_not_hold_up_others(self, served):
        slow = [socket.create_connection(served.address, 10) for _ in range(50)]
        try:
            for connection in slow:
                connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n{{".encode())

            assert served.post(receipt(44)).status_code == 200
        finally:
            for connection in slow:
                connection.close()


class TestADatabase:
    @pytest.mark.slow
    def test_that_is_full_makes_notify_try_again_and_loses_nothing_that_was_taken(self, tmp_path):
        store = ReceiptStore(Secret(f"sqlite:///{tmp_path / 'r.sqlite'}"))
        with store.engine.connect() as connection:
            size = connection.connection.driver_connection.execute("pragma page_count").fetchone()[0]

        event.listen(store.engine, "begin", lambda used: used.exec_driver_sql(f"pragma max_page_count = {size + 8}"))
        receiver = Receiver(Intake(store, patience=10), [Secret(NEW)])
        codes = []
        for number in range(300):
            body = json.dumps(receipt(number)).encode()
            codes.append(receiver.answer("POST", PATH, f"Bearer {NEW}", body).status)

        assert {*codes} == {200, 503}
        taken = [number for number, code in enumerate(codes) if code == 200]
        assert all(store.by_id(receipt(number)["id"]) for number in taken)

    def test_that_is_locked_makes_notify_try_again_in_time(self, tmp_path):
        store = ReceiptStore(Secret(f"sqlite:///{tmp_path / 'r.sqlite'}"))
        receiver = Receiver(Intake(store, patience=0.2), [Secret(NEW)])
        body = json.dumps(receipt(1)).encode()
        with store.engine.begin():  # somebody else writes
            assert receiver.answer("POST", PATH, f"Bearer {NEW}", body).status == 503
            assert receiver.answer("GET", "/callbacks/ready", "", b"").status == 503
            assert receiver.answer("GET", "/callbacks", "", b"").status == 200, "no reason to end the process"

        assert eventually(lambda: receiver.answer("GET", "/callbacks/ready", "", b"").status == 200)
        assert receiver.answer("POST", PATH, f"Bearer {NEW}", body).status == 200
        assert len(store.by_id(receipt(1)["id"])) == 1

    def test_whose_file_is_gone_takes_nothing_until_it_is_back(self, tmp_path, caplog):
        store = ReceiptStore(Secret(f"sqlite:///{tmp_path / 'r.sqlite'}"))
        receiver = Receiver(Intake(store), [Secret(NEW)])
        codes = []

        def post(number: int) -> None:
            body = json.dumps(receipt(number)).encode()
            codes.append(receiver.answer("POST", PATH, f"Bearer {NEW}", body).status)

        post(1)
        files, away = list(tmp_path.glob("r.sqlite*")), tmp_path / "away"
        away.mkdir()
        for file in files:
            file.rename(away / file.name)
        post(2)
        assert receiver.answer("GET", "/callbacks/ready", "", b"").status == 503
        assert "the database's file cannot be used: no such file or directory" in caplog.text
        for file in files:
            (away / file.name).rename(file)
        post(3)

        assert codes == [200, 503, 200]
        assert [bool(store.by_id(receipt(number)["id"])) for number in (1, 2, 3)] == [True, False, True]

    def test_that_hangs_lets_nobody_wait_longer_than_the_first(self, tmp_path):
        store = ReceiptStore(Secret(f"sqlite:///{tmp_path / 'r.sqlite'}"))
        now, looked = [1_000.0], []
        intake = Intake(store, patience=30, clock=lambda: looked.append(True) or now[0])
        first = threading.Thread(target=intake.is_ready)
        with store.engine.begin():  # somebody else writes
            first.start()
            assert eventually(lambda: looked)
            now[0] += 31
            assert not intake.is_ready(), "without a wait, or this test would take half a minute"
        first.join()
        assert eventually(intake.is_ready)

    def test_behind_which_too_many_wait_makes_notify_try_again_at_once(self, tmp_path, caplog):
        store = ReceiptStore(Secret(f"sqlite:///{tmp_path / 'r.sqlite'}"))
        receiver = Receiver(Intake(store, patience=30, most=4), [Secret(NEW)])
        bodies = [json.dumps(receipt(number)).encode() for number in range(12)]
        codes: list[int] = []

        def post(body: bytes) -> None:
            codes.append(receiver.answer("POST", PATH, f"Bearer {NEW}", body).status)

        threads = [threading.Thread(target=post, args=(body,)) for body in bodies]
        with store.engine.begin():  # somebody else writes
            for thread in threads:
                thread.start()
            # Five at most are being written, and four wait behind them.
            assert eventually(lambda: len(codes) >= 3)
            assert {*codes} == {503}
        for thread in threads:
            thread.join()
        assert codes.count(200) + codes.count(503) == 12
        assert codes.count(200) == sum(len(store.by_id(receipt(number)["id"])) for number in range(12))
        assert "not recorded, Notify will ask again: the database is slow" in caplog.text


@pytest.mark.parametrize("prefix", ["", "/notify-receipts", "/a/b"])
class TestAnAppOfFlasks:
    def _client(self, folder, prefix):
        store = ReceiptStore(Secret(f"sqlite:///{folder / 'r.sqlite'}"))
        app = Flask("an app")
        app.register_blueprint(blueprint(Receiver(Intake(store), [Secret(NEW)])), url_prefix=prefix or None)
        return app.test_client(), store

    def test_mounts_it_below_a_prefix_or_none(self, tmp_path, prefix):
        client, store = self._client(tmp_path, prefix)
        path, token = f"{prefix}{PATH}", {"Authorization": f"Bearer {NEW}"}

        for health in ("/callbacks", "/callbacks/", "/callbacks/ready"):
            assert client.get(prefix + health).json == {"status": "ok"}
        assert client.post(path, json=receipt(1)).status_code == 401
        taken = client.post(path, json=receipt(1), headers=token)
        assert (taken.status_code, len(store.by_id(receipt(1)["id"]))) == (200, 1)
        assert client.post(path, data=b"x" * 70_000, headers=token).status_code == 413
        assert client.get(path).status_code == 405

    @pytest.mark.parametrize("path", ["/callbacks//notify", "/callbacks/notify//", "/callbacks//"])
    def test_answers_with_no_redirect(self, tmp_path, prefix, path):
        client, _ = self._client(tmp_path, prefix)

        answer = client.post(prefix + path, data=b"{}", headers={"Authorization": f"Bearer {NEW}"})
        assert (answer.status_code, answer.headers.get("Location")) == (404, None)


@pytest.mark.slow
def test_the_sandbox_reports_to_it(served):
    held = accounts()
    service = next(each for each in held["notify"]["services"] if each["id"] == LIVE_SERVICE)
    service["callback"] = {"url": served.url, "bearer_token": NEW}
    with Sandbox(held) as sandbox:
        client = NotificationsAPIClient(f"live-{LIVE_SERVICE}-{SECRETS['live']}", base_url=sandbox.notify_url)
        sent = client.send_email_notification("perm-fail@simulator.notify", TEMPLATES["plain"], reference="sandbox")

        assert eventually(lambda: served.store().by_id(sent["id"]))
        (found,) = served.store().by_id(sent["id"])
        told = client.get_notification_by_id(sent["id"])
        assert (found.status, found.reference, found.template) == (told["status"], "sandbox", TEMPLATES["plain"])


class TestUnderLoad:
    @pytest.mark.slow
    @pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
    def test_every_receipt_that_was_answered_is_there_once_however_it_ends(self, tmp_path, ended_by):
        answered: set[int] = set()
        numbers = iter(range(100_000))
        lock = threading.Lock()

        def post(served: Served, halt: threading.Event) -> None:
            with requests.Session() as session:
                while not halt.is_set():
                    with lock:
                        number = next(numbers)
                    try:
                        taken = session.post(
                            served.url, json=receipt(number), headers={"Authorization": f"Bearer {NEW}"}, timeout=9
                        )
                    except requests.RequestException:
                        continue
                    if taken.status_code == 200:
                        with lock:
                            answered.add(number)

        for _ in range(3):
            with serving(tmp_path) as served:
                halt = threading.Event()
                threads = [threading.Thread(target=post, args=(served, halt)) for _ in range(8)]
                for thread in threads:
                    thread.start()
                before = len(answered)
                assert eventually(lambda before=before: len(answered) > before + 100)
                served.process.send_signal(ended_by)
                assert served.process.wait(30) == (-ended_by if ended_by is signal.SIGKILL else 0)
                assert "Traceback" not in served.said()
                halt.set()
                for thread in threads:
                    thread.join()
        store = served.store()
        assert all(len(store.by_id(receipt(number)["id"])) == 1 for number in answered)
