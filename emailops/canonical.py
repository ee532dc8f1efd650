"""One form for one value, whoever writes it: what digests are made of, and mappings without depth."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any


def digest(value: Any) -> str:
    """SHA-256 of canonical JSON: sorted keys, no spaces, UTF-8, NFC, integers only."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def short(digest_: str) -> str:
    """The form of a digest for eyes; commands compare whole ones."""
    return f"{digest_[:4]}-{digest_[4:8]}"


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"contact": {"city": ...}} as {"contact.city": ...}; an empty mapping holds nothing."""
    result: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            result |= flat(inner, f"{prefix}{name}.")
        else:
            result[f"{prefix}{name}"] = inner
    return result
