"""Counts that lag: Mailchimp's totals and statistics as they stood some time ago, though the items are those of now.

https://mailchimp.com/developer/marketing/api/lists/ (total_items, stats)
"""

from __future__ import annotations

import pickle
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from emailops.sandbox.holding.world import World
    from emailops.sandbox.serving.wire import Reply

TOTALS = frozenset({"total_items", "total_subscribers"})
MOST_BYTES = 100_000_000  # of what is remembered; beyond it counts lag less


class Past:
    """What the Mailchimp accounts held until each of the last writes."""

    def __init__(self) -> None:
        self._until: deque[tuple[datetime, bytes]] = deque()
        self._bytes = 0

    def note(self, world: World, now: datetime) -> None:
        """To be called before a write at `now`."""
        accounts = pickle.dumps(world.accounts, pickle.HIGHEST_PROTOCOL)
        self._until.append((now, accounts))
        self._bytes += len(accounts)
        while self._bytes > MOST_BYTES and len(self._until) > 1:
            self._bytes -= len(self._until.popleft()[1])

    def at(self, world: World, time: datetime) -> World:
        """The world with its Mailchimp accounts as they were at that time."""
        for until, accounts in self._until:
            if until > time:
                return replace(world, accounts=pickle.loads(accounts))  # noqa: S301 - our own, a moment ago
        return world


def lagging(reply: Reply, before: Reply) -> Reply:
    """An answer with the counts that the same request would have got before."""
    return replace(reply, content=_counted(reply.content, before.content))


def _counted(value: Any, before: Any) -> Any:
    """What did not exist before counts nothing; items of a list are the same when their ids are."""
    if isinstance(value, list):
        earlier = {item["id"]: item for item in _objects(before) if "id" in item}
        return [_counted(item, earlier.get(item.get("id")) if isinstance(item, dict) else None) for item in value]
    if not isinstance(value, dict):
        return value
    known = before if isinstance(before, dict) else {}
    return {name: _count(name, inner, known.get(name)) for name, inner in value.items()}


def _count(name: str, value: Any, before: Any) -> Any:
    if name in TOTALS:
        return before or 0
    if name == "stats" and isinstance(value, dict):
        known = before if isinstance(before, dict) else {}
        return {one: known.get(one, 0) if isinstance(number, int) else number for one, number in value.items()}
    return _counted(value, before)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
