"""Everything that a sandbox holds: Notify services with their messages, and Mailchimp accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emailops.sandbox.holding.collection import Collection

if TYPE_CHECKING:
    from datetime import datetime

    from emailops.sandbox.holding.account import HeldAccount
    from emailops.sandbox.holding.service import HeldService, KeyKind, Message, TemplateType


@dataclass(slots=True)
class Bucket:
    """What one kind of key may still send at once; time fills it, and `filled` is how far that is reckoned."""

    tokens: int
    filled: datetime


@dataclass(slots=True)
class Holdings:
    """`open` makes what it does not know on first sight: any well-formed key, template and audience; without limits.

    Below `open` is what no state keeps: `buckets` by service and kind of key, what was `sent` by service, type and
    day, and the messages `accepted` since the callbacks were last looked after.
    """

    services: Collection[HeldService] = field(default_factory=Collection)
    accounts: Collection[HeldAccount] = field(default_factory=Collection)
    messages: Collection[Message] = field(default_factory=Collection)
    open: bool = False
    buckets: dict[tuple[str, KeyKind], Bucket] = field(default_factory=dict)
    sent: dict[tuple[str, TemplateType, str], int] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
