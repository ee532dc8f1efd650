"""The sandbox's speed budgets: a process of its own, asked over loopback by the official client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import requests
from notifications_python_client import NotificationsAPIClient

EMAILOPS = Path(sys.executable).parent / "emailops"
THREADS, SENDS = 8, 5_000
MEMBERS, PAGE, PAGES = 100_000, 1_000, 25
AUDIENCE, API_KEY = "0a1b2c3d4e", "0123456789abcdef0123456789abcdef-us1"
SERVICE, SECRET = "11111111-1111-4111-8111-111111111111", "a1111111-1111-4111-8111-111111111111"
TEMPLATE = "c0000000-0000-4000-8000-000000000001"

Row = tuple[str, float, float]
"""What was measured, how much of its budget it took, and 1."""


def rows(folder: Path) -> Iterator[Row]:
    ready = median(_ready() for _ in range(5))
    yield f"sandbox: ready in {ready:.2f} s / 1 s", ready, 1.0
    held = folder / "accounts.json"
    held.write_text(json.dumps(_accounts()))
    start = time.perf_counter()
    with _running("--accounts", str(held), "--data", str(folder / "kept")) as (process, urls):
        taken = time.perf_counter() - start
        yield f"sandbox: {MEMBERS:,} members checked, kept in a file and ready in {taken:.1f} s / 15 s", taken / 15, 1.0
        page = median(_page(urls, number) for number in range(PAGES))
        yield f"sandbox: {PAGE:,} of {MEMBERS:,} members in {page * 1000:.0f} ms / 80 ms", page / 0.080, 1.0
        minute = _sends_a_minute(urls["notify"])
        yield f"sandbox: {SENDS:,} sends a minute / {minute:,.0f} from {THREADS} threads", SENDS / minute, 1.0
        memory = _megabytes(process.pid)
        yield f"sandbox: {memory:.0f} MB with {MEMBERS:,} members / 500 MB", memory / 500, 1.0


@contextmanager
def _running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [EMAILOPS, "sandbox", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _ready() -> float:
    start = time.perf_counter()
    with _running():
        return time.perf_counter() - start


def _sends_a_minute(url: str) -> float:
    def send(number: int) -> None:
        client = NotificationsAPIClient(f"app-{SERVICE}-{SECRET}", base_url=url)
        for turn in range(SENDS // THREADS):
            client.send_email_notification(
                f"applicant-{number}-{turn}@example.com", TEMPLATE, {"name": "A. Applicant", "number": str(turn)}
            )

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(send, range(THREADS)))
    return SENDS // THREADS * THREADS * 60 / (time.perf_counter() - start)


def _page(urls: dict[str, str], number: int) -> float:
    start = time.perf_counter()
    answer = requests.get(
        f"{urls['mailchimp']}lists/{AUDIENCE}/members",
        {"count": str(PAGE), "offset": str(number * MEMBERS // PAGES)},
        auth=("bench", API_KEY),
        timeout=30,
    )
    taken = time.perf_counter() - start
    assert len(answer.json()["members"]) == PAGE
    return taken


def _megabytes(process: int) -> float:
    line = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _accounts() -> dict[str, Any]:
    body = "Dear ((name)),\n\nyour permit ((number)) is granted.\n\n" + "It holds for a year from today. " * 20
    return {
        "notify": {
            "services": [
                {
                    "id": SERVICE,
                    "keys": [{"name": "app", "kind": "live", "secret": SECRET}],
                    "limits": {"per_minute": 1_000_000},
                    "templates": [{"id": TEMPLATE, "name": "Granted", "subject": "Permit ((number))", "body": body}],
                }
            ]
        },
        "mailchimp": {
            "accounts": [
                {
                    "name": "Bench",
                    "account_id": "bench",
                    "api_keys": [API_KEY],
                    "audiences": [
                        {"id": AUDIENCE, "name": "Everyone", "members": [_member(number) for number in range(MEMBERS)]}
                    ],
                }
            ]
        },
    }


def _member(number: int) -> dict[str, Any]:
    return {
        "email_address": f"firstname.surname.{number}@department-{number % 97}.example.gov.uk",
        "status": "unsubscribed" if number % 10 == 0 else "subscribed",
        "merge_fields": {"FNAME": f"Firstname{number}", "LNAME": "Surname", "ORGANISATION": "A Department of Permits"},
        "language": "en",
        "last_changed": "2026-01-31T09:30:00+00:00",
        "tags": ["applicants"] if number % 3 == 0 else [],
    }
