"""Email addresses as Notify reads them, and where a redirect takes them.

https://docs.notifications.service.gov.uk/python.html#error-codes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .errors import Misconfigured

# White space of every sort, and what shows as nothing: Notify takes both out, anywhere in an address.
_OBSCURE = re.compile("[\\s\u180e\u200b\u200c\u200d\u2060\ufeff\u00ad]+")
_LOCAL = re.compile(r"[^\s\",;:@£“”‘’]+")
_LABEL = re.compile(r"(xn-|[a-z0-9]+)(-[a-z0-9]+)*", re.IGNORECASE)
_TOP = re.compile(r"([a-z]{2,63}|xn--([a-z0-9]+-)*[a-z0-9]+)", re.IGNORECASE)
LONGEST_ADDRESS = 320


def cleaned(address: str) -> str:
    """As Notify keeps it: without white space and invisible characters, in the case in which it was given."""
    if address.isascii() and address.isprintable() and " " not in address:
        return address  # nearly every one, and a mailing asks a million times
    return _OBSCURE.sub("", address)


def domain_of(address: str) -> str:
    """What stands after the last @, in lower case and as the network spells it."""
    domain = cleaned(address).rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain.lower()


def is_email_address(address: Any) -> bool:
    """Whether Notify would take it."""
    if not isinstance(address, str):
        return False
    address = cleaned(address)
    local, at, domain = address.partition("@")
    if not at or len(address) > LONGEST_ADDRESS or not _LOCAL.fullmatch(local):
        return False
    return _is_host(domain)


@lru_cache(maxsize=10_000)
def _is_host(domain: str) -> bool:
    """Many addresses are at few domains."""
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not _TOP.fullmatch(labels[-1]):
        return False
    return all(len(label) <= 63 and _LABEL.fullmatch(label) for label in labels)


class Redirects:
    """Which domains are redirected, and to whom: exact domains, in lower case, without subdomains or wildcards."""

    def __init__(self, addresses: Any) -> None:
        """Raises Misconfigured for anything that would redirect nothing, or to nobody."""
        if not isinstance(addresses, Mapping):
            what = f"redirects are {type(addresses).__name__}, not a mapping"
            raise Misconfigured(what, "an environment variable cannot hold one: take it from the generated settings")
        for domain, target in addresses.items():
            if not is_email_address(f"someone@{domain}") or domain != domain.strip():
                raise Misconfigured("a redirect is not from a domain", "write it such as example.com, without an @")
            if not is_email_address(target):
                raise Misconfigured(f"{domain} is redirected to what is not an address", "write a whole address")
        self._targets = {domain_of(domain): target for domain, target in addresses.items()}

    def __repr__(self) -> str:
        return f"<Redirects of {', '.join(sorted(self._targets)) or 'nothing'}>"

    def target(self, address: str) -> str | None:
        """Whom a mail to this address goes to instead; None where it goes to the address itself."""
        return self._targets.get(domain_of(address))
