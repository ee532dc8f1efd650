"""Listings, page by page (https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ..errors import ShortListing
from .transport import Calls

PAGE = 1000
Entry = Mapping[str, Any]


def listed(
    calls: Calls, ask: Callable[..., Any], name: str, *known: str, size: int = PAGE, is_counted: bool = True
) -> Iterator[Entry]:
    """Every entry of a listing, of which no more than a page is held at a time.

    Raises ShortListing where Mailchimp gives fewer than it counts, unless `is_counted` is False: then a page that is
    not full is the last.
    """
    given, total = 0, 1
    while given < total:
        page = partial(_page, partial(ask, count=size, offset=given), name)
        entries, total = calls.repeat(page, f"list {name}", *known)
        given += len(entries)
        if len(entries) < size and given < total:
            if not is_counted:
                total = given
            else:
                raise ShortListing(f"Mailchimp counts {total} {name} and gave {given}")
        yield from entries


def _page(ask: Callable[[], Any], name: str) -> tuple[list[Entry], int]:
    page = ask()
    entries, total = page[name], page["total_items"]
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise TypeError("no listing")
    return entries, int(total)
