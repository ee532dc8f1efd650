"""How the service's apps read addresses, and show them in logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..addresses import is_email_address
from ..private import digest

EMAIL_ADDRESS_SEPARATORS = [";", ",", "/", "&", " "]
"""The first of these that occurs separates; a blank comes last, for the others have blanks around them."""


def hash_string(string: object) -> str:
    """The SHA-256 of a text, in URL-safe base64."""
    return digest(string)


def validate_email_address(email_address: Any) -> bool:
    """Whether Notify would take it."""
    return is_email_address(email_address)


def get_email_addresses(string: str, separators: Sequence[str] = EMAIL_ADDRESS_SEPARATORS) -> list[str]:
    """What stands between the separators, without blanks; nobody checks that they are addresses."""
    separator = next((separator for separator in separators if separator in string), None)
    parts = [string] if separator is None else string.split(separator)
    return [part.strip() for part in parts if part.strip()]
