"""One POST to a URL on this machine, as Notify makes it with requests; nothing is sent to any other machine.

https://requests.readthedocs.io/en/latest/user/advanced/#transport-adapters
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import Timeout, TooManyRedirects
from urllib3.util import parse_url

from emailops.sandbox.notify.callbacks import CallbackFailure, Result

TIMEOUT = 5


def post(url: str, token: str, body: bytes, *, timeout: float = TIMEOUT) -> Result:
    """The HTTP status that came back, or why none did."""
    try:
        with Session() as session:
            session.trust_env = False  # no proxy, which could be on another machine, and no password from a file
            for scheme in ("http://", "https://"):
                session.mount(scheme, _ThisMachine())
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            answer = session.post(url, data=body, headers=headers, timeout=timeout, stream=True)
            answer.close()
            return Result(answer.status_code)
    except _ElsewhereError:
        return Result(failure=CallbackFailure.NOT_CALLED)
    except Timeout:
        return Result(failure=CallbackFailure.NO_ANSWER)
    except TooManyRedirects:
        return Result(failure=CallbackFailure.TOO_MANY_REDIRECTS)
    except NoConnection:
        return Result(failure=CallbackFailure.NO_CONNECTION)
    except (RequestException, ValueError):  # a token that is no header, a redirect to what is no URL
        return Result(failure=CallbackFailure.NO_HTTP)


class _ElsewhereError(RequestException):
    pass


class _ThisMachine(HTTPAdapter):
    """Redirects come through here, too."""

    def send(self, request: PreparedRequest, *arguments: Any, **named: Any) -> Response:
        # requests reads the URL with the one and urllib3 with the other, so both must find this machine in it.
        url = request.url or ""
        for host in (urlsplit(url).hostname, parse_url(url).host):
            if not _is_this_machine(host or ""):
                raise _ElsewhereError
        return super().send(request, *arguments, **named)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
