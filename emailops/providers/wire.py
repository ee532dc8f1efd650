"""Answers of a bounded size, from the host that was asked, and why there is none in words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

LARGEST = 50_000_000
"""Bytes of one answer, once inflated."""
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_CHUNK = 65536
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")


class Overlong(requests.RequestException):
    """An answer that is too much to read."""


class Elsewhere(requests.RequestException):
    """An answer that names another place; it may come from another host than the one that was asked."""


def bounded(answer: requests.Response) -> requests.Response:
    """The answer, read whole. Raises Overlong, Elsewhere, and what requests raises for one that breaks off."""
    try:
        coding = answer.headers.get("Content-Encoding", "").strip().lower()
        if coding not in _CODINGS:
            raise Overlong("packed more than once")
        content = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            content += chunk
            if len(content) > LARGEST:
                raise Overlong(f"more than {LARGEST // 1_000_000} MB")
    except BaseException:
        answer.close()
        raise
    answer._content = bytes(content)  # what `stream=False` would set, without a limit
    if 300 <= answer.status_code < 400:
        host = urlsplit(answer.headers.get("Location", "")).netloc
        raise Elsewhere(host if _HOST.fullmatch(host) else "")
    return answer


def in_words(error: BaseException, url: str) -> str:
    """Why a request got no usable answer, for a person; `url` is what was asked."""
    host = urlsplit(url).netloc
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, Overlong):
        return f"the answer of {host} is too large: {error}"
    if isinstance(error, Elsewhere):
        to = f", and sends to {error}" if str(error) else ""
        return f"another host answers here: {host} redirects{to}"
    if isinstance(reason, NameResolutionError):
        return f"no host is called {host}"
    if isinstance(reason, NewConnectionError):
        return f"nothing answers at {host}"
    if isinstance(error, requests.exceptions.SSLError):
        return f"the certificate of {host} cannot be trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy before {host} does not let through"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"{host} took too long"
    return f"{host} broke off"
