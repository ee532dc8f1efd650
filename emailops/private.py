"""Values that must not be seen: secrets, and addresses of people. Neither shows in a repr, a message or a file.

What others wrote, a provider or git, goes through a mask before anything is made of it: `mask_strangers` where it is
known whose addresses may show, else `hide_all`. Both know a secret by its form, and each that was read in this process
by its content, in base64 and URL-encoded, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Self
from unicodedata import normalize

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
        raise TypeError(f"a {type(self).__name__} must not be written anywhere")

    def reveal(self) -> str:
        return self._text


class Secret(Private):
    """A key or token. From when it is made, no text that goes through `hide_secrets` holds it."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        _remember(text)


class Address(Private):
    """An email address of a person."""

    __slots__ = ()


class SecretSort(StrEnum):
    """What a secret opens. Rules and waivers of scans name it so."""

    notify = "notify-key"
    mailchimp = "mailchimp-key"
    github = "github-token"
    signed = "signed-token"
    private = "private-key"


class SecretForm(NamedTuple):
    """What a secret looks like, what people call it, and `hint`, a short part: to look for that first takes a tenth."""

    sort: SecretSort
    words: str
    form: re.Pattern[str]
    hint: str


SECRETS = (
    SecretForm(
        SecretSort.notify,
        "a Notify key",
        re.compile(rf"{_UUID}-{_UUID}", re.IGNORECASE),
        "-[0-9a-f]{4}-[0-9a-f]{4}-",
    ),
    SecretForm(
        SecretSort.mailchimp,
        "a Mailchimp key",
        re.compile(r"(?<![0-9a-f])[0-9a-f]{32}-us[0-9]{1,3}\b", re.IGNORECASE),
        "-us[0-9]",
    ),
    SecretForm(
        SecretSort.github,
        "a GitHub token",
        re.compile(r"\b(?:gh[a-z]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255})"),
        "gh[a-z]_|github_pat_",
    ),
    SecretForm(
        SecretSort.signed,
        "a signed token",
        re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?", re.ASCII),
        "eyJ",
    ),
    SecretForm(SecretSort.private, "a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "-----BEGIN"),
)
"""What secrets look like."""

_SENT = re.compile(r"\b(Basic|Bearer)(\s+|%20|\+)(?=[\w+/.~%-]*\d)[\w+/.~%-]{16,}=*", re.IGNORECASE)
"""What a request was let in with, as a proxy repeats it."""
_REST = r"[\w+/-]{0,3}<a secret>(?:[\w+/-]{0,3}={1,2}|[\w+/-]{0,3})"
"""What is left around one in base64: letters that say only a part of it."""
_OPENS = rf"(?<={_UUID}-){_UUID}$"
_LEAST_TO_GUESS = 20
_SHORTEST = 12
"""A text that is shorter is a word, and hiding each of its kind would hide what has to be seen."""
_MOST = 50
_known: dict[str, None] = {}
_typed: set[str] = set()


def fingerprint(secret: Secret) -> str:
    """Twelve hex digits by which two copies of a secret are known to be the same, and from which nobody gets it back.

    Of a Notify key its last part alone counts, so that neither its name nor its service changes it. Empty for a text
    that is short enough to be guessed.
    """
    from hashlib import sha256  # noqa: PLC0415 (it loads OpenSSL, which `validate` alone would wait for in vain)

    text = secret.reveal()
    found = re.search(_OPENS, text, re.IGNORECASE)
    told = found[0].lower() if found else text
    return sha256(told.encode()).hexdigest()[:12] if len(told) >= _LEAST_TO_GUESS else ""


def hide_secrets(text: str) -> str:
    """The text with whatever looks like a secret, or is one that was read, replaced."""
    for _, words, form, _ in SECRETS:
        text = form.sub(f"<{words}>", text)
    return hide_known(_SENT.sub(r"\1 <a secret>", text))


def hide_known(text: str) -> str:
    """The text with every secret replaced that was read, for what was looked over already: it costs next to nothing."""
    if _known:
        forms, pattern = _contents(tuple(_known))
        folded = text.lower()
        # To look for each is many times faster than to match all of them.
        if any(form in folded for form in forms):
            text = re.sub(_REST, "<a secret>", pattern.sub("<a secret>", text))
    return text


def hide_typed(text: str) -> str:
    """The text without the addresses that stood on the command line, where a name, a path or a value may have belonged.

    A log keeps what is said of a mistake.
    """
    for address in _typed:
        text = text.replace(address, "<an address>")
    return text


def note_typed(arguments: Iterable[str]) -> None:
    """From now on `hide_typed` knows what stood on this command line."""
    _typed.clear()
    _typed.update(address for argument in arguments for address in addresses_in(argument))


def hide_all(text: str) -> str:
    """The text with whatever looks like a secret or an address replaced, for what nobody has looked over."""
    return _ADDRESS.sub("<an address>", hide_secrets(text))


def addresses_in(text: str) -> set[str]:
    """What looks like an email address in a text."""
    return {found[0] for found in _ADDRESS.finditer(text)} if "@" in text else set()


Mask = Callable[[Any], Any]


class Masked(str):
    """A text in which something was hidden: addresses, whose `domains` are in order, or a secret."""

    __slots__ = ("domains", "has_secret")

    def __new__(cls, text: str, domains: tuple[str, ...], *, has_secret: bool) -> Self:
        masked = super().__new__(cls, text)
        masked.domains, masked.has_secret = domains, has_secret
        return masked

    domains: tuple[str, ...]
    has_secret: bool


def mask_strangers(domains: Collection[str], addresses: Collection[str]) -> Mask:
    """A function that replaces, in any JSON value, secrets and each address that is not known to be nobody's.

    A text in which something was replaced is a `Masked` one.
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

        without = hide_secrets(text)
        rest = _ADDRESS.sub(replace, without) if "@" in without else without
        return rest if rest == text else Masked(rest, tuple(hidden), has_secret=without != text)

    return lambda value: _mapped(masked, value)


def whole(value: Any) -> Any:
    """Any JSON value with nothing masked, for what is only ever compared, or written after it was looked over."""
    return _mapped(str, value)


def _mapped(change: Callable[[str], str], value: Any) -> Any:
    """A JSON value with each of its texts changed, keys included.

    Half a surrogate, which JSON can carry and no file, becomes a question mark; and what looks the same is the same.
    """
    if isinstance(value, str):
        return change(normalize("NFC", value.encode(errors="replace").decode()))
    if isinstance(value, dict):
        return {_mapped(change, key): _mapped(change, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(change, inner) for inner in value]
    return value


def _remember(secret: str) -> None:
    """The newest ones are known: one run reads a few."""
    if len(secret) >= _SHORTEST:
        _known.pop(secret, None)
        _known[secret] = None
        if len(_known) > _MOST:
            del _known[next(iter(_known))]


def forget_secrets() -> None:
    """A new run has read none yet."""
    _known.clear()


@lru_cache(maxsize=2)
def _contents(secrets: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str]]:
    """What each of these may look like, in small letters, and what finds it in whatever letters."""
    forms = frozenset(form.lower() for secret in secrets for form in _forms(secret))
    return forms, re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))), re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, URL-encoded, and in base64 wherever in a longer text it began.

    Of a provider's key the half that lets in is enough to look for: the rest of it stands in pages and ids.
    """
    from base64 import b64encode  # noqa: PLC0415 (only a run that has read a secret pays for this)
    from urllib.parse import quote, quote_plus  # noqa: PLC0415

    found = re.search(rf"{_UUID}-({_UUID})$|^([0-9a-f]{{32}})-us[0-9]{{1,3}}$", secret, re.IGNORECASE)
    core = (found[1] or found[2]) if found else secret
    yield from (core, quote(core, safe=""), quote_plus(core), core.replace("-", ""))
    for ahead, skipped in enumerate((0, 2, 3)):
        encoded = b64encode(b"\0" * ahead + core.encode())
        # The last letter before the padding says only a part of what follows.
        sure = encoded.rstrip(b"=")[skipped : -1 if encoded.endswith(b"=") else None].decode()
        yield from (sure, sure.replace("+", "-").replace("/", "_"))
