"""The clients' speed budgets: against the official clients in the same run, or a server with fixed delays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifications_python_client.notifications import NotificationsAPIClient

from emailops.clients import MailchimpClient, NotifyClient
from emailops.clients.mailchimp import Audience

KEY = "bench-11111111-1111-4111-8111-111111111111-a1111111-1111-4111-8111-111111111111"
MAILCHIMP_KEY, AUDIENCE = "0123456789abcdef0123456789abcdef-us1", "0a1b2c3d4e"
TEMPLATE = "c0000000-0000-4000-8000-000000000001"
MEMBERS, SUBSCRIPTIONS, AT_ONCE, BATCH = 500_000, 10_000, 10, 500
CALL_SECONDS, BATCH_SECONDS = 0.1, 1.0

Row = tuple[str, float, float]
"""What was measured, how much of its budget it took, and 1."""


def rows() -> Iterator[Row]:
    for client in ("NotifyClient", "MailchimpClient"):
        added = _import_adds(client)
        yield f"clients: importing {client} adds {added * 1000:.0f} ms to requests / 30 ms", added / 0.030, 1.0
    with _serving(Provider) as url:
        added = _send_adds(url)
        yield f"clients: a send adds {added * 1000:.2f} ms to the official client's / 2 ms", added / 0.002, 1.0
        megabytes = _streaming(url)
        yield f"clients: {MEMBERS:,} members streamed in {megabytes:.0f} MB / 150 MB", megabytes / 150, 1.0
    with _serving(SlowProvider) as url:
        many, single = _subscriptions(url)
    floor = SUBSCRIPTIONS / BATCH / AT_ONCE * BATCH_SECONDS
    times = single * SUBSCRIPTIONS / many
    what = f"clients: {SUBSCRIPTIONS:,} subscriptions"
    yield f"{what} in {many:.2f} s, {times:.0f} times as fast as one by one / 300", 300 / times, 1.0
    yield f"{what} against the floor of {floor:.0f} s / 1.3", many / floor / 1.3, 1.0


def _import_adds(client: str) -> float:
    """Of the processor, in a process of its own each time, after requests is there."""
    code = (
        "import time\nimport requests\nstart = time.process_time()\n"
        f"from emailops.clients import {client}\nprint(time.process_time() - start)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    return min(
        float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
        for _ in range(11)
    )


def _send_adds(url: str) -> float:
    official = NotificationsAPIClient(KEY, base_url=url)
    ours = NotifyClient(KEY, templates={"bench": TEMPLATE}, redirects={"example.com": "a@b.uk"}, base_url=url)
    values = {"name": "A. Reader", "number": "7"}
    theirs, mine = [], []
    for _ in range(300):
        theirs.append(_timed(lambda: official.send_email_notification("a@example.org", TEMPLATE, values, "r")))
        mine.append(_timed(lambda: ours.send_email("a@example.org", "bench", values, reference="r")))
    return max(0.0, median(mine) - median(theirs))


def _streaming(url: str) -> float:
    """The most memory that a process of its own ever had; what it began as, a copy of this one, does not count."""
    code = (
        "import sys\nfrom emailops.clients import MailchimpClient\n"
        f"audience = MailchimpClient({MAILCHIMP_KEY!r}, base_url=sys.argv[1]).audience_by_id({AUDIENCE!r})\n"
        f"assert sum(1 for _ in audience.members()) == {MEMBERS}\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code, f"{url}/3.0/"], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def _subscriptions(url: str) -> tuple[float, float]:
    """The seconds that all took together, and that a single one takes."""
    audience: Audience = MailchimpClient(MAILCHIMP_KEY, base_url=f"{url}/3.0/").audience_by_id(AUDIENCE)
    addresses = [f"reader-{number}@readers.example.org" for number in range(SUBSCRIPTIONS)]
    many = _timed(lambda: audience.subscribe_many(addresses, at_once=AT_ONCE))
    single = median(_timed(lambda address=address: audience.subscribe(address)) for address in addresses[:20])
    return many, single


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@contextmanager
def _serving(provider: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), provider)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Provider(BaseHTTPRequestHandler):
    """Answers as both providers do to the calls that are measured, at once."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._wait(CALL_SECONDS)
        query = parse_qs(urlsplit(self.path).query)
        total = MEMBERS if query["status"] == ["subscribed"] else 0
        first, size = int(query["offset"][0]), int(query["count"][0])
        numbers = range(first, min(first + size, total))
        members = [{"id": f"{n:032x}", "email_address": f"reader-{n}@readers.example.org"} for n in numbers]
        self._answer({"members": members, "total_items": total})

    def do_PUT(self) -> None:
        self._wait(CALL_SECONDS)
        self._read()
        self._answer({"status": "subscribed"})

    def do_POST(self) -> None:
        body = self._read()
        if "template_id" in body:
            self._answer({"id": TEMPLATE, "reference": body["reference"]})
            return
        self._wait(BATCH_SECONDS)
        self._answer({"errors": [], "error_count": 0, "total_created": len(body["members"])})

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def _wait(self, seconds: float) -> None:
        """At once, unless told otherwise."""

    def _read(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: Any) -> None:
        content = json.dumps(body).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self.wfile.write(head.encode() + content)


class SlowProvider(Provider):
    def _wait(self, seconds: float) -> None:
        time.sleep(seconds)
