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

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.serving.wire import Response

TOTALS = frozenset({"total_items", "total_subscribers"})
MOST_BYTES = 100_000_000  # of what is remembered; beyond it counts lag less


class Past:
    """What the Mailchimp accounts held until each of the last writes."""

    def __init__(self) -> None:
        self._until: deque[tuple[datetime, bytes]] = deque()
        self._bytes = 0

    def note(self, holdings: Holdings, now: datetime) -> None:
        """To be called before a write at `now`."""
        accounts = pickle.dumps(holdings.accounts, pickle.HIGHEST_PROTOCOL)
        self._until.append((now, accounts))
        self._bytes += len(accounts)
        while self._bytes > MOST_BYTES and len(self._until) > 1:
            self._bytes -= len(self._until.popleft()[1])

    def at(self, holdings: Holdings, time: datetime) -> Holdings:
        """What is held, with its Mailchimp accounts as they were at that time."""
        for until, accounts in self._until:
            if until > time:
                return replace(holdings, accounts=pickle.loads(accounts))  # noqa: S301 - our own, a moment ago
        return holdings


def with_counts_of(response: Response, before: Response) -> Response:
    """An answer with the counts that the same request would have got before."""
    return replace(response, content=_counted(response.content, before.content))


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
        return {
            counted: known.get(counted, 0) if isinstance(number, int) else number for counted, number in value.items()
        }
    return _counted(value, before)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
