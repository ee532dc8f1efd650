"""What becomes of a message as the sandbox's clock goes on: created, sending, and then the status in which it ends.

https://docs.notifications.service.gov.uk/rest-api.html#email-status-descriptions
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emailops.sandbox.holding.service import FAILURES, MessageStatus

if TYPE_CHECKING:
    from emailops.sandbox.holding.service import Message

# A message to a network abroad ends as sent, of which Notify makes no report.
REPORTED = frozenset({MessageStatus.DELIVERED, *FAILURES})

SENDING_AFTER = timedelta(seconds=1)
ENDS_AFTER = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Event:
    status: MessageStatus
    at: datetime


def ended(message: Message) -> datetime:
    return datetime.fromisoformat(message.created_at) + ENDS_AFTER


def timestamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def history(message: Message, now: datetime) -> list[Event]:
    """What has happened to a message until now, the oldest first; the last one is its status."""
    created = datetime.fromisoformat(message.created_at)
    events = [
        Event(MessageStatus.CREATED, created),
        Event(MessageStatus.SENDING, created + SENDING_AFTER),
        Event(message.ends, created + ENDS_AFTER),
    ]
    return [events[0], *(event for event in events[1:] if event.at <= now)]
