"""Addresses as Notify reads them, and those it simulates (https://docs.notifications.service.gov.uk/rest-api.html#testing)."""

from __future__ import annotations

import re

SMOKE_TEST = frozenset(f"simulate-delivered{n}@notifications.service.gov.uk" for n in ("", "-2", "-3"))
"""Accepted and never stored, so that nothing can be read of them and nothing is reported."""
FAILING = {"temp-fail@simulator.notify": "temporary-failure", "perm-fail@simulator.notify": "permanent-failure"}
"""What a test key makes of an address as it is stored, case and all; of any other it makes a delivery."""
SIMULATOR = "simulator.notify"
"""A domain that means something to a test key only; to any other its addresses are real, and bounce."""

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
