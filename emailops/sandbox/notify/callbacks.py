"""GOV.UK Notify's delivery callbacks: one POST to the service when a message has ended, and up to five more tries.

https://docs.notifications.service.gov.uk/rest-api.html#delivery-receipts
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from emailops.sandbox.holding.service import CallbackTarget, DeliveryReport, MessageStatus
from emailops.sandbox.notify.progress import REPORTED, ended, history, timestamp

if TYPE_CHECKING:
    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.holding.service import Message

RETRIES = 5
RETRY_AFTER = timedelta(seconds=300)


class CallbackFailure(StrEnum):
    """Why there was no answer."""

    NOT_CALLED = "not on this machine: not called"
    NO_ANSWER = "no answer within 5 seconds"
    TOO_MANY_REDIRECTS = "too many redirects"
    NO_CONNECTION = "no connection"
    NO_HTTP = "no HTTP"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST to make. `number` counts from 0; URL and token are those of when the message ended."""

    message_id: str
    status: MessageStatus
    number: int
    callback: CallbackTarget
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt: an HTTP status, or why there was none."""

    answer: int | None = None
    failure: str = ""

    @property
    def is_final(self) -> bool:
        """Notify tries again after no answer, after 5xx and after 429."""
        if self.answer is None:
            return self.failure == CallbackFailure.NOT_CALLED
        return self.answer < 500 and self.answer != 429


@dataclass(order=True, slots=True)
class _Waiting:
    at: datetime
    message_id: str
    number: int = 0
    callback: CallbackTarget | None = field(default=None, compare=False)


class Callbacks:
    """What is still to be reported; to be called under the sandbox's lock."""

    def __init__(self) -> None:
        self._world: Holdings | None = None
        self._waiting: list[_Waiting] = []

    def due(self, holdings: Holdings, now: datetime) -> list[Attempt]:
        if holdings is not self._world:
            self._world, self._waiting = holdings, _still_to_come(holdings, now)
        for message_id in holdings.accepted:
            if message := holdings.messages.get(message_id):
                heappush(self._waiting, _Waiting(ended(message), message_id))
        holdings.accepted.clear()
        attempts = []
        while self._waiting and self._waiting[0].at <= now:
            attempt = _attempt(holdings, heappop(self._waiting), now)
            if attempt is not None:
                attempts.append(attempt)
        return attempts

    def note(self, holdings: Holdings, attempt: Attempt, result: Result, now: datetime) -> None:
        message = holdings.messages.get(attempt.message_id)
        if message is None or holdings is not self._world:
            return
        report = DeliveryReport(timestamp(now), attempt.status, attempt.callback.url, result.answer, result.failure)
        message.reports.append(report)
        holdings.messages.put(message.id, message)
        if not result.is_final and attempt.number < RETRIES:
            again = _Waiting(now + RETRY_AFTER, message.id, attempt.number + 1, attempt.callback)
            heappush(self._waiting, again)


def _still_to_come(holdings: Holdings, now: datetime) -> list[_Waiting]:
    """Of holdings that were just taken up: ends in the future, and tries that failed. Older ends are told to nobody."""
    waiting = []
    for message in holdings.messages.values():
        if message.reports:
            last = message.reports[-1]
            if not Result(last.answer, last.failure).is_final and len(message.reports) <= RETRIES:
                at = datetime.fromisoformat(last.at) + RETRY_AFTER
                waiting.append(_Waiting(at, message.id, len(message.reports)))
        elif ended(message) > now and message.id not in holdings.accepted:
            waiting.append(_Waiting(ended(message), message.id))
    return sorted(waiting)


def _attempt(holdings: Holdings, waiting: _Waiting, now: datetime) -> Attempt | None:
    message = holdings.messages.get(waiting.message_id)
    if message is None or message.ends not in REPORTED:
        return None
    service = holdings.services.get(message.service)
    callback = waiting.callback or (service.callback if service else None)
    if callback is None:
        return None
    return Attempt(message.id, message.ends, waiting.number, replace(callback), _payload(message, now))


def _payload(message: Message, now: datetime) -> bytes:
    at = {event.status: timestamp(event.at) for event in history(message, now)}
    payload = {
        "id": message.id,
        "reference": message.reference,
        "to": message.recipient,
        "status": message.ends,
        "created_at": at[MessageStatus.CREATED],
        "completed_at": at[message.ends],
        "sent_at": at[MessageStatus.SENDING],
        "notification_type": message.type,
        "template_id": message.template_id,
        "template_version": message.template_version,
    }
    return json.dumps(payload).encode()
