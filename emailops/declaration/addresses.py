"""Addresses as Notify reads and compares them."""

from __future__ import annotations

import re

from emailops.simulated import SIMULATOR

_LONGEST = 320
_UNSEEN = re.compile(r"[\s\u180e\u200b-\u200d\u2060\ufeff]+")
_LOCAL_PART = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+", re.ASCII)
_HOST = re.compile(r"(?!.{254})((xn|[a-z0-9]+)(-?-[a-z0-9]+)*\.)+([a-z]{2,63}|xn--([a-z0-9]+-)*[a-z0-9]+)", re.ASCII)
_LABEL = 63


def domain(address: str) -> str:
    """What a redirect is looked up by: exactly what follows the last @, in lower case."""
    return address.rpartition("@")[2].lower()


def cleaned(address: str) -> str:
    """As Notify stores an address: without white space and what cannot be seen, wherever it stands."""
    return _UNSEEN.sub("", address)


def normalised(address: str) -> str:
    """As Notify compares addresses: cleaned, in lower case; a + and dots count."""
    return cleaned(address).lower()


def is_well_formed(address: str) -> bool:
    """Whether Notify takes it for an email address. Its domain may hold any letters: it counts as the DNS has it."""
    text = normalised(address)
    local_part, _, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return (
        len(text) <= _LONGEST
        and ".." not in text
        and _LOCAL_PART.fullmatch(local_part) is not None
        and _HOST.fullmatch(host) is not None
        and all(len(label) <= _LABEL for label in host.split("."))
    )


def is_of_simulator(address: str) -> bool:
    """Whether it means something to a test key only; to any other it is an address that nobody has."""
    return domain(normalised(address)) == SIMULATOR
