"""HTTP sessions, one a thread: requests' sessions are not made to be shared."""

from __future__ import annotations

import os
import threading
from http.cookiejar import DefaultCookiePolicy

import requests
from urllib3.exceptions import NewConnectionError

from .deadlines import Adapter
from .hosts import is_loopback

CONNECTS = 10
"""Seconds to wait for a connection."""


class Sessions:
    """Keeps connections open from call to call. A thread, and a process after a fork, has its own.

    An answer has to be there whole within the `seconds` of its method, or else of "".
    """

    def __init__(self, url: str, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        # A proxy of the machine must not stand between an app and a sandbox beside it.
        self._trusts_environment = not is_loopback(url)
        self._local = threading.local()

    @property
    def mine(self) -> requests.Session:
        """The session of this thread."""
        if getattr(self._local, "process", 0) != os.getpid():
            self._local.process, self._local.session = os.getpid(), self._new()
        session: requests.Session = self._local.session
        return session

    def _new(self) -> requests.Session:
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, Adapter(self._seconds))
        session.trust_env = self._trusts_environment
        # Who calls stands in each request; a .netrc would put somebody else there.
        session.auth = _as_it_is
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session


def was_never_sent(error: object) -> bool:
    """Whether a request failed before a connection stood, so that nothing can have been done."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if isinstance(error, Exception) and error.args else None
    return isinstance(reason, NewConnectionError)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
