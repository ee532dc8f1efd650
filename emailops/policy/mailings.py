"""Rules for what is sent to many: each name is declared, each stage has its own source, and a timer can run alone."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.mailings import EVERY_STAGE, Mailing, fields_in
from emailops.declaration.model import Declaration
from emailops.declaration.vocabulary import MailingKind, TemplateType
from emailops.policy.problem import Problem, unknown
from emailops.resource import PRODUCTION

_OF_A_ROUTE = frozenset({"framework", "framework_name", "lot", "lot_name"})
_OF_A_DAY = frozenset({"day", "month", "weekday", "year"})


def mailing_unknown(declaration: Declaration) -> Iterator[Problem]:
    """A mailing names stages, templates, audiences, exports and reply-to addresses that are declared, where it runs.

    A job once mailed with an id that no configuration held, and nobody saw until the day it ran.
    """
    for mailing in declaration.mailings.values():
        subject, source = _subject(mailing), mailing.source
        for field, stages in (("stages", mailing.stages), ("timed", mailing.timers)):
            for stage in stages:
                if stage not in declaration.stages:
                    yield unknown(subject, source.at(field, stage), "stage", stage, declaration.stages)
        if mailing.export and mailing.export not in _exports(declaration):
            yield unknown(subject, source.at("source", "export"), "export", mailing.export, _exports(declaration))
        if mailing.audience and mailing.audience not in declaration.single_audiences:
            place = source.at("audience")
            yield unknown(subject, place, "single audience", mailing.audience, declaration.single_audiences)
        if mailing.template and mailing.template not in declaration.templates:
            yield unknown(subject, source.at("template"), "template", mailing.template, declaration.templates)
        yield from _missing_at_a_stage(declaration, mailing)


def mailing_source(declaration: Declaration) -> Iterator[Problem]:
    """A mailing's source is somewhere at each of its stages, and production's address and token are its own.

    Jobs held one key for all stages, so that a run in preview could reach production's people.
    """
    for mailing in declaration.mailings.values():
        for endpoint in mailing.endpoints():
            place = endpoint.source.at("url")
            for stage in mailing.stages:
                if not endpoint.url(stage):
                    message = f"{mailing.name} runs at {stage}, where its source has no url"
                    yield Problem(_subject(mailing), place, message, f"add url.{stage}")
            for field, named in (("url", endpoint.urls), ("token", endpoint.tokens)):
                others = [stage for stage in mailing.stages if stage != PRODUCTION]
                of_production = named.get(PRODUCTION) or named.get(EVERY_STAGE)
                shared = [stage for stage in others if (named.get(stage) or named.get(EVERY_STAGE)) == of_production]
                if PRODUCTION in mailing.stages and of_production and shared:
                    message = f"{mailing.name}: {field} is production's at {', '.join(shared)}, too"
                    at = endpoint.source.at(field)
                    yield Problem(_subject(mailing), at, message, f"write a {field} for each stage")


def mailing_text_missing(declaration: Declaration) -> Iterator[Problem]:
    """A campaign has its HTML and its plain text beside it.

    The service's campaigns had no plain-text part, and some readers saw nothing at all.
    """
    for mailing in declaration.mailings.values():
        if mailing.kind is MailingKind.campaign:
            for ending in ("html", "txt"):
                if not mailing.texts.get(ending, "").strip():
                    message = f"there is no mailings/{mailing.name}.{ending}, or it is empty"
                    yield Problem(_subject(mailing), mailing.place, message, "write what readers see into that file")


def mailing_placeholder(declaration: Declaration) -> Iterator[Problem]:
    """What stands in braces in a path, a subject, a title or a reference is known there.

    A message that shows {lot_name} to its readers went out; a path with an open name asks for another list.
    """
    for mailing in declaration.mailings.values():
        of_route = _OF_A_ROUTE if mailing.statuses or "group" in mailing.source else frozenset()
        for endpoint in mailing.endpoints():
            if endpoint.each is None:
                known = {*mailing.parameters, *mailing.values, *of_route}
                for name in fields_in(endpoint.path):
                    if name not in known:
                        place = endpoint.source.at("path")
                        yield unknown(_subject(mailing), place, "parameter", name, known)
        for field in ("subject", "title"):
            for name in fields_in(mailing.source.text(field)):
                known = {*mailing.parameters, *mailing.values, *_OF_A_DAY, *of_route}
                if name not in known:
                    yield unknown(_subject(mailing), mailing.source.at(field), "placeholder", name, known)


def mailing_timed(declaration: Declaration) -> Iterator[Problem]:
    """A timed mailing runs where it may, needs nobody to give it a file or a parameter, and is new each day.

    A timer that fires and fails every morning is soon read by nobody; so is one that finds each day that it is done.
    """
    for mailing in declaration.mailings.values():
        for stage in mailing.timers:
            place = mailing.source.at("timed", stage)
            if stage not in mailing.stages:
                message = f"{mailing.name} is timed at {stage}, where it may not run"
                yield Problem(_subject(mailing), place, message, f"add stages.{stage}, or take the timer out")
            elif mailing.parameters or mailing.endpoint is None:
                message = f"{mailing.name} is timed, but needs somebody to name a file or a parameter"
                yield Problem(_subject(mailing), place, message, "take the timer out, or let its source be an API")
            elif mailing.kind is MailingKind.notice and not mailing.daily:
                message = f"{mailing.name} is timed, but would be sent the first time alone"
                yield Problem(_subject(mailing), place, message, "add daily: true")


def _missing_at_a_stage(declaration: Declaration, mailing: Mailing) -> Iterator[Problem]:
    source = mailing.source
    for stage in mailing.stages:
        if stage not in declaration.stages:
            continue
        if mailing.audience in declaration.single_audiences and not declaration.single_route(mailing.audience, stage):
            message = f"{mailing.name} runs at {stage}, which {mailing.audience} does not serve"
            yield Problem(_subject(mailing), source.at("audience"), message, "let otherwise name an audience for it")
        if mailing.template in declaration.templates:
            template = declaration.template_at(mailing.template, stage)
            if template is None or template.type is not TemplateType.email:
                message = f"{mailing.name} runs at {stage}, whose service has no email template {mailing.template}"
                yield Problem(_subject(mailing), source.at("template"), message, "name one of that service")
                continue
            reply_to, service = source.text("reply_to"), declaration.services.get(template.account)
            if reply_to and (service is None or reply_to not in service.reply_to):
                message = f"{mailing.name} runs at {stage}, whose service has no reply-to address {reply_to}"
                yield Problem(_subject(mailing), source.at("reply_to"), message, "name one of that service")


def _exports(declaration: Declaration) -> list[str]:
    return [name for name, mailing in declaration.mailings.items() if mailing.kind is MailingKind.export]


def _subject(mailing: Mailing) -> str:
    return f"mailing/{mailing.name}"
