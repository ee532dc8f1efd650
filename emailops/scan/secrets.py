"""`scan secrets`: keys and tokens in a tree or in the history of Git. Their places and sorts are told, never they.

What detect-secrets knows counts as known: its baseline, and `pragma: allowlist secret` on a line.
https://github.com/Yelp/detect-secrets
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from emailops.clients.keys import normalised
from emailops.declaration.model import Declaration
from emailops.errors import InvalidInput
from emailops.private import SECRETS, SecretSort
from emailops.scan.exemptions import Exemptions, inline_reason, sifted
from emailops.scan.history import Past
from emailops.scan.scanned import Scanned, Sighting, Unread, unread_in_order
from emailops.scan.tree import Text

_PRAGMA = re.compile(rb"pragma:[ \t]*(?:allow|white)list[ \t]+secret", re.IGNORECASE)
_PRAGMA_ABOVE = re.compile(rb"pragma:[ \t]*(?:allow|white)list[ \t]+nextline[ \t]+secret", re.IGNORECASE)
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_KEY = re.compile(rf"(?:([\w -]*)-)?({_UUID})-({_UUID})\Z", re.IGNORECASE)
_NAME_AHEAD = re.compile(rb"[\w-]*\Z")
_FAKE = re.compile(r"not_?a_?real|fake|dummy|example|changeme|placeholder|xxxx", re.IGNORECASE)
_NAMED = r"\w*CALLBACK\w*TOKENS?\w*|\w*BEARER_TOKENS?"
_ASSIGNED = r"""["']?[ \t]*(?::=|=>|[:=])[ \t]*\[?[ \t]*["']?(?P<token>[A-Za-z0-9+/_.~:-]{16,}=*)(?=["'\s,\]#;]|\Z)"""
_RUN = 0.5
"""Of a made-up value so many characters repeat the one before, or follow it in order; of a random one an eighth."""


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What is declared of keys. `services` are by id, `digests` of the keys that this run may read, by digest."""

    services: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    patterns: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DetectSecrets:
    """A baseline of detect-secrets: SHA-1 of each secret that it knows, by file."""

    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def knows(self, path: str, values: Iterable[bytes]) -> bool:
        """Whether it lists one of these for the file."""
        there = self.hashes.get(path, frozenset())
        return any(hashlib.sha1(value, usedforsecurity=False).hexdigest() in there for value in values)


@dataclass(frozen=True, slots=True)
class _Spot:
    sort: str
    words: str
    start: int
    value: bytes


def scan(
    files: Iterable[Text | Unread],
    past: Iterable[Past | Unread],
    known: KnownKeys,
    listed: DetectSecrets,
    exemptions: Exemptions,
    today: date,
) -> Scanned:
    """Every secret of the files, then those of the past that no file holds any more."""
    sightings: list[Sighting] = []
    unread: list[Unread] = []
    seen: set[str] = set()
    count = objects = 0
    for file in files:
        if isinstance(file, Unread):
            unread.append(file)
            continue
        count += 1
        for sighting in _sightings(file.path, file.content, known, listed):
            seen.add(sighting.fingerprint)
            sightings.append(sighting)
    for version in past:
        if isinstance(version, Unread):
            unread.append(version)
            continue
        objects += 1
        for sighting in _sightings(version.path, version.content, known, listed):
            if sighting.fingerprint not in seen:
                seen.add(sighting.fingerprint)
                sightings.append(_in_history(sighting, version))
    read = {"file": count, **({"version": objects} if objects else {})}
    return sifted(sightings, exemptions, today, Scanned((), unread=unread_in_order(unread), read=read))


def known_keys(declaration: Declaration, values: Mapping[str, str]) -> KnownKeys:
    """What the state says of keys; `values` are the texts of those that this run may read, by name."""
    patterns = {}
    for name, pattern in declaration.words.source.table("secret_patterns").items():
        try:
            patterns[name] = re.compile(str(pattern).encode())
        except re.error as error:
            place = declaration.words.source.table("secret_patterns").at(name)
            raise InvalidInput(f"{place}: the pattern {name} cannot be read: {error}", "correct it") from None
    variables = {name for consumer in declaration.consumers.values() for name in consumer.source.table("secrets")}
    return KnownKeys(
        {account.service_id.lower(): name for name, account in declaration.notify_accounts.items()},
        frozenset(map(normalised, declaration.keys)),
        {_digest(text.encode()): name for name, text in values.items()},
        tuple(sorted(variables)),
        patterns,
    )


def read_detect_secrets(base: Path, paths: Iterable[str]) -> DetectSecrets:
    """What detect-secrets noted in its baselines, here and in the folders. Raises InvalidInput for a broken one."""
    hashes: dict[str, frozenset[str]] = {}
    for folder in dict.fromkeys(os.path.normpath(path) for path in (".", *paths)):
        for name, listed in _baseline_of(base / folder / ".secrets.baseline").items():
            path = os.path.normpath(f"{folder}/{name}")
            hashes[path] = hashes.get(path, frozenset()) | listed
    return DetectSecrets(hashes)


def _baseline_of(path: Path) -> dict[str, frozenset[str]]:
    if not os.path.isfile(path):  # noqa: PTH113 (which says no where it may not look)
        return {}
    try:
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
        return {name: frozenset(entry["hashed_secret"] for entry in entries) for name, entries in results.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput(
            f"{path} is not a baseline of detect-secrets", "detect-secrets scan > .secrets.baseline"
        ) from None


def _sightings(path: str, content: bytes, known: KnownKeys, listed: DetectSecrets) -> Iterator[Sighting]:
    taken = 0
    for spot in sorted(_spots(content, known), key=lambda found: (found.start, -len(found.value))):
        if spot.start < taken:
            continue
        taken = spot.start + len(spot.value)
        declared = known.digests.get(_digest(spot.value), "")
        if not declared and is_made_up(spot.value.decode(errors="replace")):
            continue
        yield _sighting(path, content, spot, declared, known, listed)


def _sighting(
    path: str, content: bytes, spot: _Spot, declared: str, known: KnownKeys, listed: DetectSecrets
) -> Sighting:
    begun = content.rfind(b"\n", 0, spot.start) + 1
    owner = f"the declared key {declared}" if declared else _owner(spot, known)
    rule = "secret-declared" if owner else f"secret-{spot.sort}"
    message = f"{spot.words}: {owner}" if owner else spot.words
    reason = _pragma(content, begun) or inline_reason(content, spot.start, spot.sort) or ""
    if not reason and listed.knows(path, _forms(content, spot)):
        reason = "detect-secrets knows it"
    return Sighting(
        path,
        content.count(b"\n", 0, begun) + 1,
        len(content[begun : spot.start].decode(errors="replace")) + 1,
        rule,
        spot.sort,
        message,
        "revoke it, and make a new one: whoever has a copy of this can use it; removing it here is not enough",
        reason=reason,
        fingerprint=_digest(spot.value)[:16],
    )


def _in_history(sighting: Sighting, version: Past) -> Sighting:
    where = f"{sighting.message}, in {version.where} and in no file of today"
    return replace(sighting, message=where, rule=f"{sighting.rule}-in-history")


def _spots(content: bytes, known: KnownKeys) -> Iterator[_Spot]:
    for secret, hint, form in _FORMS:
        if not hint.search(content):
            continue
        for found in form.finditer(content):
            start = found.start()
            if secret.sort is SecretSort.notify:
                ahead = _NAME_AHEAD.search(content, max(0, start - 80), start)
                start = ahead.start() if ahead and content[start - 1 : start] == b"-" else start
            yield _Spot(secret.sort, secret.words, start, content[start : found.end()])
    for name, pattern in known.patterns.items():
        for found in pattern.finditer(content):
            if found[0]:
                yield _Spot(name, f"what the state calls {name}", found.start(), found[0])
    yield from _assigned_tokens(content, known)


def _assigned_tokens(content: bytes, known: KnownKeys) -> Iterator[_Spot]:
    """Tokens without a form of their own, told by the name to which they are assigned."""
    lower = content.lower()
    if not any(name in lower for name in _names(known.variables)):
        return
    for found in _assigned(known.variables).finditer(content):
        for token in re.finditer(rb"[^:]{16,}", found["token"]):
            if _is_random(token[0].decode()):
                yield _Spot("token", "a token", found.start("token") + token.start(), token[0])


def _of_bytes(pattern: str, flags: int) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), flags & re.IGNORECASE)


_FORMS = tuple(
    (secret, _of_bytes(secret.hint, secret.form.flags), _of_bytes(secret.form.pattern, secret.form.flags))
    for secret in SECRETS
)
"""Each with its hint and its form, for the bytes of a file."""


@cache
def _names(variables: tuple[str, ...]) -> tuple[bytes, ...]:
    """One of these stands wherever a token is assigned to a name."""
    return (b"callback", b"bearer_token", *(variable.lower().encode() for variable in variables))


@cache
def _assigned(variables: tuple[str, ...]) -> re.Pattern[bytes]:
    names = "|".join((*map(re.escape, variables), _NAMED))
    return re.compile(rf"\b(?:{names}){_ASSIGNED}".encode(), re.IGNORECASE)


def is_made_up(value: str) -> bool:
    """Whether a value is a stand-in: it says so, or its characters repeat or follow one another."""
    if value.startswith("-----BEGIN"):
        return False
    if _FAKE.search(value):
        return True
    key = _KEY.match(value)
    text = re.sub(r"[^0-9A-Za-z]", "", key[3] if key else re.sub(r"-us\d+\Z|\Agithub_pat_|\Agh[a-z]_", "", value))
    steps = [ord(after) - ord(before) for before, after in pairwise(text.lower())]
    in_order = sum(step in (0, 1, -1, ord("a") - ord("9")) for step in steps)
    return len(set(text)) < 6 or in_order >= _RUN * len(steps)


def _is_random(text: str) -> bool:
    """Whether a text of no known form may be a secret: digits and letters, and no word or path."""
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    return digits >= 3 and letters >= 3 and "/" not in text[:2] and "." not in text and len(set(text)) >= 8


def _owner(spot: _Spot, known: KnownKeys) -> str:
    key = _KEY.match(spot.value.decode(errors="replace")) if spot.sort == SecretSort.notify else None
    service = known.services.get(key[2].lower()) if key else None
    if key is None or service is None:
        return ""
    named = normalised(key[1] or "")
    return f"of the service {service}{f', with the name of {named}' if named in known.names else ''}"


def _forms(content: bytes, spot: _Spot) -> Iterator[bytes]:
    """What detect-secrets may have taken for the secret: this, its parts, or all of the text in quotes around it."""
    yield spot.value
    parts = spot.value.split(b"-")
    yield from (b"-".join(parts[start:]) for start in range(len(parts)))
    yield b".".join([*spot.value.split(b".")[:2], b""])  # of a signed token detect-secrets takes no more
    yield from parts
    begun, end = content.rfind(b"\n", 0, spot.start) + 1, content.find(b"\n", spot.start)
    for quoted in re.finditer(rb"""["']([^"']+)["']|[=:]\s*(\S+)""", content[begun : end if end >= 0 else None]):
        yield quoted[1] or quoted[2]


def _pragma(content: bytes, begun: int) -> str:
    end = content.find(b"\n", begun)
    above = content.rfind(b"\n", 0, max(begun - 1, 0)) + 1
    is_allowed = _PRAGMA.search(content, begun, end if end >= 0 else len(content))
    return "pragma: allowlist secret" if is_allowed or _PRAGMA_ABOVE.search(content, above, begun) else ""


def _digest(value: bytes) -> str:
    return hashlib.sha256(value.lower()).hexdigest()
