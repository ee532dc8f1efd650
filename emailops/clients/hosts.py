"""Which host a key goes to: the provider's, a sandbox on this machine, or one that the code names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from .errors import WrongHost

NOTIFY_URL = "https://api.notifications.service.gov.uk"
NOTIFY_VARIABLE = "EMAILOPS_NOTIFY_URL"
MAILCHIMP_VARIABLE = "EMAILOPS_MAILCHIMP_URL"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def base_url(
    given: str | None,
    variable: str,
    default: str,
    *,
    any_host: bool = False,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the code gives, else what the environment names, else the provider's own. Raises WrongHost.

    The environment may only name this machine, unless `any_host`: whoever sets a variable shall not get the mail.
    """
    if given:
        return _checked(given, "the base URL")
    named = (os.environ if environment is None else environment).get(variable, "").strip()
    if not named:
        return default
    if not any_host and not is_loopback(named):
        message = f"{variable} names a host that is not this machine"
        raise WrongHost(message, "unset it, give base_url in the code, or say any_host=True")
    return _checked(named, variable)


def is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False


def _checked(url: str, what: str) -> str:
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        port_is_right = False
    if not port_is_right or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise WrongHost(f"{what} is not the address of a host", "write it such as https://api.example.gov.uk")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise WrongHost(f"{what} is not https", "http is for this machine alone")
    return url
