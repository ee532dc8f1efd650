"""Notify asked for messages: through each kind of key that a stage may use, and never through another stage's key.

Notify lists a message only to keys of the kind that sent it, and gives it by its id to any key of the service. So who
wants one by its id is told, too, whether this kind of key sent it: a message of production is none of preview's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from emailops.declaration.model import Declaration, Key
from emailops.declaration.vocabulary import KeyKind
from emailops.engine.observe import mask
from emailops.errors import InvalidInput, Refused
from emailops.private import Secret, fingerprint
from emailops.providers.notify_messages import Filter, HeldMessage, MessageReader
from emailops.resource import PRODUCTION
from emailops.run import Run

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one kind of one service that may be asked; `stages` are all whose messages this kind is told of."""

    account: str
    kind: KeyKind
    keys: tuple[Key, ...]
    stages: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.account} ({self.kind})"


def key_groups(declaration: Declaration, stage: str | None) -> Iterator[KeyGroup]:
    """The keys of a stage, or of every stage. One of an unknown kind is by itself: nobody knows what it is told of."""
    found: dict[tuple[str, str], list[Key]] = {}
    for key in declaration.keys.values():
        if key.account in declaration.notify_accounts and not key.is_revoked:
            kind = key.kind if key.kind not in (None, KeyKind.unknown) else key.name
            found.setdefault((key.account, str(kind)), []).append(key)
    for (account, _), keys in found.items():
        stages = tuple(name for name in declaration.stage_order if any(name in key.stages for key in keys))
        usable = tuple(key for key in keys if stage is None or stage in key.stages)
        if usable:
            yield KeyGroup(account, keys[0].kind or KeyKind.unknown, usable, stages)


class MessageKeys:
    """Asks with the first key of a group that is here and let in. Every method raises what `_asked` raises."""

    def __init__(self, declaration: Declaration, run: Run) -> None:
        self._declaration = declaration
        self._run = run
        self._mask = mask(declaration)

    def messages(
        self, group: KeyGroup, wanted: Filter, fits: Callable[[HeldMessage], bool] = lambda _: True
    ) -> list[HeldMessage]:
        """What this kind of key is told of, from all pages, as far as it fits."""
        return self._asked(group, lambda reader: list(filter(fits, reader.messages(wanted))))

    def message(self, group: KeyGroup, id_: str) -> tuple[HeldMessage | None, bool]:
        """The message with this id, if the service holds it, and whether a key of this kind sent it."""

        def ask(reader: MessageReader) -> tuple[HeldMessage | None, bool]:
            held = reader.message(id_)
            return held, held is not None and _is_listed(reader, held)

        return self._asked(group, ask)

    def _asked(self, group: KeyGroup, ask: Callable[[MessageReader], Answer]) -> Answer:
        """Raises InvalidInput where no key is here and let in, GateError `account`, and ProviderError."""
        reasons: list[str] = []
        service, url = self._declaration.service_id(group.account), self._run.notify_url
        for key in group.keys:
            secret, why = self._run.secret(key.secret) if key.secret else (None, f"{key.name} names no secret")
            if secret is None:
                reasons.append(why)
                continue
            if whose := self._of_production(key, secret):
                reasons.append(f"{key.secret} holds the secret of {whose}")
                continue
            with closing(MessageReader(secret, url, service, self._mask, patience=self._run.patience)) as reader:
                try:
                    return ask(reader)
                except Refused as error:
                    reasons.append(f"Notify refuses {key.name}: {error.said}")
        message = f"no {group.kind} key of {group.account} here: {', '.join(dict.fromkeys(reasons))}"
        raise InvalidInput(message, "run it where the key is")

    def _of_production(self, key: Key, secret: Secret) -> str:
        """Which live key this secret opens, where it is kept as another's: that stage would show what production sent.

        Notify says of no key what kind it is. So this is seen where the live key is here, too, or its fingerprint is
        declared.
        """
        held = fingerprint(secret)
        if _is_guarded(key) or not held:
            return ""
        for other in filter(_is_guarded, self._declaration.keys.values()):
            theirs, _ = self._run.secret(other.secret) if other.secret else (None, "")
            if held in (other.fingerprint, fingerprint(theirs) if theirs else ""):
                return other.name
        return ""


def _is_guarded(key: Key) -> bool:
    return key.kind is KeyKind.live or PRODUCTION in key.stages


def _is_listed(reader: MessageReader, held: HeldMessage) -> bool:
    wanted = Filter(reference=held.reference, since=held.created)
    return any(message.id == held.id for message in reader.messages(wanted))
