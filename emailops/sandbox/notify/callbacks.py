"""GOV.UK Notify's delivery callbacks: one POST to the service when a message has ended, and up to five more tries.

https://docs.notifications.service.gov.uk/rest-api.html#delivery-receipts
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from emailops.sandbox.holding.world import Callback, Report
from emailops.sandbox.notify.progress import REPORTED, ended, history, timestamp

if TYPE_CHECKING:
    from emailops.sandbox.holding.world import Message, World

RETRIES = 5
RETRY_AFTER = timedelta(seconds=300)
NOT_CALLED = "not on this machine: not called"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST to make. `number` counts from 0; URL and token are those of when the message ended."""

    message_id: str
    status: str
    number: int
    callback: Callback
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt: an HTTP status, or a failure in words."""

    answer: int | None = None
    failure: str = ""

    @property
    def is_final(self) -> bool:
        """Notify tries again after no answer, after 5xx and after 429."""
        if self.answer is None:
            return self.failure == NOT_CALLED
        return self.answer < 500 and self.answer != 429


@dataclass(order=True, slots=True)
class _Waiting:
    at: datetime
    message_id: str
    number: int = 0
    callback: Callback | None = field(default=None, compare=False)


class Callbacks:
    """What is still to be reported: `due` and `note` are called under the sandbox's lock, `send` outside of it."""

    def __init__(self) -> None:
        self._world: World | None = None
        self._waiting: list[_Waiting] = []

    def due(self, world: World, now: datetime) -> list[Attempt]:
        if world is not self._world:
            self._world, self._waiting = world, _still_to_come(world, now)
        for message_id in world.accepted:
            if message_id in world.messages:
                heappush(self._waiting, _Waiting(ended(world.messages[message_id]), message_id))
        world.accepted.clear()
        attempts = []
        while self._waiting and self._waiting[0].at <= now:
            attempt = _attempt(world, heappop(self._waiting), now)
            if attempt is not None:
                attempts.append(attempt)
        return attempts

    def send(self, attempt: Attempt) -> Result:
        from emailops.sandbox.notify.callback_request import post

        answer = post(attempt.callback.url, attempt.callback.bearer_token, attempt.body)
        return Result(failure=answer) if isinstance(answer, str) else Result(answer)

    def note(self, world: World, attempt: Attempt, result: Result, now: datetime) -> None:
        message = world.messages.get(attempt.message_id)
        if message is None or world is not self._world:
            return
        report = Report(timestamp(now), attempt.status, attempt.callback.url, result.answer, result.failure)
        message.reports.append(report)
        if not result.is_final and attempt.number < RETRIES:
            again = _Waiting(now + RETRY_AFTER, message.id, attempt.number + 1, attempt.callback)
            heappush(self._waiting, again)


def _still_to_come(world: World, now: datetime) -> list[_Waiting]:
    """Of a world that was just taken up: ends in the future, and tries that failed. Older ends are told to nobody."""
    waiting = []
    for message in world.messages.values():
        if message.reports:
            last = message.reports[-1]
            if not Result(last.answer, last.failure).is_final and len(message.reports) <= RETRIES:
                at = datetime.fromisoformat(last.at) + RETRY_AFTER
                waiting.append(_Waiting(at, message.id, len(message.reports)))
        elif ended(message) > now and message.id not in world.accepted:
            waiting.append(_Waiting(ended(message), message.id))
    return sorted(waiting)


def _attempt(world: World, waiting: _Waiting, now: datetime) -> Attempt | None:
    message = world.messages.get(waiting.message_id)
    if message is None or message.ends not in REPORTED:
        return None
    service = world.services.get(message.service)
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
        "created_at": at["created"],
        "completed_at": at[message.ends],
        "sent_at": at["sending"],
        "notification_type": message.type,
        "template_id": message.template_id,
        "template_version": message.template_version,
    }
    return json.dumps(payload).encode()
