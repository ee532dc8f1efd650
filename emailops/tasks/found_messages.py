"""What was found of messages: what became of each, who told, and who could not be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emailops.errors import Exit
from emailops.private import Address


class Teller(StrEnum):
    """Who told of a message."""

    receipts = "receipts"
    notify = "Notify"


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """One message and what became of it.

    `address` is whom it went to, an address or a phone number; None where only its digest is known, `recipient`.
    `template` is the declared name, else the id. `kind` and `stages` are of the key that sent it, where Notify was
    asked. `history` is what receipts told, the oldest first. `complained` is when somebody marked it as spam.
    """

    id: str
    reference: str
    type: str
    status: str
    template: str
    template_id: str
    address: Address | None
    recipient: str
    created: datetime
    sent: datetime | None
    completed: datetime | None
    tellers: tuple[Teller, ...]
    kind: str = ""
    stages: tuple[str, ...] = ()
    history: tuple[tuple[str, datetime], ...] = ()
    complained: datetime | None = None

    @property
    def has_failed(self) -> bool:
        return self.status.endswith("failure")

    def is_since(self, moment: datetime) -> bool:
        """Whether it was sent then or later, or marked as spam."""
        return max(self.created, self.complained or self.created) >= moment


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """The messages, the newest first; who was asked, who could not be asked and why, and what else a reader needs."""

    messages: tuple[FoundMessage, ...]
    asked: tuple[str, ...]
    unread: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> Exit:
        return Exit.PEOPLE if self.unread else Exit.OK
