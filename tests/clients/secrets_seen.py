"""What no text may hold: addresses of people, keys, and the secrets in them."""

from __future__ import annotations

from .accounts import ERASED, MAILCHIMP_KEY, SECRETS, STANDING

_PEOPLE = ("readers.example.org", "readers.example.net.uk", ERASED, *STANDING)
_HIDDEN = (*_PEOPLE, *SECRETS.values(), MAILCHIMP_KEY, "07700")


def secrets_in(*texts: object) -> list[str]:
    return [hidden for text in texts for hidden in _HIDDEN if hidden in str(text) or hidden in repr(text)]
