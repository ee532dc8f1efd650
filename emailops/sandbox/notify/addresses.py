"""Email addresses as GOV.UK Notify reads and compares them.

https://docs.notifications.service.gov.uk/rest-api.html#email-address-required
"""

from __future__ import annotations

import re

LONGEST = 320
_LONGEST_HOST, _LONGEST_HOST_PART = 253, 63
# White space of any sort, and what cannot be seen at all.
_UNSEEN = re.compile(r"[\s\u180e\u200b-\u200d\u2060\ufeff]+")
_LOCAL_PART = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+", re.IGNORECASE | re.ASCII)
_HOST_PART = re.compile(r"(xn|[a-z0-9]+)(-?-[a-z0-9]+)*", re.IGNORECASE | re.ASCII)
_TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--([a-z0-9]+-)*[a-z0-9]+", re.IGNORECASE | re.ASCII)


def cleaned(address: str) -> str:
    """The address as it is stored: white space goes, wherever it stands."""
    return _UNSEEN.sub("", address)


def comparable_address(address: str) -> str:
    """In lower case; a + and dots count."""
    return cleaned(address).lower()


def is_email_address(address: str) -> bool:
    """Whether a cleaned address is one. Its domain may hold any letters: it counts as it is written in the DNS."""
    local_part, _, host = address.rpartition("@")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    parts = host.split(".")
    return (
        len(address) <= LONGEST
        and _LOCAL_PART.fullmatch(local_part) is not None
        and ".." not in address
        and len(host) <= _LONGEST_HOST
        and len(parts) >= 2
        and all(len(part) <= _LONGEST_HOST_PART and _HOST_PART.fullmatch(part) for part in parts)
        and _TOP_LEVEL.fullmatch(parts[-1]) is not None
    )
