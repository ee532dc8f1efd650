"""A run and its messages: as they are before the send ledger knows them, as it claims them, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from emailops.private import Address

LAST = 2**31 - 1
"""No message has a greater number."""


class RunState(StrEnum):
    """Of a run: open while a message of it is to be sent."""

    open = "open"
    done = "done"
    abandoned = "abandoned"


class SendState(StrEnum):
    """Of one message."""

    waiting = "waiting"
    intent = "intent"
    sent = "sent"
    failed = "failed"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class MailRun:
    """A run as the ledger knows it; `occasion` says what it is a run for, `repeat` how often that was done before.

    `said` is why a worker stopped before the end.
    """

    number: int
    id: str
    mailing: str
    stage: str
    occasion: str
    repeat: int
    template: str
    begun: str
    total: int
    state: RunState
    said: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is to be sent, before the ledger knows it; `said` is why it cannot be."""

    number: int
    recipient: str
    reference: str
    address: Address
    personalisation: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message that this worker has claimed, or asks about; `at` is Notify's time when its intent was noted."""

    number: int
    recipient: str
    reference: str
    address: Address
    personalisation: dict[str, Any]
    tries: int
    lost: int
    at: float
    worker: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message: `id` is Notify's, `said` why it failed. Of a lost one Notify never told anything."""

    message: Message
    state: SendState
    id: str = ""
    said: str = ""
    is_lost: bool = False
