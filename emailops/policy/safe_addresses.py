"""Rules that keep test mail away from real people and from addresses that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from emailops.declaration.model import Consumer, Declaration, Setting, Stage
from emailops.declaration.readers import reading
from emailops.declaration.senders import starters
from emailops.declaration.sources import uses
from emailops.declaration.vocabulary import Contact, KeyKind, TemplateType
from emailops.kinds.notify_guest_list import plain_number
from emailops.policy.problem import Problem, unknown, warning
from emailops.simulated import SIMULATOR, SMOKE_TESTS

SMS_CHARACTERS = 918
"""https://www.notifications.service.gov.uk/pricing/text-messages: six fragments of 153 characters."""


def redirect_missing(declaration: Declaration) -> Iterator[Problem]:
    """Every deployed stage redirects its test domains, or says why not.

    Mail to addresses that do not exist gives the sender bad karma with Notify's downstream mail providers: enough of it
    and real mail is taken for spam.
    """
    for stage in _deployed(declaration):
        if stage.account and not _redirects(stage) and not stage.no_redirect:
            message = f"{stage.name} is deployed and redirects nothing"
            remedy = "add redirect: {to: ..., domains: ...}; or redirect: {none: WHY}, there or in policy"
            yield Problem(f"stage/{stage.name}", stage.source.place, message, remedy)


def redirect_undecided(declaration: Declaration) -> Iterator[Problem]:
    """A stage redirects, or it says why it does not: never both.

    Whoever reads the domains believes that they hold.
    """
    for stage in declaration.stages.values():
        redirect = stage.source.table("redirect")
        if "none" in redirect and len(redirect) > 1:
            message = f"{stage.name} says why it redirects nothing, beside what it redirects"
            remedy = "remove one; what a base redirects goes with to: null, domains: null"
            yield Problem(f"stage/{stage.name}", stage.source.at("redirect", "none"), message, remedy)


def redirect_purpose(declaration: Declaration) -> Iterator[Problem]:
    """A deployed stage has a redirect domain of each purpose, and each domain has a purpose that is known.

    Functional tests need a domain of each sort; when one is missing, someone uses a real one instead.
    """
    purposes = declaration.words.domain_purposes
    for stage in declaration.stages.values():
        domains = stage.domains or {}
        for domain, purpose in domains.items():
            if purposes and purpose not in purposes:
                place = stage.source.at("redirect", "domains", domain)
                yield unknown(f"stage/{stage.name}", place, "domain purpose", purpose, purposes)
        if stage.deployed and stage.domains is not None:
            for purpose in purposes:
                if purpose not in domains.values():
                    place = stage.source.at("redirect", "domains")
                    message = f"{stage.name} redirects no domain for {purpose!r}"
                    yield Problem(f"stage/{stage.name}", place, message, f"add a domain with the purpose {purpose}")


def redirect_target_listed(declaration: Declaration) -> Iterator[Problem]:
    """The redirect target is on the guest list of the service where a stage sends with a team key, exactly.

    A team key refuses every address that is neither a member's nor on the list; `+tag` makes another address. The
    functional tests then fail on mail that was meant to be harmless.
    """
    for stage in declaration.stages.values():
        key = declaration.keys.get(stage.key)
        service = declaration.services.get(stage.account)
        if not stage.redirect_to or key is None or key.kind is not KeyKind.team:
            continue
        if service is not None and service.guest_list is None and "guest_list" in service.source:
            continue
        guests = service.guest_list or () if service else ()
        listed = {guest.value.lower() for guest in guests if guest.contact is Contact.address}
        if stage.redirect_to.lower() not in listed:
            place = stage.source.at("redirect", "to")
            message = (
                f"{stage.redirect_to} is not on the guest list of {stage.account}, and {stage.name} has a team key"
            )
            yield Problem(f"stage/{stage.name}", place, message, f"add it to notify: {stage.account}: guest_list")


