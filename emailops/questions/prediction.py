"""What Notify answers, as far as that is declared (https://docs.notifications.service.gov.uk/rest-api.html#error-codes).

The order is Notify's: the address, the template, the recipient. That a template is archived, that a value for a
placeholder is missing or that a key is revoked is not declared anywhere, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emailops.declaration.addresses import is_well_formed, normalised
from emailops.declaration.model import Declaration, Guest
from emailops.declaration.values import Table, is_true
from emailops.declaration.vocabulary import Contact, KeyKind, TemplateType
from emailops.questions.mail import Sent, TraceStep
from emailops.resource import Place

ACCEPTED = 201
_MALFORMED = ("ValidationError", "email_address Not a valid email address")
_NOT_THERE = ("BadRequestError", "Template not found")
_TRIAL_PAGE = "https://www.notifications.service.gov.uk/trial-mode"
_NOT_ALLOWED = {
    KeyKind.team: "Can’t send to this recipient using a team-only API key",
    KeyKind.live: f"Can’t send to this recipient when service is in trial mode – see {_TRIAL_PAGE}",
}


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
    """Ask what Notify would answer to this mail."""
    refusal = _refusal(sent)
    if refusal is not None:
        return Predicted((_said(refusal, sent.key.source.at("account")),), refusal)
    if not sent.key.kind:
        return Predicted((), None)
    steps: list[TraceStep] = []
    place = sent.key.source.at("kind")
    is_limited = sent.key.kind is KeyKind.team
    if sent.key.kind is KeyKind.live:
        is_limited, step = _trial(declaration, sent)
        steps.append(step)
        place = step.place
    if is_limited:
        is_allowed, step = _recipient(declaration, sent)
        steps.append(step)
        place = step.place
        if not is_allowed:
            refusal = Prediction(400, "BadRequestError", _NOT_ALLOWED[sent.key.kind])
    answer = refusal or Prediction(ACCEPTED)
    return Predicted((*steps, _said(answer, place)), answer)


def _refusal(sent: Sent) -> Prediction | None:
    """What Notify refuses whoever the recipient is."""
    if not sent.handle and not is_well_formed(sent.to.reveal()):
        return Prediction(400, *_MALFORMED)
    if sent.template_account not in ("", sent.key.account):
        return Prediction(400, *_NOT_THERE)
    if sent.template_type is not TemplateType.email:
        return Prediction(
            400, "BadRequestError", f"{sent.template_type} template is not suitable for email notification"
        )
    return None


def _said(answer: Prediction, place: Place) -> TraceStep:
    accepted = "201: accepted, as long as Notify has the template and each of its placeholders a value"
    refused = f"{answer.status} {answer.error}: {answer.message}"
    return TraceStep("answer", accepted if answer.status == ACCEPTED else refused, place)


def _trial(declaration: Declaration, sent: Sent) -> tuple[bool, TraceStep]:
    source = declaration.notify_accounts[sent.key.account].source
    in_trial = is_true(source.get("trial"))
    mode = "is in trial mode" if in_trial else "is not declared to be in trial mode"
    says = f"{sent.key.account} {mode}"
    return in_trial, TraceStep("service", says, source.at("trial"))


def _recipient(declaration: Declaration, sent: Sent) -> tuple[bool, TraceStep]:
    """Whether the recipient is on the guest list or in the team of the key's service."""
    account = declaration.notify_accounts[sent.key.account]
    service = declaration.services.get(account.name)
    guests = service.guest_list or () if service else ()
    source = service.source if service else Table(account.source.place)
    address = normalised(sent.to.reveal())
    for guest in guests:
        known = sent.handle if guest.contact is Contact.person else "" if sent.handle else address
        if guest.contact is not Contact.number and known and known == normalised(guest.value):
            return True, TraceStep("recipient", f"on the guest list of {account.name}", guest.place)
    team = source.items_at("team")
    if sent.handle and sent.handle in team:
        place = team.places[team.index(sent.handle)]
        return True, TraceStep("recipient", f"in the team of {account.name}", place)
    says = f"neither on the guest list nor in the team of {account.name}{''.join(_caveats(sent, source, guests))}"
    return False, TraceStep("recipient", says, source.at("guest_list"))


def _caveats(sent: Sent, source: Table, guests: Iterable[Guest]) -> Iterator[str]:
    """What could make it otherwise, and is not known from what is declared."""
    undeclared = [words for key, words in (("guest_list", "its guest list"), ("team", "its team")) if key not in source]
    if undeclared:
        verb = "is" if len(undeclared) == 1 else "are"
        yield f"; {' and '.join(undeclared)} {verb} not declared, and whoever is there may be written to"
    members = source.items_at("team").texts()
    people = sorted({guest.value for guest in guests if guest.contact is Contact.person} | set(members))
    if people and not sent.handle:
        yield f"; whether it is the address of {', '.join(people)} is not known: ask with person:{people[0]}"
