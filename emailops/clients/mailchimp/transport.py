"""Calls to Mailchimp: through mailchimp3, with one HTTP session a thread, repeated where that does no harm.

https://mailchimp.com/developer/marketing/docs/fundamentals/
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import unquote

import requests
from mailchimp3 import MailChimp
from mailchimp3.mailchimpclient import MailChimpError

from ..errors import ClientError, KeyRefused, MinuteLimitReached, NotFound, OutcomeUnknown, Refused, Unavailable
from ..private import masked
from ..sessions import CONNECTS, Sessions, was_never_sent

READS, WRITES = 30, 130
"""Seconds to wait for an answer: Mailchimp may work on a write for 120."""
DEADLINES = {"GET": 60.0, "": 150.0}
"""Seconds until the last byte of an answer, by method."""

TRIES = 4
_TOO_MANY = 429
Result = TypeVar("Result")


class OfficialMailChimp(MailChimp):  # type: ignore[misc]
    """mailchimp3 through sessions of ours; its own way out logs addresses and opens a connection a call."""

    def __init__(
        self, mc_api: str, mc_user: str = "emailops", timeout: float | None = None, base_url: str = ""
    ) -> None:
        super().__init__(mc_api=mc_api, mc_user=mc_user, timeout=timeout)
        if base_url:
            # urljoin drops the last part of a path that does not end with a slash.
            self.base_url = f"{base_url.rstrip('/')}/"
        self._sessions = Sessions(self.base_url, DEADLINES)

    def _make_request(self, **request: Any) -> requests.Response:
        if request.get("timeout") is None:
            request["timeout"] = (CONNECTS, READS if request["method"] == "GET" else WRITES)
        return self._sessions.mine.request(**{**request, "allow_redirects": False})


class Calls:
    """Makes calls and says what their failures mean. `pause` waits for so many seconds before a call is repeated."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self._pause = pause

    def repeat(self, call: Callable[[], Result], what: str, *known: str) -> Result:
        """A read, or a write that leaves what it left before. Raises Unavailable after the last try.

        `known` are addresses that the answer may hold.
        """
        try:
            return self._tried(call, what, known, (OutcomeUnknown, Unavailable, MinuteLimitReached))
        except OutcomeUnknown as lost:
            raise Unavailable(lost.message) from None

    def once(self, call: Callable[[], Result], what: str, *known: str) -> Result:
        """A write that must not be done twice; one that was refused for the number of calls was not done at all."""
        return self._tried(call, what, known, (MinuteLimitReached,))

    def _tried(
        self,
        call: Callable[[], Result],
        what: str,
        known: tuple[str, ...],
        passing: tuple[type[ClientError], ...],
        number: int = 1,
    ) -> Result:
        try:
            return call()
        except _FAILURES as error:
            failure = meaning(error, what, *known)
        if number == TRIES or not isinstance(failure, passing):
            raise failure
        self._pause(random.uniform(0.5, 1) * 2 ** (number - 1))  # noqa: S311
        return self._tried(call, what, known, passing, number + 1)


def problem_of(error: BaseException) -> Mapping[str, Any]:
    """Mailchimp's problem document; empty where the answer held none."""
    found = error.args[0] if isinstance(error, MailChimpError) and error.args else None
    return {name: value for name, value in found.items() if name != "response"} if isinstance(found, dict) else {}


def meaning(error: BaseException, what: str, *known: str) -> ClientError:
    """The error to raise for a call that failed. A write whose answer was lost may have been done."""
    if isinstance(error, requests.RequestException):
        if was_never_sent(error):
            return Unavailable(f"Mailchimp could not be reached to {what} ({type(error).__name__})")
        return OutcomeUnknown(f"Mailchimp's answer was lost when it was asked to {what} ({type(error).__name__})")
    if not isinstance(error, MailChimpError):
        return OutcomeUnknown(f"Mailchimp's answer could not be read when it was asked to {what}")
    problem = problem_of(error)
    status = _status(error)
    if not 400 <= status < 500:
        return OutcomeUnknown(f"Mailchimp answered with {status} when it was asked to {what}")
    said = masked(problem.get("detail") or problem.get("title") or "it gave no reason", *known)
    shown = f"Mailchimp refused to {what} with {status}: {said}"
    # Under a great load it may say 429 by a 403 that holds nothing.
    if status == _TOO_MANY or (status == 403 and not problem):
        return MinuteLimitReached(shown, status=status)
    return {401: KeyRefused, 403: KeyRefused, 404: NotFound}.get(status, Refused)(shown, status=status)


def _status(error: MailChimpError) -> int:
    found = error.args[0] if error.args else {}
    response = found.get("response") if isinstance(found, dict) else None
    return int(getattr(response, "status_code", 0) or problem_of(error).get("status") or 0)


# A JSON body that is no object, and 200 without a body, end as these in mailchimp3.
_FAILURES = (MailChimpError, requests.RequestException, ValueError, TypeError, AttributeError, KeyError)


class _NoAddress(logging.Filter):
    """Takes the address out of the one request that has it in its URL; urllib3 logs URLs for who debugs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(part) if isinstance(part, str) else part for part in record.args)
        return True


def _hidden(part: str) -> str:
    return re.sub(r"(?<=email=)[^&\s]+", "<address>", part) if "@" in unquote(part) else part


logging.getLogger("urllib3.connectionpool").addFilter(_NoAddress())