def redirect_target_refused(declaration: Declaration) -> Iterator[Problem]:
    """The redirect target is not an address that the stage's key treats in a way of its own.

    Mail to Notify's smoke-test addresses is never stored, so a test cannot read its status back, and a team key refuses
    them. The addresses at simulator.notify mean something to a test key only; to any other they are real and bounce.
    """
    for stage in declaration.stages.values():
        key = declaration.keys.get(stage.key)
        target = (stage.redirect_to or "").lower()
        place = stage.source.at("redirect", "to")
        subject = f"stage/{stage.name}"
        remedy = "redirect to an address that accepts mail and keeps none"
        if target in SMOKE_TESTS:
            yield Problem(subject, place, f"{target} is a smoke-test address: its mail is never stored", remedy)
        elif target.endswith(f"@{SIMULATOR}") and key is not None and key.kind is not KeyKind.test:
            yield Problem(
                subject, place, f"{target} is simulated for test keys only; {key.name} is a {key.kind} key", remedy
            )


def redirect_unread(declaration: Declaration) -> Iterator[Problem]:
    """Every consumer that sends through Notify reads the redirects of every deployed stage that has any.

    A one-domain change once reached some apps months late and some scripts never; those mailed addresses that the rest
    no longer did. Templates that a consumer declares as `unredirected` are shown as what they are, with a warning.
    """
    for consumer in declaration.consumers.values():
        yield from _unredirected(declaration, consumer)
        if not consumer.uses_notify or _sends_all_unredirected(consumer) or _sends_texts_alone(declaration, consumer):
            continue
        covered = {
            stage for _, setting in consumer.settings() for stage in setting.stages if _reads(setting, stage, _DOMAINS)
        }
        redirecting = [
            stage.name
            for stage in _deployed(declaration)
            if not stage.no_redirect and (stage.redirect_to is not None or stage.numbers is None)
        ]
        missing = [name for name in redirecting if name not in covered]
        if missing:
            message = f"{consumer.name} sends through Notify and reads no redirects in {', '.join(missing)}"
            place = consumer.source.at("sends")
            yield Problem(f"consumer/{consumer.name}", place, message, "add a setting with the source redirects")


def number_redirect_unread(declaration: Declaration) -> Iterator[Problem]:
    """Every consumer that sends text messages reads the redirected numbers of every deployed stage that has any.

    A text message to a number that a test made up costs money, and may reach whoever has the number.
    """
    redirecting = [stage.name for stage in _deployed(declaration) if stage.numbers is not None]
    for consumer in declaration.consumers.values() if redirecting else ():
        if not consumer.uses_notify or TemplateType.sms not in _types(declaration, consumer):
            continue
        read = {
            stage for _, setting in consumer.settings() for stage in setting.stages if _reads(setting, stage, _NUMBERS)
        }
        missing = [name for name in redirecting if name not in read]
        if missing:
            message = f"{consumer.name} sends text messages and reads no redirected numbers in {', '.join(missing)}"
            remedy = "add a setting with the source number_redirects"
            yield Problem(f"consumer/{consumer.name}", consumer.source.at("sends"), message, remedy)


def number_redirect_listed(declaration: Declaration) -> Iterator[Problem]:
    """The safe number is on the guest list of the service where a stage sends with a team key.

    A team key refuses every number that is neither a member's nor on the list.
    """
    for stage in declaration.stages.values():
        key, service = declaration.keys.get(stage.key), declaration.services.get(stage.account)
        if not stage.redirect_number or key is None or key.kind is not KeyKind.team:
            continue
        if service is not None and service.guest_list is None and "guest_list" in service.source:
            continue
        guests = service.guest_list or () if service else ()
        listed = {_international(guest.value) for guest in guests if guest.contact is Contact.number}
        if stage.redirect_number not in listed:
            number = f"{stage.redirect_number} is not on the guest list of {stage.account}"
            message, place = f"{number}, and {stage.name} has a team key", stage.source.at("redirect", "number")
            yield Problem(f"stage/{stage.name}", place, message, f"add it to notify: {stage.account}: guest_list")


