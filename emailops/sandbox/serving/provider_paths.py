"""The paths under which requests can come to a provider, so that a fault that waits for none of them is found.

{} stands for one part of a path, * for anything.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache

_NOTIFY = (
    "/v2/templates",
    "/v2/template/{}",
    "/v2/template/{}/version/{}",
    "/v2/template/{}/preview",
    "/v2/notifications",
    "/v2/notifications/{}",
    "/v2/notifications/{}/pdf",
    "/v2/received-text-messages",
    "/service/*",
)
# https://mailchimp.com/developer/marketing/api/, also what this sandbox does not answer: a fault may do it instead.
_MAILCHIMP = (
    *("account-exports", "activity-feed", "audiences", "authorized-apps", "automations", "batch-webhooks", "batches"),
    *("campaign-folders", "campaigns", "connected-sites", "conversations", "customer-journeys", "ecommerce"),
    *("facebook-ads", "file-manager", "landing-pages", "lists", "ping", "reporting", "reports", "search-campaigns"),
    *("search-members", "sms-campaigns", "surveys", "template-folders", "templates", "verified-domains"),
)
_PATHS = (
    *_NOTIFY,
    *("/3.0", "/3.0/"),
    *(f"/3.0/{resource}{rest}" for resource in _MAILCHIMP for rest in ("", "/", "/*")),
)
_PARTS_OF_PATTERN = re.compile(r"\*|\?|\[!?[^\]]+\]|.", re.DOTALL)
ANYTHING, _PART = "*", "{}"


def may_be_asked(pattern: str) -> bool:
    """Whether a request may come under a path that fits this pattern, in which *, ? and [abc] are as in a shell."""
    return any(_meet(tuple(_PARTS_OF_PATTERN.findall(pattern)), tuple(re.findall(r"\{\}|.", path))) for path in _PATHS)


def _meet(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether some text fits both."""

    @cache
    def meet(at: int, here: int) -> bool:
        if at == len(pattern) or here == len(path):
            return {*pattern[at:], *path[here:]} <= {ANYTHING}
        if pattern[at] == ANYTHING:
            return meet(at + 1, here) or meet(at, here + 1)
        if path[here] == ANYTHING:
            return meet(at, here + 1) or meet(at + 1, here)
        if path[here] == _PART:
            return pattern[at] != "/" and (meet(at + 1, here) or meet(at + 1, here + 1))
        return _fits(pattern[at], path[here]) and meet(at + 1, here + 1)

    return meet(0, 0)


def _fits(part: str, character: str) -> bool:
    return fnmatchcase(character, part) if part == "?" or len(part) > 1 else part == character
