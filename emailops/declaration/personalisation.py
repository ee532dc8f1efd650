"""The placeholders of a template: `((name))`, and `((name??words))`, which a yes or no decides.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email: a message without a value for one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLACEHOLDER = re.compile(r"\({2}([^()]+)\){2}")
_UNTOLD = re.compile(r"[ _-]")


def placeholders(texts: Iterable[str]) -> list[str]:
    """Each once, as it is spelt first: case, spaces, hyphens and underscores do not count."""
    found: dict[str, str] = {}
    for text in texts:
        for inner in _PLACEHOLDER.findall(text):
            name = inner.partition("??")[0]
            found.setdefault(_UNTOLD.sub("", name).lower(), name)
    return list(found.values())
