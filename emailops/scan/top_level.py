"""Which words end a domain: the top-level domains, and those that are reserved for what nobody owns.

https://publicsuffix.org/list/ and https://www.rfc-editor.org/rfc/rfc2606
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

RESERVED = frozenset({"example", "invalid", "localhost", "test"})
"""Nobody can own a domain below one of these."""
_RESERVED_DOMAINS = frozenset({"example.com", "example.net", "example.org"})
_INSIDE = frozenset({"corp", "home", "internal", "intranet", "lan", "local", "localdomain", "notify", "private"})
"""What networks of their own, and Notify's simulator, end with."""


def is_top_level(label: str) -> bool:
    """Whether a domain can end with it. Letters of other scripts are taken for what they say."""
    lower = label.lower()
    return lower in _known() or lower in RESERVED or lower in _INSIDE or lower[:4] == "xn--" or not lower.isascii()


def is_nobodys(domain: str) -> bool:
    """Whether the domain is reserved, so that no mail to it can reach anybody."""
    labels = domain.rsplit(".", 2)
    return labels[-1] in RESERVED | _INSIDE or ".".join(labels[-2:]) in _RESERVED_DOMAINS


@cache
def _known() -> frozenset[str]:
    lines = Path(__file__).with_name("top_level_domains.txt").read_text(encoding="ascii").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())
