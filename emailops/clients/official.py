"""Notify's official client, made safe for threads: one HTTP session a thread, a time limit, and no address in a log.

https://docs.notifications.service.gov.uk/python.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from .hosts import NOTIFY_URL, is_loopback
from .sessions import CONNECTS, Sessions

SECONDS = 30
DEADLINE = 60.0
"""Seconds for a whole answer, where `SECONDS` is for each byte of it."""
ORIGINAL = "X-Original-Recipient"


class OfficialClient(NotificationsAPIClient):
    """As the official client of version 6 and later; the methods that ask Notify are its own."""

    def __init__(
        self, api_key: str, base_url: str = NOTIFY_URL, timeout: float = SECONDS, deadline: float | None = None
    ) -> None:
        super().__init__(api_key, base_url)  # type: ignore[no-untyped-call]
        self.timeout = timeout
        self._sessions = Sessions(base_url, {"": deadline or max(DEADLINE, timeout)})
        self._is_local = is_loopback(base_url)
        self._local = threading.local()

    @contextmanager
    def meant_for(self, recipient: str) -> Iterator[None]:
        """Tells a sandbox on this machine, and nobody else, whom a redirected message was meant for."""
        self._local.recipient = recipient
        try:
            yield
        finally:
            del self._local.recipient

    def _perform_request(self, method: str, url: str, kwargs: dict[str, Any]) -> requests.Response:
        """The answer; raises what the official client raises, and keeps its cause, but logs no address and no key."""
        headers: Mapping[str, str] = {**kwargs.get("headers", {}), **self._original()}
        options = {**kwargs, "headers": headers, "timeout": (CONNECTS, self.timeout), "allow_redirects": False}
        try:
            response = self._sessions.mine.request(method, url, **options)
            response.raise_for_status()
        except requests.RequestException as error:
            raise HTTPError.create(error) from error
        return response

    def _original(self) -> dict[str, str]:
        recipient = getattr(self._local, "recipient", "")
        # A header holds ASCII; an address beyond it stays unsaid.
        return {ORIGINAL: recipient} if self._is_local and recipient and recipient.isascii() else {}
