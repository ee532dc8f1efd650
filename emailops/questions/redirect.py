"""Where a message goes instead: what the redirects that a consumer holds make of its recipient."""

from __future__ import annotations

from collections.abc import Iterable

from emailops.declaration import readers
from emailops.declaration.addresses import domain
from emailops.declaration.model import Consumer, Declaration, Stage
from emailops.declaration.vocabulary import TemplateType
from emailops.private import Address
from emailops.questions.recipient import number
from emailops.questions.steps import TraceStep
from emailops.resource import Place

Redirected = tuple[Address | None, TraceStep]
"""The safe recipient, if there is one, and why."""


def redirect(
    declaration: Declaration, consumer: Consumer, stage: Stage, template: str, sort: TemplateType, to: Address | None
) -> Redirected:
    """What becomes of a recipient; None is a person whose address is outside Git."""
    if sort is TemplateType.sms:
        return _redirect_number(consumer, stage, template, to)
    asked = domain(to.reveal()) if to else ""
    redirecting = _redirecting_stage(declaration, consumer, stage)
    passed = _passed_over(consumer, template)
    if stage.no_redirect and (redirecting is None or not redirecting.redirect_to):
        says = f"{stage.name} redirects nothing: {stage.no_redirect}"
        return None, TraceStep("redirect", says, _reason_at(declaration, stage))
    if passed is not None or redirecting is None:
        is_listed = asked in (stage.domains or {})
        beside = f", though {stage.name} redirects {asked}" if is_listed else ""
        place = stage.source.at("redirect", "domains", asked) if is_listed else consumer.source.at("files")
        why = f"{consumer.name} reads no redirects in {stage.name}"
        if passed is not None:
            why, place = f"{consumer.name} sends it without redirects", consumer.source.at("unredirected", passed)
        return None, TraceStep("redirect", f"{why}{beside}: the address stays", place)
    domains, safe = redirecting.domains or {}, redirecting.redirect_to
    if not safe:
        return None, TraceStep("redirect", f"{stage.name} redirects nothing: the address stays", stage.source.place)
    if asked in domains:
        place = redirecting.source.at("redirect", "domains", asked)
        return Address(safe), TraceStep("redirect", f"{asked} goes to {safe}; the reference keeps the address", place)
    says = (
        _not_among(asked, domains)
        if to
        else "the person's address is outside Git; it is assumed not to be at a redirect domain"
    )
    return None, TraceStep("redirect", says, redirecting.source.at("redirect", "domains"))


def _redirect_number(consumer: Consumer, stage: Stage, template: str, to: Address | None) -> Redirected:
    """Numbers go by how they begin, as they are written with their country."""
    place = stage.source.at("redirect", "numbers")
    if not stage.numbers or not stage.redirect_number:
        says = f"{stage.name} redirects no numbers: the number stays"
        return None, TraceStep("redirect", says, stage.source.at("redirect"))
    passed = _passed_over(consumer, template)
    if passed is not None:
        says, place = f"{consumer.name} sends it without redirects", consumer.source.at("unredirected", passed)
        return None, TraceStep("redirect", f"{says}: the number stays", place)
    if not any(readers.redirects(consumer, stage.name, "number_redirects")):
        says = f"{consumer.name} reads no redirects of numbers in {stage.name}: the number stays"
        return None, TraceStep("redirect", says, consumer.source.at("files"))
    read = number(to.reveal()) if to else None
    begins = next((begin for begin in stage.numbers if read and f"+{read.digits}".startswith(begin)), None)
    if begins is None:
        says = "it does not begin as a redirected number does" if to else "the person's number is outside Git"
        return None, TraceStep("redirect", f"{says}: the number stays", place)
    says = f"what begins with {begins} goes to {stage.redirect_number}"
    return Address(stage.redirect_number), TraceStep("redirect", says, stage.source.at("redirect", "numbers", begins))


def _reason_at(declaration: Declaration, stage: Stage) -> Place:
    """Where it says why the stage redirects nothing."""
    source = stage.source if "redirect" in stage.source else declaration.policy.source
    return source.at("redirect", "none")


def _passed_over(consumer: Consumer, template: str) -> int | None:
    """Where the consumer says that it sends the template without redirects."""
    listed: list[str] = list(consumer.source.items_at("unredirected"))
    return listed.index(template) if template in listed else None


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
