"""One form for one value, whoever writes it: what digests are made of, and mappings without depth."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any


def digest(value: Any) -> str:
    """SHA-256 of canonical JSON: sorted keys, no spaces, UTF-8, NFC, integers only."""
    import hashlib  # noqa: PLC0415 (it loads OpenSSL, which `validate` alone would wait for in vain)

    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """Texts are composed before their fields are sorted, so that no spelling of a letter changes the order."""
    text = _as_json(value)
    return (text if text.isascii() else _as_json(composed(value))).encode()


def composed(value: Any) -> Any:
    """The same value, its texts with each letter as one character where Unicode has one: NFC, names of fields, too."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {composed(name): composed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([composed(inner) for inner in value])
    return value


def short(digest_: str) -> str:
    """The form of a digest for eyes; commands compare whole ones."""
    return f"{digest_[:4]}-{digest_[4:8]}"


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"contact": {"city": ...}} as {"contact.city": ...}; an empty mapping holds nothing."""
    result: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            result |= flat(inner, f"{prefix}{name}.")
        else:
            result[f"{prefix}{name}"] = inner
    return result
