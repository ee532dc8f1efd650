"""Any bytes on any route, many clients at once, starting and stopping."""

from __future__ import annotations

import io
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.message import Message
from http.client import HTTPConnection, HTTPResponse

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailops.errors import InvalidInput
from emailops.sandbox import Sandbox
from emailops.sandbox.serving.body import LARGEST_BODY, BodyError, Patient, read_body
from emailops.sandbox.serving.wire import STATE_DEPTH, parse_json

from .accounts import AUDIENCE, GUEST, NEW_AUDIENCE, TEMPLATES, accounts, basic, bearer
from .test_mailchimp_lists import call
from .test_notify_send import send


def raw(sandbox: Sandbox, sent: bytes) -> int:
    """The status that these bytes get, 0 when the connection is closed without an answer."""
    host, _, port = sandbox.notify_url.removeprefix("http://").partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=60)) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        with HTTPResponse(connection, method=sent[:4].decode("latin-1").strip()) as response:
            try:
                response.begin()
            except ConnectionError:
                return 0
            response.read()
            return response.status


def is_over(connection: socket.socket) -> bool:
    """Whether the other side closed it, with an answer or without; False when nothing comes before the timeout."""
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return True


HEAD = b"POST /v2/notifications/email HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BYTES = [
    ("nothing", b"", 0),
    ("an empty line", b"\r\n", 0),
    ("no HTTP", b"hello\r\n\r\n", 400),
    ("binary", b"\x00\xff\xfe\x80\r\n\r\n", 400),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ("a version that is none", b"GET / HTTP/x\r\n\r\n", 400),
    ("HTTP/2", b"GET / HTTP/2.0\r\n\r\n", 400),
    ("a method that is none", b"BREW / HTTP/1.1\r\n\r\n", 405),
    ("a line without end", b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ("a huge header", b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    ("two hundred headers", b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", 431),
    ("a length that is none", HEAD + b"Content-Length: ten\r\n\r\n", 400),
    ("a negative length", HEAD + b"Content-Length: -1\r\n\r\n", 400),
    ("two lengths", HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("a length in other digits", HEAD + "Content-Length: ١\r\n\r\n{}".encode(), 400),
    ("a body cut short", HEAD + b"Content-Length: 100\r\n\r\n{", 400),
    ("a body too long", HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), 413),
    ("a length beyond numbers", HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
    ("a body in chunks", CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", 401),
    ("chunks with extensions and trailers", CHUNKED + b"1;a=b\r\n{\r\n01\r\n}\r\n0\r\nA: b\r\n\r\n", 401),
    ("chunks with bare line ends", CHUNKED + b"2\n{}\n0\n\n", 401),
    ("chunks that are none", CHUNKED + b"zz\r\n", 400),
    ("a chunk without a size", CHUNKED + b"\r\n", 400),
    ("a negative chunk", CHUNKED + b"-1\r\n", 400),
    ("a chunk longer than it says", CHUNKED + b"1\r\n{}\r\n0\r\n\r\n", 400),
    ("a chunk cut short", CHUNKED + b"5\r\n{}", 400),
    ("chunks without an end", CHUNKED + b"2\r\n{}\r\n", 400),
    ("a size without an end", CHUNKED + b"0" * 70_000, 400),
    ("a chunk too long", CHUNKED + b"fffffffffffffff\r\n", 413),
    ("trailers without an end", CHUNKED + b"0\r\n" + b"A: b\r\n" * 200, 431),
    ("chunks and a length", HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("another coding", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 411),
    ("no body", HEAD + b"\r\n", 401),
    ("HTTP/0.9, which names no host", b"GET /\r\n\r\n", 400),
    ("a whole URL for a path", b"GET http://x/v2/templates HTTP/1.1\r\n\r\n", 401),
    ("a whole URL without a path", b"GET HTTPS://127.0.0.1?q=1 HTTP/1.1\r\n\r\n", 200),
    ("a whole URL with a foreign name", b"GET http://x/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 403),
    ("a whole URL without a host", b"GET http:///v2/templates HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("a bracket", b"GET //[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("a star", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("percent and no digits", b"GET /v2/template/%zz%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
    ("a path that is no text", b"GET /v2/template/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
    ("a query that is no text", b"GET /3.0/lists?count=%ff\xff&&&=;= HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
    ("HTTP/1.0", b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 200),
    ("a head only", b"HEAD /v2/templates HTTP/1.1\r\nHost: localhost\r\n\r\n", 401),
    ("a head of what is only written", b"HEAD /v2/template/x/preview HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("no host for a provider", b"GET /v2/templates HTTP/1.0\r\n\r\n", 400),
    ("an empty host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "status"), [pytest.param(*row[1:], id=row[0]) for row in BYTES])
def test_bytes(sandbox: Sandbox, sent: bytes, status: int) -> None:
    assert raw(sandbox, sent) == status
    assert call(sandbox, "GET ping").status_code == 200


@pytest.mark.parametrize("path", ["v2/templates", "v2/nothing", "3.0/lists", "3.0/nothing", "", "__sandbox__/state"])
def test_a_head_is_what_a_get_answers_short_of_the_body(sandbox: Sandbox, path: str) -> None:
    headers = bearer() if path.startswith("v2") else basic()
    whole, head = (
        requests.request(method, f"{sandbox.notify_url}/{path}", headers=headers, timeout=60)
        for method in ("GET", "HEAD")
    )
    assert head.content == b""
    assert head.status_code == whole.status_code
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == whole.headers[name]


def test_a_body_in_chunks_is_read_whole(sandbox: Sandbox) -> None:
    content = json.dumps({"template_id": TEMPLATES["plain"], "email_address": GUEST}).encode()
    pieces = (content[at : at + 7] for at in range(0, len(content), 7))
    answer = requests.post(f"{sandbox.notify_url}/v2/notifications/email", data=pieces, headers=bearer(), timeout=60)
    assert answer.json()["content"]["body"] == "Thank you."


def test_a_request_has_only_so_much_time() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs), closing(Patient(ours)) as incoming:
        theirs.sendall(b"GET / HT")
        assert incoming.read(3) == b"GET"
        incoming.until = time.monotonic()
        with pytest.raises(TimeoutError):
            incoming.read(1)


def test_a_body_that_does_not_come_in_time_is_a_408() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs), closing(Patient(ours)) as incoming:
        incoming.until = time.monotonic()
        with pytest.raises(BodyError) as error:
            read_body(headers({"Content-Length": "2"}), io.BufferedReader(incoming))
    assert error.value.status == 408


def headers(given: dict[str, str]) -> Message:
    message = Message()
    for name, value in given.items():
        message[name] = value
    return message


OWN = ["GET /", "GET /__sandbox__/state", "POST /__sandbox__/reset", "GET /nothing"]


@pytest.mark.parametrize("route", OWN)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "[", ":", "a b"]
)
def test_a_foreign_name_is_refused(sandbox: Sandbox, route: str, host: str) -> None:
    method, path = route.split(" ")
    url = sandbox.notify_url + path
    assert requests.request(method, url, headers={"Host": host}, timeout=60).status_code == 403


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8025", "app.localhost", "192.168.0.7"]
)
def test_names_of_this_machine(sandbox: Sandbox, host: str) -> None:
    answer = requests.get(f"{sandbox.inbox_url}__sandbox__/clock", headers={"Host": host}, timeout=60)
    assert answer.status_code == 200


def test_providers_answer_to_any_name(sandbox: Sandbox) -> None:
    for url, sent in ((f"{sandbox.notify_url}/v2/templates", bearer()), (f"{sandbox.mailchimp_url}ping", basic())):
        assert requests.get(url, headers={**sent, "Host": "notify.internal:8025"}, timeout=60).status_code == 200


@pytest.mark.parametrize(("origin", "status"), [("https://evil.example", 403), ("null", 403), ("", 403), (None, 204)])
def test_another_site_cannot_make_a_browser_write(sandbox: Sandbox, origin: str | None, status: int) -> None:
    sent = {} if origin is None else {"Origin": origin}
    assert requests.post(f"{sandbox.inbox_url}__sandbox__/reset", headers=sent, timeout=60).status_code == status
    own = {"Origin": sandbox.notify_url}
    assert requests.post(f"{sandbox.inbox_url}__sandbox__/reset", headers=own, timeout=60).status_code == 204


@pytest.mark.parametrize("path", ["/", "/__sandbox__/state", "/v2/templates", "/3.0/ping"])
@pytest.mark.parametrize(
    ("site", "is_refused"), [("cross-site", True), ("same-site", False), ("same-origin", False), ("none", False)]
)
def test_another_site_cannot_make_a_browser_read(sandbox: Sandbox, path: str, site: str, is_refused: bool) -> None:
    sent = {**(basic() if path.startswith("/3.0") else bearer()), "Sec-Fetch-Site": site}
    answer = requests.get(sandbox.notify_url + path, headers=sent, timeout=5)
    assert answer.status_code == (403 if is_refused else 200)


def test_a_body_too_long_is_refused_while_it_still_comes(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.notify_url}/v2/notifications/email", data=b" " * (LARGEST_BODY + 1), timeout=60)
    assert answer.status_code == 413


ROUTES = [
    "GET /v2/templates", "GET /v2/notifications", "POST /v2/notifications/email", "GET /v2/notifications/{}",
    "GET /v2/template/{}", "GET /v2/template/{}/version/{}", "POST /v2/template/{}/preview",
    f"POST /v2/template/{TEMPLATES['choice']}/preview",
    "GET /3.0/", "GET /3.0/lists", "POST /3.0/lists", "GET /3.0/lists/{}", f"PATCH /3.0/lists/{AUDIENCE}",
    f"GET /3.0/lists/{AUDIENCE}/members", f"POST /3.0/lists/{AUDIENCE}/members",
    f"PUT /3.0/lists/{AUDIENCE}/members/{{}}", f"PATCH /3.0/lists/{AUDIENCE}/members/anna@builders.gov.uk",
    "PUT /__sandbox__/state", "PUT /__sandbox__/faults", "GET /{}",
]  # fmt: skip
NAMES = st.sampled_from(
    [
        "email_address",
        "template_id",
        "personalisation",
        "name",
        "contact",
        "status",
        "conditions",
        "late",
        "route",
        "do",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([TEMPLATES["plain"], GUEST]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.one_of(st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode()))
PIECES = st.text(st.sampled_from("aé0/%?&=.,:[]{}()* -_~@ff"), max_size=12)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(route=st.sampled_from(ROUTES), piece=PIECES, query=PIECES, body=BODIES, token=st.booleans())
def test_any_request_gets_an_answer_that_is_no_failure_of_ours(
    sandbox: Sandbox, route: str, piece: str, query: str, body: bytes, token: bool
) -> None:
    method, path = route.split(" ", 1)
    headers = bearer() if path.startswith("/v2") else basic()
    host = sandbox.notify_url.removeprefix("http://")
    with closing(HTTPConnection(host, timeout=60)) as connection:
        target = (
            path.replace("{}", requests.utils.quote(piece, safe="%/")) + "?" + requests.utils.quote(query, safe="&=")
        )
        connection.request(method, target, body, headers if token else {})
        response = connection.getresponse()
        content = response.read()
    assert response.status < 500
    assert len(content) == int(response.headers.get("Content-Length", 0))
    before = sandbox.state()
    sandbox.replace(parse_json(json.dumps(before).encode(), depth=STATE_DEPTH))
    assert sandbox.state() == before
    sandbox.reset()


LINES = st.sampled_from(
    [
        b"Host: x", b"Host: evil.example", b"Content-Length: 4", b"Content-Length: 0", b"Content-Length: -1",
        b"Transfer-Encoding: chunked", b"Connection: close", b"Connection: keep-alive", b"Expect: 100-continue",
        b"Authorization: Bearer x", b"Authorization: Basic eDp5", b"Origin: null", b"Upgrade: websocket", b": x", b"x",
        b" folded", b"A:" + b"b" * 5000,
    ]
) | st.binary(max_size=20)  # fmt: skip
METHODS = st.sampled_from(
    [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"get"]
)
TARGETS = st.sampled_from([route.split(" ", 1)[1].encode() for route in ROUTES]) | st.binary(max_size=20)
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b""])
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r"])
REQUESTS = st.builds(
    lambda method, target, version, end, lines, body: end.join(
        [method + b" " + target + b" " + version, *lines, b"", body]
    ),
    METHODS, TARGETS, VERSIONS, ENDS, st.lists(LINES, max_size=4),
    st.binary(max_size=30) | st.sampled_from([b"2\r\n{}\r\n0\r\n\r\n", b'{"a": 1}', b"[" * 3000]),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(sent=REQUESTS | st.binary(max_size=60), cut=st.integers(0, 30))
def test_any_bytes_get_a_plain_answer_or_none(sandbox: Sandbox, sent: bytes, cut: int) -> None:
    for content in (sent, sent[:cut]):
        assert raw(sandbox, content) < 500
    assert requests.get(f"{sandbox.mailchimp_url}ping", headers=basic(), timeout=60).status_code == 200


def test_a_connection_serves_many_requests(sandbox: Sandbox) -> None:
    host = sandbox.notify_url.removeprefix("http://")
    with closing(HTTPConnection(host, timeout=60)) as connection:
        connection.connect()
        before = connection.sock
        for path in ("/v2/templates", "/3.0/ping", "/nothing", "/", "/__sandbox__/state"):
            connection.request("GET", path)
            connection.getresponse().read()
        connection.request("DELETE", f"/3.0/lists/{AUDIENCE}", headers=basic())
        assert connection.getresponse().read() == b""
        assert connection.sock is before


@pytest.mark.slow
def test_no_write_is_lost_between_threads(sandbox: Sandbox) -> None:
    def write(thread: int) -> list[str]:
        made = []
        for number in range(10):
            address = f"m{thread}-{number}@builders.gov.uk"
            call(sandbox, f"POST lists/{AUDIENCE}/members", {"email_address": address, "status": "subscribed"})
            made.append(call(sandbox, "POST lists", NEW_AUDIENCE).json().get("id", "full"))
            made.append(send(sandbox).json()["id"])
        return made

    with ThreadPoolExecutor(8) as threads:
        made = [id_ for ids in threads.map(write, range(8)) for id_ in ids]
    state = sandbox.state()
    account = state["mailchimp"]["accounts"][0]
    assert len(account["audiences"]) == account["max_audiences"] == 15
    assert len(account["audiences"][0]["members"]) == 6 + 80
    assert len(state["messages"]) == 80
    held = {audience["id"] for audience in account["audiences"]} | {message["id"] for message in state["messages"]}
    assert set(made) - {"full"} <= held
    assert made.count("full") == 80 - 13


def test_stopping_closes_connections_that_clients_keep_open() -> None:
    with Sandbox(accounts()) as sandbox:
        url = sandbox.notify_url
        with requests.Session() as idle, requests.Session() as again:
            for session in (idle, again):
                assert session.get(f"{url}/v2/templates", timeout=60).status_code == 401
            host, _, port = url.removeprefix("http://").partition(":")
            with closing(socket.create_connection((host, int(port)), timeout=60)) as half:
                half.sendall(HEAD + b"Content-Length: 10\r\n\r\n{")
                sandbox.stop()
                assert is_over(half)
            with pytest.raises(requests.ConnectionError):
                again.get(f"{url}/v2/templates", timeout=60)
        sandbox.stop()


def test_starting_again_keeps_what_is_held() -> None:
    sandbox = Sandbox(accounts())
    for _ in range(2):
        with sandbox:
            send(sandbox)
    assert len(sandbox.state()["messages"]) == 2


def test_before_the_start_there_is_no_url() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = Sandbox(accounts()).notify_url


@pytest.mark.parametrize("port", [None, 70_000])
def test_a_port_that_cannot_be_had(sandbox: Sandbox, port: int | None) -> None:
    taken = int(sandbox.notify_url.rpartition(":")[2]) if port is None else port
    with pytest.raises(InvalidInput, match=f"cannot listen on 127.0.0.1, port {taken}:"):
        Sandbox(accounts(), port=taken).start()


def test_messages_of_many_at_once_are_listed_by_the_time_of_each() -> None:
    with Sandbox(accounts()) as sandbox, ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: send(sandbox).status_code, range(80))) == {201}
        listed = requests.get(f"{sandbox.notify_url}/v2/notifications", headers=bearer(), timeout=5).json()
        times = [message["created_at"] for message in listed["notifications"]]
    assert len(times) == 80
    assert times == sorted(times, reverse=True)
