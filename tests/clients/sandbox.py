"""A sandbox in a process of its own, turned and read over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from .accounts import accounts


class Sandbox:
    def __init__(self, notify_url: str, mailchimp_url: str) -> None:
        self.notify_url = notify_url
        self.mailchimp_url = mailchimp_url
        self._session = requests.Session()
        self._session.trust_env = False

    def reset(self) -> None:
        self._ask("POST", "/__sandbox__/reset")

    def advance(self, seconds: float) -> None:
        self._ask("POST", "/__sandbox__/clock", {"advance": seconds})

    def go_wrong(self, route: str, do: str, **more: Any) -> None:
        self._ask("PUT", "/__sandbox__/faults", [{"route": route, "do": do, **more}])

    def count(self, *routes: str) -> None:
        """From now on count the requests on these routes; `counted` says how many came."""
        self._ask("PUT", "/__sandbox__/faults", [{"route": route, "do": "slow", "seconds": 0} for route in routes])

    def counted(self) -> list[int]:
        """How many requests came by on each route that is counted, or that goes wrong."""
        return [fault["seen"] for fault in self._ask("GET", "/__sandbox__/faults").json()]

    def inbox(self, **query: str) -> list[dict[str, Any]]:
        """What was sent, the newest first, each message whole."""
        url = "/__sandbox__/inbox"
        entries = self._session.get(f"{self.notify_url}{url}", params=query, timeout=30).json()["entries"]
        return [self._ask("GET", f"{url}/{entry['id']}").json() for entry in entries]

    def members(self, audience_id: str) -> dict[str, str]:
        """The status of each address on an audience."""
        (account,) = self.state()["mailchimp"]["accounts"]
        audience = next(audience for audience in account["audiences"] if audience["id"] == audience_id)
        return {member["email_address"]: member["status"] for member in audience["members"]}

    def campaigns(self) -> list[dict[str, Any]]:
        (account,) = self.state()["mailchimp"]["accounts"]
        return list(account.get("campaigns", []))

    def state(self) -> dict[str, Any]:
        return dict(self._ask("GET", "/__sandbox__/state").json())

    def hold(self, state: dict[str, Any]) -> None:
        self._ask("PUT", "/__sandbox__/state", state)

    def _ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = self._session.request(method, f"{self.notify_url}{path}", json=body, timeout=60)
        assert answer.ok, answer.text
        return answer


@contextmanager
def running(folder: Path) -> Iterator[Sandbox]:
    """Started by the interpreter that has emailops, which need not be the one that runs the tests."""
    held = folder / "accounts.json"
    held.write_text(json.dumps(accounts()))
    python = os.environ.get("EMAILOPS_PYTHON", sys.executable)
    command = [python, "-m", "emailops", "sandbox", "--port", "0", "--accounts", str(held)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            urls = json.loads(process.stdout.readline())
            yield Sandbox(urls["notify"], urls["mailchimp"])
        finally:
            process.terminate()
