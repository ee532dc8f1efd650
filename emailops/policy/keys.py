"""Rules for keys: which may send to real people, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from emailops.declaration.held_keys import HeldKey, held_keys
from emailops.declaration.model import Declaration, Key
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import KeyKind
from emailops.policy.problem import Problem, warning
from emailops.resource import PRODUCTION

_PRODUCTION = (KeyKind.live,)
_DEPLOYED = (KeyKind.test, KeyKind.team)
_ELSEWHERE = (KeyKind.test,)


def key_kind(declaration: Declaration) -> Iterator[Problem]:
    """A stage's key is of the kind that fits it: test where nothing is deployed, live in production alone.

    Once one wrong variable is enough to mail real suppliers from a test stage, it will be wrong one day.
    """
    for stage in declaration.stages.values():
        key = declaration.keys.get(stage.key)
        if key is None or key.kind is None or "deployed" not in stage.source:
            continue
        fitting = _PRODUCTION if stage.name == PRODUCTION else _DEPLOYED if stage.deployed else _ELSEWHERE
        if key.kind not in fitting:
            what = (
                f"{key.name}, a key of unknown kind"
                if key.kind is KeyKind.unknown
                else f"the {key.kind} key {key.name}"
            )
            message = f"{stage.name} sends with {what}"
            place = stage.source.at("notify", "key")
            yield Problem(f"stage/{stage.name}", place, message, f"name a {' or '.join(fitting)} key")


def key_kind_missing(declaration: Declaration) -> Iterator[Problem]:
    """Every Notify key says of which kind it is; Mailchimp's have none.

    Notify shows the kind of a key to people only, and a key looks like any other.
    """
    for key in declaration.keys.values():
        if key.account in declaration.notify_accounts and not key.source.text("kind"):
            remedy = "add kind: live, team, test or unknown"
            yield Problem(_subject(key), key.source.place, f"{key.name} has no kind", remedy)
        elif key.account == "mailchimp" and key.source.text("kind"):
            place = key.source.at("kind")
            yield Problem(_subject(key), place, "a Mailchimp key has no kind", "remove it")


def live_key_outside_production(declaration: Declaration) -> Iterator[Problem]:
    """A live key is for production, and for no other stage.

    Whoever holds one can mail anybody, and read every link that was sent in the last days, redacted or not.
    """
    for key in declaration.keys.values():
        others = [stage for stage in key.stages if stage != PRODUCTION]
        if key.kind is KeyKind.live and others:
            message = f"the live key {key.name} is for {', '.join(others)}"
            yield Problem(_subject(key), key.source.at("stages"), message, "give that stage a test or team key")


def live_keys_limit(declaration: Declaration) -> Iterator[Problem]:
    """There are no more live keys than the limit; a successor during rotation counts apart.

    Every live key is one more that can read sent mail; a limit makes the next one a decision. A key of unknown kind may
    be one.
    """
    limit = declaration.policy.live_keys
    if limit is None:
        return
    may_be_live = (KeyKind.live, KeyKind.unknown)
    all_live = [key for key in declaration.keys.values() if key.kind in may_be_live and not key.is_revoked]
    named = {key.name: key.successor for key in all_live}
    firsts = [name for name in named if name not in (heir for owner, heir in named.items() if owner != heir)]
    heirs = {named[name] for name in firsts} - set(firsts)
    live = [key for key in all_live if key.name not in heirs]
    if len(live) > limit:
        place = declaration.policy.source.at("live_keys")
        names = (f"{key.name} (of unknown kind)" if key.kind is KeyKind.unknown else key.name for key in live)
        message = f"{len(live)} live key{'s' * (len(live) != 1)}, and the limit is {limit}: {', '.join(names)}"
        yield Problem("policy/live_keys", place, message, "revoke one, or raise the limit")


def key_kind_of_reader(declaration: Declaration) -> Iterator[Problem]:
    """A consumer that looks at what an app sent has a key of the kind of the app's.

    Notify lists messages only to keys of the kind that sent them: with another, the functional tests see nothing.
    """
    for consumer in declaration.consumers.values():
        for by_stage in consumer.source.table("secrets").values():
            if not isinstance(by_stage, Table) or consumer.uses_notify:
                continue
            for name, source in by_stage.items():
                stage = declaration.stages.get(name)
                own = declaration.keys.get(str(source).removeprefix("key ").strip())
                key = declaration.keys.get(stage.key) if stage else None
                # Of a key whose kind nobody knows, key-kind tells.
                if own and key and own.account == key.account and own.kind != key.kind != KeyKind.unknown:
                    message = f"{consumer.name} looks with a {own.kind} key at what {name} sends with a {key.kind} key"
                    place = by_stage.places[name]
                    yield Problem(f"consumer/{consumer.name}", place, message, f"give it a {key.kind} key")


def key_rotation(declaration: Declaration, today: date) -> Iterator[Problem]:
    """A key is rotated by the day that was agreed.

    A key that nobody has looked at for years is in places that nobody remembers.
    """
    for key in declaration.keys.values():
        due = key.source.text("rotate_by")
        if due and due < today.isoformat() and not key.successor:
            message = f"{key.name} was to be rotated by {due}"
            place = key.source.at("rotate_by")
            yield warning(_subject(key), place, message, f"emailops rotate {key.name}, or write a later day")


def key_revoked(declaration: Declaration) -> Iterator[Problem]:
    """Nothing sends with a key that is revoked.

    Notify refuses each mail, and the app that sends it sees an error nobody expects.
    """
    for consumer in declaration.consumers.values():
        for stage in declaration.stages.values():
            for variable, name, place in held_keys(declaration, consumer, stage):
                key = declaration.keys.get(name)
                if key is not None and key.is_revoked:
                    message = f"{variable} of {consumer.name} is the key {name} in {stage.name}, which is revoked"
                    remedy = f"name {key.successor}" if key.successor else "name a key that is not"
                    yield Problem(f"consumer/{consumer.name}", place, message, remedy)


def _subject(key: Key) -> str:
    return f"notify-key/{key.name}"


def key_elsewhere(declaration: Declaration) -> Iterator[Problem]:
    """A consumer holds at each stage only keys that are for that stage.

    With production's key in the place of the stage's own, an app in preview mails real people, and nothing looks wrong.
    """
    for consumer in declaration.consumers.values():
        wrong: dict[HeldKey, list[str]] = {}
        for stage in declaration.stages.values():
            for held in held_keys(declaration, consumer, stage):
                key = declaration.keys.get(held.key)
                # Of the stage's own key, key-unknown tells at the stage.
                if key and held.key != stage.key and key.stages and stage.name not in key.stages:
                    wrong.setdefault(held, []).append(stage.name)
        for (variable, name, place), stages in wrong.items():
            meant = declaration.keys[name].stages
            held_at = f"{variable} of {consumer.name} is the key {name} in {', '.join(stages)}"
            message = f"{held_at}; that key is for {', '.join(meant)} only"
            own = ", ".join(f"{stage}: key {name}" for stage in meant)
            yield Problem(f"consumer/{consumer.name}", place, message, f"write {{{own}}}, or the stage's own key")
