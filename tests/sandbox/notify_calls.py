"""Calls of Notify as a client makes them, for tests that look at more than one answer."""

from __future__ import annotations

from typing import Any

import requests

from emailops.sandbox import Sandbox

from .accounts import STRANGER, TEMPLATES, bearer


def send(sandbox: Sandbox, key: str = "live", **fields: Any) -> requests.Response:
    body = {"email_address": STRANGER, "template_id": TEMPLATES["plain"], **fields}
    return requests.post(f"{sandbox.notify_url}/v2/notifications/email", json=body, headers=bearer(key), timeout=60)


def text(sandbox: Sandbox, key: str = "live", **fields: Any) -> requests.Response:
    body = {"phone_number": "07700900460", "template_id": TEMPLATES["notice"], **fields}
    return requests.post(f"{sandbox.notify_url}/v2/notifications/sms", json=body, headers=bearer(key), timeout=60)


def get(sandbox: Sandbox, path: str, key: str = "live") -> requests.Response:
    return requests.get(f"{sandbox.notify_url}{path}", headers=bearer(key), timeout=60)


def refused(answer: requests.Response) -> tuple[int, str, list[str]]:
    errors = answer.json()["errors"]
    assert answer.json()["status_code"] == answer.status_code
    (kind,) = {error["error"] for error in errors}
    return answer.status_code, kind, [error["message"] for error in errors]
