"""What Notify posts is answered here: as a WSGI application, or in an app that exists.

Each receipt is on disk before it is answered with 200. Notify asks again, for 503, and never for what is refused. No
answer is a redirect: Notify would follow it with the token, and without the receipt.
https://docs.notifications.service.gov.uk/rest-api.html#delivery-receipts
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from emailops.clients.private import digest
from emailops.private import Secret, fingerprint, hide_all
from emailops.receipts import payload
from emailops.receipts.intake import Busy, Intake
from emailops.receipts.receipt import PERMANENT_FAILURE, Complaint, Receipt
from emailops.run import instant

LARGEST = 64 * 1024
HEALTH = ("/callbacks", "/callbacks/")
READY = "/callbacks/ready"
NOTIFY = "/callbacks/notify"
METRICS = "/metrics"
_BEARER = "Bearer "
_JSON = ("Content-Type", "application/json")
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    411: "411 Length Required",
    413: "413 Content Too Large",
    503: "503 Service Unavailable",
}
log = logging.getLogger("emailops.receipts")


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: an HTTP status, headers beside the length, and a body."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (_JSON,)


class Receiver:
    """Answers requests, and is a WSGI application itself. It takes any of `tokens`: two while one replaces another."""

    def __init__(self, intake: Intake, tokens: Sequence[Secret], clock: Callable[[], float] = instant) -> None:
        self._intake = intake
        self._tokens = [(token.reveal().encode(), fingerprint(token)) for token in tokens]
        self._clock = clock
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "emailops_callbacks", "Requests answered, by HTTP status", ["status"], registry=self.registry
        )
        self._told = Counter("emailops_receipts", "New receipts, by status", ["status"], registry=self.registry)
        self._seconds = Histogram("emailops_callback_seconds", "Until a request was answered", registry=self.registry)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI wants it (https://peps.python.org/pep-3333/)."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        length = _length(environ)
        answer = None
        if length is None and method == "POST":
            answer = _refusal(411, "say how long the body is")
        elif length is not None and length > LARGEST:
            answer = _refusal(413, f"a body has at most {LARGEST} bytes")
        if answer is None:
            body = environ["wsgi.input"].read(length) if length else b""
            answer = self.answer(method, path, environ.get("HTTP_AUTHORIZATION", ""), body)
        else:
            self._answers.labels(answer.status).inc()
        start_response(_STATUS[answer.status], [*answer.headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> Reply:
        """The answer to one request. Nothing of the request stands in it."""
        with self._seconds.time():
            answer = self._answer(method, path, authorization, body)
        self._answers.labels(answer.status).inc()
        return answer

    def _answer(self, method: str, path: str, authorization: str, body: bytes) -> Reply:
        if path in (*HEALTH, READY, METRICS):
            if method not in ("GET", "HEAD"):
                return _refusal(405, "only GET", ("Allow", "GET, HEAD"))
            if path == METRICS:
                kind = ("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                return Reply(200, generate_latest(self.registry), (kind,))
            if path == READY and not self._intake.is_ready():
                return _refusal(503, "the database does not answer")
            return _said(200, status="ok")
        if path != NOTIFY:
            return _refusal(404, "nothing is here")
        if method != "POST":
            return _refusal(405, "only POST", ("Allow", "POST"))
        if not authorization.startswith(_BEARER):
            return _refusal(401, "a bearer token is missing", ("WWW-Authenticate", "Bearer realm=callbacks"))
        token = self._token(authorization.removeprefix(_BEARER))
        if token is None:
            return _refusal(403, "the token is not one of ours")
        if len(body) > LARGEST:
            return _refusal(413, f"a body has at most {LARGEST} bytes")
        return self._recorded(body, token)

    def _token(self, given: str) -> str | None:
        """The fingerprint of the token that was given; each is compared, in a time that tells nothing."""
        text = given.encode("utf-8", "surrogateescape")
        found = [mark for token, mark in self._tokens if hmac.compare_digest(token, text)]
        return found[0] if found else None

    def _recorded(self, body: bytes, token: str) -> Reply:
        try:
            told = payload.read(body, token, self._clock())
        except payload.NotAsDocumented as error:
            log.warning("Notify callback refused: %s", error)
            return _refusal(400, str(error))
        try:
            is_new = self._intake.record(told)
        except Busy as error:
            log.error("Notify callback not recorded, Notify will ask again: %s", hide_all(str(error)))
            return _refusal(503, "try again", ("Retry-After", "60"))
        if is_new:
            self._note(told)
        return _said(200, status="ok")

    def _note(self, told: Receipt | Complaint) -> None:
        """In the form in which the service logs it, with the hash of the address as it was given."""
        reference = _in_a_log(told.reference)
        whom = digest(told.address.reveal()) if told.address else told.recipient
        if isinstance(told, Complaint):
            self._told.labels("complaint").inc()
            log.warning("Notify complaint: %s by %s", reference, whom)
            return
        self._told.labels(told.status).inc()
        without_address = {"id": told.id, "status": told.status, "reference": reference, "template_id": told.template}
        more = {"notify_delivery_receipt": {**without_address, "notification_type": str(told.type)}}
        log.info("Notify callback: %s: %s to %s", told.status, reference, whom, extra=more)
        if told.is_failure and told.status != PERMANENT_FAILURE:
            log.warning("Notify failed to deliver %s to %s", reference, whom, extra=more)


def _in_a_log(reference: str | None) -> str:
    """Without what would begin a line of its own, an address or a secret."""
    text = hide_all(str(reference))
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _length(environ: dict[str, Any]) -> int | None:
    """How long the body is; None where nobody says, or says it in no number."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


def _said(code: int, *headers: tuple[str, str], **fields: str) -> Reply:
    return Reply(code, json.dumps(fields).encode(), (_JSON, *headers))


def _refusal(status: int, why: str, *headers: tuple[str, str]) -> Reply:
    return _said(status, *headers, error=why)
