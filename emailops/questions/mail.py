"""What a consumer does with a message before Notify sees it: which template, to whom, with which key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emailops.declaration import readers
from emailops.declaration.held_keys import held_keys
from emailops.declaration.model import Consumer, Declaration, Key, Stage, Template
from emailops.declaration.names import id_in, require
from emailops.declaration.senders import starters, way_to_sender
from emailops.declaration.vocabulary import KeyKind, TemplateType
from emailops.private import Address
from emailops.questions.recipient import sort_of
from emailops.questions.redirect import redirect
from emailops.questions.steps import TraceStep
from emailops.resource import Place


@dataclass(frozen=True, slots=True)
class Mail:
    """The message asked about. `handle` names a person, whose address is outside Git; it is empty for anybody else."""

    consumer: Consumer
    template: str
    to: Address
    handle: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as Notify is handed it. `template_account` is empty for an id that is not declared."""

    sort: TemplateType
    template_account: str
    key: Key
    to: Address
    handle: str
    is_redirected: bool

    @property
    def kind(self) -> KeyKind | None:
        """The kind of the key; None where nobody has looked yet."""
        return None if self.key.kind is KeyKind.unknown else self.key.kind


@dataclass(frozen=True, slots=True)
class Sending:
    """The steps up to Notify; `sent` is None where the consumer sends nothing."""

    steps: tuple[TraceStep, ...]
    sent: Sent | None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the id that a consumer sends with makes; `name` and `account` are empty for one that is not declared."""

    name: str
    type: TemplateType | None
    account: str


def send(declaration: Declaration, mail: Mail) -> Sending:
    """Follow a message from its consumer to Notify. Raises NotDeclared for a template that is not declared."""
    if not id_in(mail.template):
        require("template", mail.template, declaration.templates)
    way = way_to_sender(declaration, mail.consumer, mail.template)
    steps = [_consumer(way)]
    if not way[-1].uses_notify:
        return Sending(tuple(steps), None)
    chosen, step = _template(declaration, mail, way)
    steps.append(step)
    if chosen is None:
        return Sending(tuple(steps), None)
    sort = sort_of(chosen.type, "" if mail.handle else mail.to.reveal())
    redirected = None
    if sort is not TemplateType.letter:
        to = None if mail.handle else mail.to
        redirected, step = redirect(declaration, way[-1], mail.stage, chosen.name, sort, to)
        steps.append(step)
    key, step = _key(declaration, mail.stage, way, chosen.account)
    steps.append(step)
    if key is None:
        return Sending(tuple(steps), None)
    steps.append(_kind(key))
    to = mail.to if redirected is None else redirected
    sent = Sent(sort, chosen.account, key, to, mail.handle, is_redirected=redirected is not None)
    return Sending(tuple(steps), sent)


def _consumer(way: tuple[Consumer, ...]) -> TraceStep:
    first, last = way[0], way[-1]
    sends = "sends through Notify" if last.uses_notify else "sends nothing through Notify"
    if len(way) == 1:
        return TraceStep("consumer", f"{first.name} {sends}", first.source.at("sends"))
    through = ", which starts ".join(started.name for started in way[1:])
    return TraceStep("consumer", f"{first.name} starts {through}, which {sends}", first.source.at("starts"))


def _template(declaration: Declaration, mail: Mail, way: tuple[Consumer, ...]) -> tuple[_Chosen | None, TraceStep]:
    """What the consumer has an id of to send with, if it has one."""
    name, consumer, stage = mail.template, mail.consumer, mail.stage
    id_ = id_in(name)
    for declared in declaration.all_templates():
        if declared.id == id_:
            says = f"the id of {declared.name} in {declared.account}, however {consumer.name} gets it"
            return _chosen(declared), TraceStep("template", says, declared.source.at("id", declared.account))
    if id_:
        says = "an id that is not declared: whether Notify has a template of it is not known"
        return _Chosen("", None, ""), TraceStep("template", says, consumer.source.place)
    template = declaration.template_at(name, stage.name)
    reader, reading = _reading(way, name)
    if template is None:
        place = reading[1] if reading else consumer.source.at("templates")
        others = ", ".join(declaration.templates[name])
        return None, TraceStep("template", f"there is no id for {name} in {stage.name}; it has one in {others}", place)
    if reading is None:
        hint = _handed(starters(declaration, consumer), name) or f"if it is handed the id, ask with {template.id}"
        says = f"{consumer.name} does not read {name}; {hint}"
        return None, TraceStep("template", says, consumer.source.at("templates"))
    by = f" by {reader}" if len(way) > 1 else ""
    says = f"{name} {reading[0]}{by}: {template.id} in {template.account}"
    return _chosen(template), TraceStep("template", says, template.source.at("id", template.account))


def _chosen(template: Template) -> _Chosen:
    return _Chosen(template.name, template.type, template.account)


def _reading(way: Iterable[Consumer], name: str) -> tuple[str, tuple[str, Place] | None]:
    """Who of them reads a template, and how."""
    for consumer in way:
        if reading := readers.reading(consumer, name):
            return consumer.name, reading
    return "", None


def _handed(starters: Iterable[Consumer], name: str) -> str:
    """Who reads the template and hands it over, if anybody does."""
    reader, _ = _reading(starters, name)
    return f"{reader} does, and starts it: ask with {reader}" if reader else ""


def _key(
    declaration: Declaration, stage: Stage, way: tuple[Consumer, ...], account: str
) -> tuple[Key | None, TraceStep]:
    """The key of the template's account, if one of them has it; else the first that they have.

    Whoever starts another hands its own key over, so its keys go first.
    """
    found = [(consumer.name, key, place) for consumer in way for key, place in _keys(declaration, consumer, stage)]
    if not found:
        source = way[-1].source
        place = source.at("secrets") if "secrets" in source else stage.source.at("notify", "key")
        return None, TraceStep("key", f"{way[-1].name} has no Notify key in {stage.name}", place)
    name, key, place = next((row for row in found if row[1].account == account), found[0])
    sends = "it sends with" if name == way[-1].name else f"{name} hands it"
    return key, TraceStep("key", f"in {stage.name} {sends} the key {key.name} of {key.account}", place)


def _keys(declaration: Declaration, consumer: Consumer, stage: Stage) -> Iterator[tuple[Key, Place]]:
    """The Notify keys that a consumer has in a stage, each with what says so."""
    for held in held_keys(declaration, consumer, stage):
        key = declaration.keys.get(held.key)
        if key is not None and key.account in declaration.notify_accounts:
            yield key, held.place


def _kind(key: Key) -> TraceStep:
    unknown = f"it is not declared whether {key.name} is live, team or test"
    says = f"{key.name} is a {key.kind} key" if key.kind not in (None, KeyKind.unknown) else unknown
    return TraceStep("kind", says, key.source.at("kind"))
