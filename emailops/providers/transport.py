"""The sessions through which both official clients speak: one that can only read, others that can also write.

`ReadingSession.send` is the one way out of every reader, and it refuses anything but GET.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock, Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from emailops import written
from emailops.clients.deadlines import Adapter
from emailops.errors import EmailopsError
from emailops.patience import ANSWER, Patience
from emailops.private import hide_secrets
from emailops.providers.wire import bounded

CONNECTIONS = 5
"""At one provider at a time. Mailchimp refuses more than 10 of a user, and other jobs of theirs are users, too."""
CONNECTS = 10
READS = 30
WRITES = 130
"""Seconds to connect and to wait for the next byte: Mailchimp may work on a write for 120."""
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What comes of an answer that is not as documented."""

_LOOK_UP = 0.2
_REPEATABLE = frozenset({"GET", "PUT"})
_AFTER_ALL = 20
_PASSING = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_PERSONAL = re.compile(r"(?<=/members/)[^/]+")

Result = TypeVar("Result")
_Outcome = requests.Response | requests.RequestException


class ReadingSession(requests.Session):
    """Keeps its connections, never more than a few; follows no redirect to another host, and sends nothing but GET.

    Reads are repeated as long as `patience` has it, and so is a PUT, which leaves what a first one left. A POST or a
    PATCH never is: the first may have been done, and somebody may have changed since what the second would overwrite.
    """

    methods = frozenset({"GET"})
    seconds_to_write = WRITES

    def __init__(self, url: str, patience: Patience | None = None) -> None:
        super().__init__()
        self.count = 0
        self.clock: datetime | None = None
        self.request_ids: list[str] = []
        self.permit: Callable[[], None] | None = None
        self._patience = patience or Patience()
        self._lock = Lock()
        self.url = url
        writes = self._patience.for_answer(self.seconds_to_write + _AFTER_ALL)
        seconds = {"": writes, "GET": self._patience.for_answer(ANSWER)}
        for scheme in ("https://", "http://"):
            self.mount(scheme, Adapter(seconds, pool_maxsize=CONNECTIONS, pool_block=True))
        # A proxy or a .netrc of the machine must not stand between a test and its loopback server.
        self.trust_env = urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost")
        # Who calls stands in each request; a .netrc would put somebody else there.
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(self, method: str | bytes, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]
        """The answer; where each try met a bad one, the last, or the first after which a write may have been done."""
        options["timeout"] = (CONNECTS, READS if method == "GET" else self.seconds_to_write)
        options["allow_redirects"], options["stream"] = False, True
        if self.permit is not None and method != "GET":
            self.permit()
        tries = self._patience.tries()
        number, doubt = next(tries), None
        while number:
            outcome = self._try(method, url, options)
            if method != "GET" and _may_be_done(outcome):
                doubt = doubt or outcome
            number = self._again(method, tries) if _is_passing(outcome, number) else 0
        if doubt is not None and not (isinstance(outcome, requests.Response) and outcome.ok):
            # A refusal of a later try says nothing of the one before.
            outcome = doubt
        if isinstance(outcome, requests.RequestException):
            raise outcome
        return outcome

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if str(request.method).upper() not in self.methods:
            raise PermissionError(f"a {type(self).__name__} does not send {request.method!r}")
        with self._lock:
            self.count += 1
        if request.method != "GET":
            written.note()
        answer = bounded(super().send(request, **options))
        self._note(request, answer)
        return answer

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: what a redirect says is not even read before it is bounded."""

    def _try(self, method: str | bytes, url: str | bytes, options: dict[str, Any]) -> _Outcome:
        try:
            return super().request(method, url, **options)
        except requests.RequestException as error:
            return error

    def _again(self, method: str | bytes, tries: Iterator[int]) -> int:
        """The number of the next try; 0 where there is none, or this run may no longer write."""
        number = next(tries, 0) if method in _REPEATABLE else 0
        if number and method != "GET" and self.permit is not None:
            try:
                self.permit()
            except EmailopsError:
                return 0
        return number

    def _note(self, request: requests.PreparedRequest, answer: requests.Response) -> None:
        """Keep the provider's own clock, and the name that it gave the request, which its support asks for."""
        self.clock = _date(answer.headers.get("Date", "")) or self.clock
        found = _REQUEST_ID.fullmatch(answer.headers.get("X-Request-Id", ""))
        if found:
            path = _PERSONAL.sub("*", urlsplit(request.url or "").path)
            self.request_ids.append(f"{request.method} {path} -> {hide_secrets(found[0])}")


class WritingSession(ReadingSession):
    """Made by apply only."""

    methods = frozenset({"GET", "POST", "PATCH", "PUT"})


class SendingSession(ReadingSession):
    """Made by probe only, to send mail."""

    methods = frozenset({"POST"})
    seconds_to_write = READS


def together(calls: Iterable[Callable[[], Result]]) -> list[Result]:
    """The results in order, of a few calls at a time; raises what the first of them that failed did.

    Nothing waits for a call that hangs: not a Ctrl-C, and not the end of the process. A signal that comes just before
    its thread begins to wait is seen when it looks up.
    """
    waiting = deque(enumerate(calls))
    results: dict[int, Result] = {}
    failures: dict[int, BaseException] = {}

    def work() -> None:
        while not failures:
            try:
                number, call = waiting.popleft()
            except IndexError:
                return
            try:
                results[number] = call()
            except BaseException as error:
                failures[number] = error

    threads = [Thread(target=work, daemon=True) for _ in range(min(CONNECTIONS, len(waiting)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_UP)
    if failures:
        raise failures[min(failures)]
    return [results[number] for number in sorted(results)]


def was_never_sent(error: BaseException) -> bool:
    """Whether a request failed before a connection stood, so that nothing can have been written."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _is_passing(outcome: _Outcome, number: int) -> bool:
    """Too many requests, trouble of the server's own, or of the way there; a wrong certificate stays wrong.

    Mailchimp may say "too many" by a 403 without a body, where one with a body is a refusal: the first is tried once
    more, and no oftener, since a proxy's refusal may look the same.
    """
    if isinstance(outcome, requests.RequestException):
        return isinstance(outcome, _PASSING) and not isinstance(outcome, requests.exceptions.SSLError)
    if outcome.status_code == 403:
        return number == 1 and not outcome.content
    return outcome.status_code == 429 or outcome.status_code >= 500


def _may_be_done(outcome: _Outcome) -> bool:
    """Whether a write that ended so may have been done."""
    if isinstance(outcome, requests.RequestException):
        return not was_never_sent(outcome)
    return outcome.status_code >= 500


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
