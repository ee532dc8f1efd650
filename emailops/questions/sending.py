"""What a consumer does with a mail before Notify sees it: which template, to which address, with which key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emailops.declaration.model import Consumer, Declaration, Key, Stage
from emailops.declaration.values import Table
from emailops.plan import Place
from emailops.private import Address
from emailops.questions import sources
from emailops.questions.addresses import domain

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that happens to a mail, and the declaration it rests on. `says` never holds the address asked about."""

    what: str
    says: str
    place: Place


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail asked about. `handle` stands for a person whose address is outside Git; it is empty for an address."""

    consumer: Consumer
    template: str
    to: Address
    handle: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Chosen:
    """The template that is sent; `account` is empty for an id that is not declared."""

    type: str
    account: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail as Notify is handed it."""

    template: Chosen
    key: Key
    to: Address
    handle: str
    is_redirected: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """The steps up to Notify; `sent` is None where the consumer sends nothing."""

    steps: tuple[TraceStep, ...]
    sent: Sent | None


def send(declaration: Declaration, mail: Mail) -> Sending:
    """Follow a mail from its consumer to Notify."""
    consumer, stage = mail.consumer, mail.stage
    steps = [_consumer(consumer)]
    if "notify" not in consumer.sends:
        return Sending(tuple(steps), None)
    chosen, step = _template(declaration, mail)
    steps.append(step)
    if chosen is None:
        return Sending(tuple(steps), None)
    to, step = _redirect(declaration, mail)
    steps.append(step)
    key, step = _key(declaration, consumer, stage, chosen.account)
    steps.append(step)
    if key is None:
        return Sending(tuple(steps), None)
    steps.append(TraceStep("kind", f"{key.name} is a {key.kind or 'key of unknown kind, no live'} key"
                           if key.kind else f"no kind is declared for {key.name}", key.source.at("kind")))
    return Sending(tuple(steps), Sent(chosen, key, to or mail.to, mail.handle, to is not None))
