"""What Notify answers, as far as that is declared (https://docs.notifications.service.gov.uk/rest-api.html#error-codes).

The order is Notify's: the form of the recipient, the template, whom the key may write to, the number. That a template
is archived, that a value for a placeholder is missing or that a key is revoked is not declared anywhere, so nothing is
said about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emailops.declaration.model import Declaration, Guest
from emailops.declaration.values import Table, is_true
from emailops.declaration.vocabulary import Contact, KeyKind, TemplateType
from emailops.questions.mail import Sent
from emailops.questions.recipient import comparable, fault, is_abroad, is_landline
from emailops.questions.steps import TraceStep
from emailops.resource import Place

ACCEPTED = 201
_NOT_THERE = ("BadRequestError", "Template not found")
_TRIAL_PAGE = "https://www.notifications.service.gov.uk/trial-mode"
_NOT_ALLOWED = {
    KeyKind.team: "Can’t send to this recipient using a team-only API key",
    KeyKind.live: f"Can’t send to this recipient when service is in trial mode – see {_TRIAL_PAGE}",
}
_NO_LETTERS = {
    KeyKind.team: "Cannot send letters with a team api key",
    KeyKind.live: "Cannot send letters when service is in trial mode",
}
_A_DAY = {TemplateType.email: "250,000 emails", TemplateType.sms: "250,000 text messages, 100 of them abroad"}
_A_DAY_IN_TRIAL = {TemplateType.email: "50 emails", TemplateType.sms: "50 text messages"}


@dataclass(frozen=True, slots=True)
class Prediction:
    """Notify's answer: its HTTP status, and for a refusal the error class and message."""

    status: int
    error: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Predicted:
    """The steps that lead to an answer; it is None where the kind of the key is not declared."""

    steps: tuple[TraceStep, ...]
    answer: Prediction | None


def ask(declaration: Declaration, sent: Sent) -> Predicted:
    """Ask what Notify would answer to this message."""
    refusal = _refusal(sent)
    if refusal is not None:
        return Predicted((_said(sent, refusal, sent.key.source.at("account")),), refusal)
    if sent.kind is None:
        return Predicted((), None)
    steps: list[TraceStep] = []
    place = sent.key.source.at("kind")
    is_limited, in_trial = sent.kind is KeyKind.team, False
    if sent.kind is KeyKind.live:
        in_trial, step = _trial(declaration, sent)
        steps.append(step)
        is_limited, place = in_trial, step.place
    steps += _limits(declaration, sent)
    if is_limited:
        refusal, step = _recipient(declaration, sent, sent.kind)
        steps.append(step)
        place = step.place
    answer = refusal or _refused_number(sent) or Prediction(ACCEPTED)
    return Predicted((*steps, _said(sent, answer, place)), answer)


def _refusal(sent: Sent) -> Prediction | None:
    """What Notify refuses whoever the recipient is."""
    said = "" if sent.handle or sent.sort is TemplateType.letter else fault(sent.sort, sent.to.reveal())
    if said:
        return Prediction(400, "ValidationError", said)
    return Prediction(400, *_NOT_THERE) if sent.template_account not in ("", sent.key.account) else None


def _refused_number(sent: Sent) -> Prediction | None:
    """A landline is a permission of its own, which a service does not have by itself."""
    if sent.sort is TemplateType.sms and is_landline(sent.to.reveal()):
        return Prediction(400, "InvalidPhoneError", "Not a UK mobile number")
    return None


def _said(sent: Sent, answer: Prediction, place: Place) -> TraceStep:
    abroad = ", and the service may send abroad" if _goes_abroad(sent) else ""
    accepted = f"201: accepted, as long as Notify has the template and each of its placeholders a value{abroad}"
    refused = f"{answer.status} {answer.error}: {answer.message}"
    landline = "; the number is a landline, to which a service may send once Notify has agreed to it"
    beside = landline if answer == _refused_number(sent) else ""
    return TraceStep("answer", accepted if answer.status == ACCEPTED else f"{refused}{beside}", place)


