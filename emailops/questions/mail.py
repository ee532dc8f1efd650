"""What a consumer does with a mail before Notify sees it: which template, to which address, with which key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from emailops.declaration.addresses import domain
from emailops.declaration.held_keys import held_keys
from emailops.declaration.model import Consumer, Declaration, Key, Stage
from emailops.declaration.names import id_in
from emailops.declaration.vocabulary import TemplateType
from emailops.private import Address
from emailops.questions import readers
from emailops.resource import Place


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that happens to a mail, and the declaration it rests on. `says` never holds the address asked about."""

    what: str
    says: str
    place: Place


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail asked about. `handle` names a person, whose address is outside Git; it is empty for an address."""

    consumer: Consumer
    template: str
    to: Address
    handle: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail as Notify is handed it. `template_account` is empty for an id that is not declared."""

    template_type: TemplateType | None
    template_account: str
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
    steps = [_consumer(mail.consumer)]
    if not mail.consumer.uses_notify:
        return Sending(tuple(steps), None)
    template, step = _template(declaration, mail)
    steps.append(step)
    if template is None:
        return Sending(tuple(steps), None)
    type_, account = template
    redirected, step = _redirect(declaration, mail)
    steps.append(step)
    key, step = _key(declaration, mail, account)
    steps.append(step)
    if key is None:
        return Sending(tuple(steps), None)
    steps.append(_kind(key))
    to = mail.to if redirected is None else redirected
    return Sending(tuple(steps), Sent(type_, account, key, to, mail.handle, is_redirected=redirected is not None))


def _consumer(consumer: Consumer) -> TraceStep:
    sends = "sends through Notify" if consumer.uses_notify else "sends nothing through Notify"
    return TraceStep("consumer", f"{consumer.name} {sends}", consumer.source.at("sends"))


def _template(declaration: Declaration, mail: Mail) -> tuple[tuple[TemplateType | None, str] | None, TraceStep]:
    """(type, account) of the template that is sent, or None where the consumer has no id to send with."""
    name, consumer, stage = mail.template, mail.consumer, mail.stage
    id_ = id_in(name)
    for declared in declaration.all_templates():
        if declared.id == id_:
            says = f"the id of {declared.name} in {declared.account}, however {consumer.name} gets it"
            return (declared.type, declared.account), TraceStep(
                "template", says, declared.source.at("id", declared.account)
            )
    if id_:
        says = "an id that is not declared: whether Notify has a template of it is not known"
        return (TemplateType.email, ""), TraceStep("template", says, consumer.source.place)
    template, reading = declaration.template_at(name, stage.name), readers.reading(consumer, name)
    if template is None:
        close = get_close_matches(name, declaration.templates, n=1)
        hint = f" (did you mean {close[0]}?)" if close and close[0] != name else ""
        place = reading[1] if reading else consumer.source.at("templates")
        return None, TraceStep("template", f"there is no id for {name} in {stage.name}{hint}", place)
    if reading is None:
        says = f"{consumer.name} does not read {name}; if it is handed the id, ask with {template.id}"
        return None, TraceStep("template", says, consumer.source.at("templates"))
    says = f"{name} {reading[0]}: {template.id} in {template.account}"
    place = template.source.at("id", template.account)
    return (template.type, template.account), TraceStep("template", says, place)


def _redirect(declaration: Declaration, mail: Mail) -> tuple[Address | None, TraceStep]:
    """The safe address that the mail goes to instead, if it is redirected."""
    consumer, stage = mail.consumer, mail.stage
    asked = "" if mail.handle else domain(mail.to.reveal())
    redirecting = _redirecting_stage(declaration, consumer, stage)
    if stage.no_redirect and (redirecting is None or not redirecting.redirect_to):
        says = f"{stage.name} redirects nothing: {stage.no_redirect}"
        return None, TraceStep("redirect", says, _reason_at(declaration, stage))
    if redirecting is None:
        is_listed = asked in (stage.domains or {})
        beside = f", though {stage.name} redirects {asked}" if is_listed else ""
        says = f"{consumer.name} reads no redirects in {stage.name}{beside}: the address stays"
        place = stage.source.at("redirect", "domains", asked) if is_listed else consumer.source.at("files")
        return None, TraceStep("redirect", says, place)
    domains, to = redirecting.domains or {}, redirecting.redirect_to
    if not to:
        return None, TraceStep("redirect", f"{stage.name} redirects nothing: the address stays", stage.source.place)
    if asked in domains:
        place = redirecting.source.at("redirect", "domains", asked)
        return Address(to), TraceStep("redirect", f"{asked} goes to {to}; the reference keeps the address", place)
    of_person = f"the address of {mail.handle} is outside Git; it is assumed not to be at a redirect domain"
    says = of_person if mail.handle else _not_among(asked, domains)
    return None, TraceStep("redirect", says, redirecting.source.at("redirect", "domains"))


def _reason_at(declaration: Declaration, stage: Stage) -> Place:
    """Where it says why the stage redirects nothing."""
    source = stage.source if "redirect" in stage.source else declaration.policy.source
    return source.at("redirect", "none")


def _not_among(asked: str, domains: Iterable[str]) -> str:
    """Why an address stays; the domain is not repeated, since it may be part of what a person typed."""
    above = next((redirected for redirected in domains if asked.endswith(f".{redirected}")), None)
    if above:
        return f"its domain is below {above}, and only {above} itself is redirected: the address stays"
    return "its domain is not among the redirect domains: the address stays"


def _redirecting_stage(declaration: Declaration, consumer: Consumer, stage: Stage) -> Stage | None:
    """The stage whose redirects the consumer holds in this stage: its own, or those of the others that share the file.

    A file that several stages read holds what they have in common. Of classes, each stage loads its own.
    """
    found: Stage | None = None
    for file, setting in readers.redirects(consumer, stage.name):
        reading = () if setting.class_name else file.readers(setting)
        shared = (name for stages in reading if stage.name in stages for name in stages)
        others = (declaration.stages[name] for name in shared if name in declaration.stages)
        found = next((candidate for candidate in (stage, *others) if candidate.redirect_to is not None), found or stage)
    return found


def _key(declaration: Declaration, mail: Mail, account: str) -> tuple[Key | None, TraceStep]:
    """The key of the template's account, if the consumer has one; else the first that it has."""
    stage, consumer = mail.stage, mail.consumer
    found = list(_keys(declaration, consumer, stage))
    if not found:
        place = consumer.source.at("secrets") if "secrets" in consumer.source else stage.source.at("notify", "key")
        return None, TraceStep("key", f"{consumer.name} has no Notify key in {stage.name}", place)
    key, place = next(((key, place) for key, place in found if key.account == account), found[0])
    return key, TraceStep("key", f"in {stage.name} it sends with the key {key.name} of {key.account}", place)


def _keys(declaration: Declaration, consumer: Consumer, stage: Stage) -> Iterator[tuple[Key, Place]]:
    """The Notify keys that a consumer has in a stage, each with what says so."""
    for held in held_keys(declaration, consumer, stage):
        key = declaration.keys.get(held.key)
        if key is not None and key.account in declaration.notify_accounts:
            yield key, held.place


def _kind(key: Key) -> TraceStep:
    unknown = f"it is not declared whether {key.name} is live, team or test"
    says = f"{key.name} is a {key.kind} key" if key.kind else unknown
    return TraceStep("kind", says, key.source.at("kind"))
