"""A listing that comes page by page, and ends: whole, or with an error that says how it is not."""

from __future__ import annotations

from collections.abc import Sequence

from emailops.errors import ProviderError, ShortRead
from emailops.patience import Patience

PAGES = 1000
"""More than the largest account needs."""
_AGAIN = "run it again in a minute"


class Listing:
    """What came so far of a provider's list of some items, `size` a page.

    It is sorted by time, and one that changes while it is read gives an item twice or leaves one out. It may grow by
    what people make meanwhile, so by a page at most. The provider's own count is not believed beyond what can be read.
    """

    def __init__(self, provider: str, items: str, size: int, patience: Patience) -> None:
        self.given = 0
        self._provider = provider
        self._items = items
        self._size = size
        self._seen: set[str] = set()
        self._counted: int | None = None
        self._clock = patience.clock
        self._seconds = patience.for_listing
        self._until = patience.clock() + self._seconds

    @property
    def is_whole(self) -> bool:
        return self._counted is not None and self.given >= self._counted

    def take(self, total: int, ids: Sequence[str]) -> None:
        """One page and the total that it names. Raises ShortRead, or ProviderError for a list that would not end."""
        counted = total if self._counted is None else self._counted
        if not 0 <= total <= PAGES * self._size:
            message = f"{self._provider} counts {total} {self._items}, and no account holds so many"
            raise ProviderError(message, "run it again; if it stays, ask its support")
        if self._clock() > self._until:
            message = f"{self._provider} took longer than {self._seconds:.0f} seconds to list its {self._items}"
            raise ProviderError(message, "run it again later")
        if total < counted or total - counted > self._size:
            raise ShortRead(f"{self._provider} counted {counted} {self._items}, and a page later {total}", _AGAIN)
        self._seen.update(ids)
        short = len(ids) < min(self._size, total - self.given)
        self.given, self._counted = self.given + len(ids), total
        if short or len(self._seen) < self.given:
            raise ShortRead(f"{self._provider} counts {total} {self._items} and gave {len(self._seen)}", _AGAIN)