def _goes_abroad(sent: Sent) -> bool:
    return sent.sort is TemplateType.sms and is_abroad(sent.to.reveal())


def _trial(declaration: Declaration, sent: Sent) -> tuple[bool, TraceStep]:
    source = declaration.notify_accounts[sent.key.account].source
    in_trial = is_true(source.get("trial"))
    mode = "is in trial mode" if in_trial else "is not declared to be in trial mode"
    says = f"{sent.key.account} {mode}"
    return in_trial, TraceStep("service", says, source.at("trial"))


def _limits(declaration: Declaration, sent: Sent) -> Iterator[TraceStep]:
    """How many text messages a day the service may send: each costs money, and few are many."""
    if sent.sort is not TemplateType.sms:
        return
    source = declaration.notify_accounts[sent.key.account].source
    if sent.kind is KeyKind.test:
        says = "a day's limit counts nothing that a test key sends"
    else:
        most = _A_DAY_IN_TRIAL if is_true(source.get("trial")) else _A_DAY
        says = f"{most[sent.sort]} a day, unless Notify agreed to others; live and team keys share them"
    yield TraceStep("limits", says, source.at("trial"))


def _recipient(declaration: Declaration, sent: Sent, kind: KeyKind) -> tuple[Prediction | None, TraceStep]:
    """Whether the recipient is on the guest list or in the team of the key's service; else the refusal."""
    account = declaration.notify_accounts[sent.key.account]
    if sent.sort is TemplateType.letter:
        place = account.source.at("trial") if kind is KeyKind.live else sent.key.source.at("kind")
        says = "a letter goes to no guest and to no member of the team"
        return Prediction(403, "BadRequestError", _NO_LETTERS[kind]), TraceStep("recipient", says, place)
    service = declaration.services.get(account.name)
    guests = service.guest_list or () if service else ()
    source = service.source if service else Table(account.source.place)
    for guest in guests:
        if _is(guest, sent):
            return None, TraceStep("recipient", f"on the guest list of {account.name}", guest.place)
    team = source.items_at("team")
    if sent.handle and sent.handle in team:
        place = team.places[team.index(sent.handle)]
        known = ", with the number that Notify has of them" if sent.sort is TemplateType.sms else ""
        return None, TraceStep("recipient", f"in the team of {account.name}{known}", place)
    says = f"neither on the guest list nor in the team of {account.name}{''.join(_caveats(sent, source, guests))}"
    refusal = Prediction(400, "BadRequestError", _NOT_ALLOWED[kind])
    return refusal, TraceStep("recipient", says, source.at("guest_list"))


def _is(guest: Guest, sent: Sent) -> bool:
    """Whether a guest is the recipient: a number of a text message, an address or a person of an email."""
    if (guest.contact is Contact.number) != (sent.sort is TemplateType.sms):
        return False
    if sent.handle or guest.contact is Contact.person:
        return guest.contact is Contact.person and guest.value == sent.handle
    return comparable(guest.value) == comparable(sent.to.reveal())


def _caveats(sent: Sent, source: Table, guests: Iterable[Guest]) -> Iterator[str]:
    """What could make it otherwise, and is not known from what is declared."""
    undeclared = [words for key, words in (("guest_list", "its guest list"), ("team", "its team")) if key not in source]
    if undeclared:
        verb = "is" if len(undeclared) == 1 else "are"
        yield f"; {' and '.join(undeclared)} {verb} not declared, and whoever is there may be written to"
    what = "number" if sent.sort is TemplateType.sms else "address"
    guests_by_handle = {guest.value for guest in guests if guest.contact is Contact.person and what == "address"}
    people = sorted(guests_by_handle | set(source.items_at("team").texts()))
    if people and not sent.handle:
        yield f"; whether it is the {what} of {', '.join(people)} is not known: ask with person:{people[0]}"
