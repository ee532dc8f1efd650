"""Values that must not be seen: secrets, and addresses of people. Neither shows in a repr, a message or a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Self

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_END = r"\s@<>()\[\]\",;:\\"
_ADDRESS = re.compile(rf'(?:(?<![^{_END}])[^{_END}]+|"[^"\n]{{1,64}}")@([\w-]+(?:\.[\w-]+)+)')
"""Begins at a boundary only, so that a long text without one is walked once."""


class Private:
    """A text that only `reveal()` gives."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} is not to be written anywhere")

    def reveal(self) -> str:
        return self._text


class Secret(Private):
    """A key or token."""


class Address(Private):
    """An email address of a person."""


SECRETS = (
    ("a Notify key", re.compile(rf"{_UUID}-{_UUID}", re.IGNORECASE)),
    ("a Mailchimp key", re.compile(r"(?<![0-9a-f])[0-9a-f]{32}-us[0-9]{1,3}\b", re.IGNORECASE)),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
)
"""What a secret looks like, by name."""


def hide_secrets(text: str) -> str:
    """The text with whatever looks like a secret replaced."""
    for name, form in SECRETS:
        text = form.sub(f"<{name}>", text)
    return text


def hide_all(text: str) -> str:
    """The text with whatever looks like a secret or an address replaced, for what nobody has looked over."""
    return _ADDRESS.sub("<an address>", hide_secrets(text))


def addresses_in(text: str) -> set[str]:
    """What looks like an email address in a text."""
    return {found[0] for found in _ADDRESS.finditer(text)} if "@" in text else set()


Mask = Callable[[Any], Any]


class Masked(str):
    """A text in which addresses were hidden; `domains` are theirs, in order."""

    __slots__ = ("domains",)

    def __new__(cls, text: str, domains: tuple[str, ...]) -> Self:
        masked = super().__new__(cls, text)
        masked.domains = domains
        return masked

    domains: tuple[str, ...]


def mask_strangers(domains: Collection[str], addresses: Collection[str]) -> Mask:
    """A function that replaces, in any JSON value, each address that is not known to be nobody's.

    A text in which something was replaced is a `Masked` one. Half a surrogate, which JSON can carry and no file,
    becomes a question mark.
    """
    known = {address.lower() for address in addresses}

    def masked(text: str) -> str:
        hidden: list[str] = []

        def replace(found: re.Match[str]) -> str:
            domain = found[1].lower()
            if domain in domains or found[0].lower() in known:
                return found[0]
            hidden.append(domain)
            return f"<an address at {domain}>"

        rest = _ADDRESS.sub(replace, text)
        return Masked(rest, tuple(hidden)) if hidden else rest

    def mask(value: Any) -> Any:
        if isinstance(value, str):
            return masked(value.encode(errors="replace").decode())
        if isinstance(value, dict):
            return {key: mask(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [mask(inner) for inner in value]
        return value

    return mask
