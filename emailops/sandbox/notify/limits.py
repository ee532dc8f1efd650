"""How much a Notify service may send: a bucket a minute for each kind of key, and a number a day for each type.

https://docs.notifications.service.gov.uk/rest-api.html#limits; how the bucket is filled is in notifications-api,
app/notifications/validators.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import TYPE_CHECKING

from emailops.sandbox.holding.holdings import Bucket
from emailops.sandbox.holding.service import KeyKind, Message, TemplateType
from emailops.sandbox.notify.checks import NotifyError

if TYPE_CHECKING:
    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.notify.caller import NotifyCaller

SECONDS = 60
LARGEST_BUCKET = 1000


def refuse(caller: NotifyCaller, message_type: TemplateType, now: datetime) -> None:
    """Each request takes a token, whatever comes of it; a day's limit that is reached refuses simulated sends, too.

    No day's limit holds for a test key.
    """
    if caller.holdings.open:
        return
    limits = caller.service.limits
    if not _has_token(caller, limits.per_minute, now):
        raise NotifyError(
            429,
            "RateLimitError",
            f"Exceeded rate limit for key type {caller.key.kind.upper()} of {limits.per_minute} requests "
            f"per {SECONDS} seconds",
        )
    if caller.key.kind == KeyKind.TEST:
        return
    most = {TemplateType.EMAIL: limits.emails_per_day, TemplateType.SMS: limits.sms_per_day}.get(message_type)
    if most is not None and _sent(caller.holdings, caller.service.id, message_type, now) >= most:
        raise NotifyError(429, "TooManyRequestsError", f"Exceeded send limits ({message_type}: {most}) for today")


def count(holdings: Holdings, message: Message, now: datetime) -> None:
    """A message that is about to be stored; what a test key sends never counts."""
    if message.key != KeyKind.TEST:
        already = _sent(holdings, message.service, message.type, now)
        holdings.sent[message.service, message.type, _day(now)] = already + 1


def _has_token(caller: NotifyCaller, per_minute: int, now: datetime) -> bool:
    largest = min(ceil(per_minute / 3) + 1, LARGEST_BUCKET)
    name = caller.service.id, caller.key.kind
    bucket = caller.holdings.buckets.setdefault(name, Bucket(largest, now))
    new = floor(max(0.0, (now - bucket.filled).total_seconds()) * per_minute / SECONDS)
    if new:
        # Not `now`, but when the last whole token came, so that no part of one is lost.
        bucket.filled += timedelta(seconds=new * SECONDS / per_minute)
    bucket.tokens = max(min(bucket.tokens + new, largest) - 1, 0)
    return bucket.tokens > 0


def _sent(holdings: Holdings, service: str, message_type: TemplateType, now: datetime) -> int:
    """What was sent today. It is counted once, after a start; then a message that is deleted still counts."""
    name = service, message_type, _day(now)
    if name not in holdings.sent:
        holdings.sent[name] = sum(
            message.service == service
            and message.type == message_type
            and message.key != KeyKind.TEST
            and _day(datetime.fromisoformat(message.created_at)) == name[2]
            for message in holdings.messages.values()
        )
    return holdings.sent[name]


def _day(at: datetime) -> str:
    """Notify's day ends at midnight UTC."""
    return at.astimezone(UTC).date().isoformat()
