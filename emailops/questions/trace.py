"""What would happen to one mail: step by step from the consumer to the mailbox and the delivery callback."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emailops.declaration.addresses import cleaned, is_of_simulator, normalised
from emailops.declaration.model import Declaration, Stage
from emailops.declaration.names import require
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import KeyKind
from emailops.private import Address
from emailops.questions.mail import Mail, Sent, TraceStep, send
from emailops.questions.prediction import ACCEPTED, Prediction, ask
from emailops.simulated import FAILING, SMOKE_TESTS

PERSON = "person:"
"""Before a handle, in the place of an address that is nowhere in Git."""


class End(StrEnum):
    """Where a mail ends."""

    nowhere = "nowhere"
    safe_address = "safe address"
    mailbox = "mailbox"
    bounces = "bounces"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What Notify reports, where, and about which address."""

    url: str
    to: Address
    status: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of a mail. `sent_to` and `answer` are None where nothing is sent.

    `final_status` is what Notify comes to say of the mail, and empty where it says nothing.
    """

    consumer: str
    template: str
    stage: str
    steps: tuple[TraceStep, ...]
    sent_to: Address | None
    answer: Prediction | None
    ends: End
    final_status: str
    callback: DeliveryReport | None


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a mail ends, what Notify comes to say of it, and both in words."""

    ends: End
    final_status: str
    says: str


def trace(declaration: Declaration, consumer: str, template: str, address: str, stage: str) -> Trace:
    """Follow one mail. Raises NotDeclared for a consumer, a stage or a person that is not declared."""
    mail = _mail(declaration, consumer, template, address, stage)
    sending = send(declaration, mail)
    sent = sending.sent
    if sent is None:
        last = TraceStep("ends", "nowhere: nothing is sent", sending.steps[-1].place)
        return Trace(consumer, template, stage, (*sending.steps, last), None, None, End.nowhere, "", None)
    answered = ask(declaration, sent)
    steps = (*sending.steps, *answered.steps)
    ending = _ending(mail.stage, sent, answered.answer)
    callback, step = _callback(declaration, sent, ending)
    steps = (*steps, TraceStep("ends", ending.says, steps[-1].place), step)
    return Trace(consumer, template, stage, steps, sent.to, answered.answer, ending.ends, ending.final_status, callback)


def _mail(declaration: Declaration, consumer: str, template: str, address: str, stage: str) -> Mail:
    handle = address.removeprefix(PERSON) if address.startswith(PERSON) else ""
    require("consumer", consumer, declaration.consumers)
    require("stage", stage, declaration.stages)
    if address.startswith(PERSON):
        require("person or role", handle, declaration.people)
    return Mail(declaration.consumers[consumer], template, Address(address), handle, declaration.stages[stage])


def _ending(stage: Stage, sent: Sent, answer: Prediction | None) -> Ending:
    address = sent.to.reveal()
    if answer is None:
        return Ending(End.unknown, "", "not known without the kind of the key")
    if answer.status != ACCEPTED:
        return Ending(End.nowhere, "", "nowhere: Notify refuses it")
    if normalised(address) in SMOKE_TESTS:
        return Ending(End.nowhere, "", "nowhere: a smoke-test address, whose mail is not even stored")
    if sent.key.kind is KeyKind.test:
        status = FAILING.get(cleaned(address), "delivered")
        return Ending(End.nowhere, status, f"nowhere: a test key delivers nothing; Notify says {status}")
    if is_of_simulator(address):
        says = "bounces: the address is simulated for test keys only; to this key it is one that nobody has"
        return Ending(End.bounces, "permanent-failure", says)
    if sent.is_redirected or (stage.redirect_to and normalised(address) == normalised(stage.redirect_to)):
        return Ending(End.safe_address, "delivered", "at the safe address, which accepts mail and which nobody reads")
    whose = f"the mailbox of {sent.handle}" if sent.handle else "a mailbox: real mail, to whoever reads it"
    return Ending(End.mailbox, "delivered", f"in {whose}; delivered, unless its server refuses it")


def _callback(declaration: Declaration, sent: Sent, ending: Ending) -> tuple[DeliveryReport | None, TraceStep]:
    account = declaration.notify_accounts[sent.key.account]
    service = declaration.services.get(account.name)
    source = service.source if service else Table(account.source.place)
    place = source.at("callback", "url")
    url = source.table("callback").text("url")
    if not ending.final_status:
        return None, TraceStep("callback", "reports nothing", place)
    if not url:
        return None, TraceStep("callback", f"reports nothing: none is declared for {account.name}", place)
    whose = (
        "the safe address: no account of the address itself is made inactive" if sent.is_redirected else "the address"
    )
    says = f"reports {ending.final_status} to {url}, about {whose}"
    return DeliveryReport(url, sent.to, ending.final_status), TraceStep("callback", says, place)
