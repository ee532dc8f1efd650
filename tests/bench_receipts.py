"""The speed of receipts: how many are taken a second, how soon each is answered, and how soon one is found again."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from emailops.private import Address, Secret
from emailops.receipts.receipt import MessageType, Receipt, hash_of
from emailops.receipts.store import ReceiptStore
from tests.bench_pairs import Row
from tests.receipts.served import NEW, PATH, Served, receipt, serving

TAKEN, CONNECTIONS = 10_000, 16
A_SECOND, FOR_SECONDS = 200, 10
KEPT = 1_000_000


def rows(folder: Path) -> Iterator[Row]:
    (folder / "receipts").mkdir()
    with serving(folder / "receipts") as served:
        began = time.perf_counter()
        _posted(served, range(TAKEN))
        rate = TAKEN / (time.perf_counter() - began)
        yield Row(f"receipts: 1,000 a second / {rate:,.0f} taken a second, each on disk", 1_000 / rate, 1.0)
        first = TAKEN
        took = _posted(served, range(first, first + A_SECOND * FOR_SECONDS), pace=A_SECOND)
        slowest = quantiles(took, n=100)[98] * 1000
        what = f"receipts: 99 of 100 answered within {slowest:.0f} ms at {A_SECOND} a second / 100 ms"
        yield Row(what, slowest / 100, 1.0)
    yield _found(folder / "million.sqlite")


def _found(path: Path) -> Row:
    store = ReceiptStore(Secret(f"sqlite:///{path}"))
    for first in range(0, KEPT, 10_000):
        store.record([_receipt(number) for number in range(first, first + 10_000)])
    took = []
    for number in range(7, KEPT, KEPT // 200):
        began = time.perf_counter()
        (found,) = store.to(f"PERSON{number}@example.gov.uk")
        took.append(time.perf_counter() - began)
        assert found.id.endswith(f"{number:012d}")
    store.close()
    milliseconds = max(took) * 1000
    words = f"the slowest of {len(took)} searches by address took {milliseconds:.1f} ms / 50 ms"
    return Row(f"receipts: {KEPT:,} kept, {words} (half took {median(took) * 1000:.1f})", milliseconds / 50, 1.0)


def _posted(served: Served, numbers: Sequence[int], pace: float = 0) -> list[float]:
    """The seconds that each took. With a pace each is due at its own time, and waits for no other."""
    began = time.perf_counter()

    def post(share: int) -> list[float]:
        took = []
        with socket.create_connection(served.address, 30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in numbers[share::CONNECTIONS]:
                due = began + (number - numbers[0]) / pace if pace else time.perf_counter()
                time.sleep(max(0.0, due - time.perf_counter()))
                connection.sendall(_request(number))
                answer = connection.recv(4096)
                while answer and not answer.endswith(b"}"):
                    answer += connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 200 "), answer
                took.append(time.perf_counter() - due)
        return took

    with ThreadPoolExecutor(CONNECTIONS) as executor:
        return [seconds for took in executor.map(post, range(CONNECTIONS)) for seconds in took]


def _request(number: int) -> bytes:
    body = json.dumps(receipt(number)).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {NEW}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def _receipt(number: int) -> Receipt:
    address = f"person{number}@example.gov.uk"
    moment = datetime(2026, 11, 28, tzinfo=UTC)
    return Receipt(
        id=f"740e5834-3a29-46b4-9a6f-{number:012d}",
        status="delivered",
        type=MessageType.email,
        reference=f"reference-{number}",
        recipient=hash_of(address),
        address=Address(address),
        template="f33517ff-2a88-4f6e-b855-c550268ce08a",
        template_version=1,
        created=moment,
        sent=moment,
        completed=moment,
        token="",
        received=1_795_000_000.0 + number,
    )
