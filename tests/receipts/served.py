"""A receiver as somebody runs it: `emailops receipts serve` in a process of its own, over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from emailops.private import Secret
from emailops.receipts.store import ReceiptStore
from tests.world import STATES

OLD, NEW = "the-token-until-today", "the-token-from-today-on"
PATH = "/callbacks/notify"


@dataclass
class Served:
    """`url` is where Notify posts to."""

    url: str
    process: subprocess.Popen[str]
    database: str
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def post(self, body: Any, token: str | None = NEW, **headers: str) -> requests.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return requests.post(self.url, data=content, headers=sent, timeout=30, allow_redirects=False)

    def store(self) -> ReceiptStore:
        return ReceiptStore(Secret(self.database))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


def state_with(folder: Path, callback: dict[str, Any]) -> Path:
    """The one-file state, with a callback of the service permits."""
    state = folder / "state"
    state.mkdir(exist_ok=True)
    text = (STATES / "minimal/emailops.yaml").read_text(encoding="utf-8")
    declared = {"url": "https://permits.example/callbacks/notify", "tokens": ["current"], **callback}
    (state / "emailops.yaml").write_text(f"{text}notify: {{permits: {{callback: {json.dumps(declared)}}}}}\n")
    return state


@contextmanager
def serving(
    folder: Path,
    *,
    callback: dict[str, Any] | None = None,
    database: str = "",
    tokens: str = f"{NEW}:{OLD}",
    **more: str,
) -> Iterator[Served]:
    """Where it was killed, the same folder goes on with the same database."""
    url = database or f"sqlite:///{folder / 'receipts.sqlite'}"
    surroundings = {
        **{name: text for name, text in os.environ.items() if not name.startswith("EMAILOPS_")},
        "EMAILOPS_SECRETS": "env:CALLBACK_TOKENS env:API_TOKEN",
        "EMAILOPS_DATABASE": url,
        "CALLBACK_TOKENS": tokens,
        "API_TOKEN": "the-token-of-the-api",
    }
    state = state_with(folder, callback or {})
    command = [sys.executable, "-m", "emailops", "receipts", "serve", "--tokens", "env:CALLBACK_TOKENS"]
    log = folder / "log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [*command, "--account", "permits", "--state", str(state), "--port", "0", *more],
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Served(json.loads(line)["receives"], process, url, log)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()


def receipt(number: int = 1, status: str = "delivered", **fields: Any) -> dict[str, Any]:
    """What Notify posts, in its order."""
    return {
        "id": f"740e5834-3a29-46b4-9a6f-{number:012d}",
        "reference": f"reference-{number}",
        "to": f"Person{number}@example.gov.uk",
        "status": status,
        "created_at": "2026-11-28T18:28:10.856817Z",
        "completed_at": "2026-11-28T18:28:12.000000Z",
        "sent_at": "2026-11-28T18:28:11.000000Z",
        "notification_type": "email",
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "template_version": 1,
        **fields,
    }


def complaint(number: int = 1) -> dict[str, Any]:
    return {
        "notification_id": f"740e5834-3a29-46b4-9a6f-{number:012d}",
        "complaint_id": "1d1f4bd1-0a3c-4b3a-9b9b-0123456789ab",
        "reference": None,
        "to": f"person{number}@example.gov.uk",
        "complaint_date": "2026-11-28T19:00:00.000000Z",
    }