def sms_length(declaration: Declaration) -> Iterator[Problem]:
    """A text message is at most as long as Notify sends.

    Notify refuses a longer one when it is sent; what its placeholders stand for comes on top of that.
    """
    firsts = (template for by_account in declaration.templates.values() for template in islice(by_account.values(), 1))
    for template in firsts:
        body = template.text[1] if template.text and template.type is TemplateType.sms else ""
        if len(body) > SMS_CHARACTERS:
            place = declaration.texts[template.name][1]
            message = f"the text of {template.name} has {len(body)} characters; Notify sends {SMS_CHARACTERS}"
            yield Problem(str(template.resource), place, message, "say it in fewer words")


def unredirected_unread(declaration: Declaration) -> Iterator[Problem]:
    """What a consumer sends without redirects is a template that it reads, or that one which starts it hands over.

    A name that is left over says of a mail that it goes to addresses which do not exist, and no such mail is sent.
    """
    for consumer in declaration.consumers.values():
        readers = [consumer, *starters(declaration, consumer)]
        for name, place in consumer.source.items_at("unredirected").placed_texts():
            subject = f"consumer/{consumer.name}"
            if name not in declaration.templates:
                yield unknown(subject, place, "template", name, declaration.templates)
            elif not any(reading(reader, name) for reader in readers):
                message = f"{consumer.name} does not read {name}, and nothing that starts it does"
                yield Problem(subject, place, message, "remove it, or add it to the templates of whoever reads it")


def _unredirected(declaration: Declaration, consumer: Consumer) -> Iterator[Problem]:
    if consumer.unredirected and any(stage.domains for stage in _deployed(declaration)):
        names = ", ".join(consumer.unredirected)
        message = f"{consumer.name} sends {names} without redirects: at an address that a test made up, it bounces"
        remedy = "give the redirects to the client that sends them, then remove them from unredirected"
        yield warning(f"consumer/{consumer.name}", consumer.source.at("unredirected"), message, remedy)


def _sends_all_unredirected(consumer: Consumer) -> bool:
    """Whether nothing is left for which it would need the redirects."""
    sent = {*consumer.templates, *consumer.literals}
    return bool(consumer.unredirected) and sent <= set(consumer.unredirected)


def redirect_pointless(declaration: Declaration) -> Iterator[Problem]:
    """A consumer that sends nothing through Notify gets no redirects.

    The setting once sat in an app without a Notify client: one more place to keep, and nothing behind it.
    """
    for consumer in declaration.consumers.values():
        for _, setting in consumer.settings():
            if not consumer.uses_notify and _reads(setting, None, _ANY):
                message = f"{consumer.name} sends nothing through Notify, so nothing reads {setting.name}"
                yield Problem(
                    f"consumer/{consumer.name}", setting.place, message, "remove the setting, or add notify to sends"
                )


_DOMAINS = ("redirects",)
_NUMBERS = ("number_redirects",)
_ANY = ("redirects", "redirect_to", "number_redirects", "redirect_number")
"""The sources that give the redirect domains with the safe address, the same of numbers, and any part of it."""


def _redirects(stage: Stage) -> bool:
    return stage.redirect_to is not None or stage.redirect_number is not None


def _types(declaration: Declaration, consumer: Consumer) -> set[TemplateType | None]:
    """Of the templates that the consumer is known to send."""
    sent = [declaration.templates.get(name, {}) for name in (*consumer.templates, *consumer.literals)]
    return {template.type for by_account in sent for template in by_account.values()}


def _sends_texts_alone(declaration: Declaration, consumer: Consumer) -> bool:
    return _types(declaration, consumer) == {TemplateType.sms}


def _international(number: str) -> str:
    """A number as people in the United Kingdom write it, with +44 for its first 0."""
    plain = plain_number(number)
    return f"+44{plain[1:]}" if plain.startswith("0") else plain


def _reads(setting: Setting, stage: str | None, sources: tuple[str, ...]) -> bool:
    return any(use.word in sources for use in uses(setting, stage))


def _deployed(declaration: Declaration) -> Iterator[Stage]:
    return (stage for stage in declaration.stages.values() if stage.deployed)
