"""What keeps addresses and keys out of logs and texts."""

from __future__ import annotations

import re
from binascii import b2a_base64
from hashlib import sha256

_ADDRESS = re.compile(r"[^\s@<>(),;:\"'{}\[\]=|]+@[^\s@<>(),;:\"'{}\[\]=|]+")
# Mailchimp quotes one half of an address that it takes for none.
_HALF = re.compile(r"(?<=the @: )[^)]+")
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KEY = re.compile(rf"[\w-]*{_UUID}-{_UUID}|[0-9a-f]{{32}}-us\d+")


def digest(text: object) -> str:
    """The SHA-256 of a text in URL-safe base64: how an address stands in a log, and the default reference is made."""
    # A lone surrogate cannot be encoded; who logs must not fail on it.
    encoded = str(text).encode("utf-8", "backslashreplace")
    return b2a_base64(sha256(encoded).digest(), newline=False).translate(_URL_SAFE).decode("ascii")


def masked(text: object, *known: object) -> str:
    """The text without the `known` recipients, and without what looks like an address or a key."""
    shown = str(text)
    for recipient in known:
        if isinstance(recipient, str) and recipient:
            shown = shown.replace(recipient, "<address>")
    return _HALF.sub("<address>", _ADDRESS.sub("<address>", _KEY.sub("<key>", shown)))
