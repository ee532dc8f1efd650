"""What would happen to one message: step by step from the consumer to whoever gets it, and the delivery callback."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emailops.declaration.model import Declaration, Stage
from emailops.declaration.names import require
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import KeyKind, TemplateType
from emailops.private import Address
from emailops.questions.mail import Mail, Sent, send
from emailops.questions.prediction import ACCEPTED, Prediction, ask
from emailops.questions.recipient import comparable, is_abroad, is_smoke_test, nobodys, simulated_end
from emailops.questions.steps import TraceStep

PERSON = "person:"
"""Before a handle, in the place of an address that is nowhere in Git."""


class End(StrEnum):
    """Where a message ends."""

    nowhere = "nowhere"
    safe_address = "safe address"
    safe_number = "safe number"
    mailbox = "mailbox"
    phone = "phone"
    letter_box = "letter box"
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
    """The way of a message. `sent_to` and `answer` are None where nothing is sent, `sent_to` for a letter, too.

    `final_status` is what Notify comes to say of it, and empty where it says nothing.
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
    """Where a message ends, what Notify comes to say of it, and both in words."""

    ends: End
    final_status: str
    says: str


def trace(declaration: Declaration, consumer: str, template: str, address: str, stage: str) -> Trace:
    """Follow one message to an address, a number or a person.

    Raises NotDeclared for a consumer, a template, a stage or a person that is not declared.
    """
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
    to = None if sent.sort is TemplateType.letter else sent.to
    return Trace(consumer, template, stage, steps, to, answered.answer, ending.ends, ending.final_status, callback)


def _mail(declaration: Declaration, consumer: str, template: str, address: str, stage: str) -> Mail:
    handle = address.removeprefix(PERSON) if address.startswith(PERSON) else ""
    require("consumer", consumer, declaration.consumers)
    require("stage", stage, declaration.stages)
    if address.startswith(PERSON):
        require("person or role", handle, declaration.people)
    return Mail(declaration.consumers[consumer], template, Address(address), handle, declaration.stages[stage])


def _ending(stage: Stage, sent: Sent, answer: Prediction | None) -> Ending:
    if answer is None:
        return Ending(End.unknown, "", "not known without the kind of the key")
    if answer.status != ACCEPTED:
        return Ending(End.nowhere, "", "nowhere: Notify refuses it")
    if sent.sort is TemplateType.letter:
        return _ending_of_letter(sent)
    to = sent.to.reveal()
    if is_smoke_test(to):
        return Ending(End.nowhere, "", "nowhere: a smoke-test recipient; what is sent there is not even stored")
    if sent.kind is KeyKind.test:
        status = simulated_end(to)
        return Ending(End.nowhere, status, f"nowhere: a test key delivers nothing; Notify says {status}")
    return _reached(stage, sent, to)


def _reached(stage: Stage, sent: Sent, to: str) -> Ending:
    """Where what a live or a team key sends arrives."""
    if sent.sort is TemplateType.sms and (
        sent.is_redirected or (stage.redirect_number and comparable(to) == comparable(stage.redirect_number))
    ):
        return Ending(End.safe_number, "delivered", "at the safe number, which nobody reads")
    if sent.is_redirected or (stage.redirect_to and comparable(to) == comparable(stage.redirect_to)):
        return Ending(End.safe_address, "delivered", "at the safe address, which accepts mail and which nobody reads")
    if why := nobodys(to):
        return Ending(End.bounces, "permanent-failure", f"bounces: {why}")
    if sent.sort is TemplateType.sms:
        whose = f"the phone of {sent.handle}" if sent.handle else "a phone: a real text message, to whoever has it"
        if is_abroad(to):
            return Ending(End.phone, "sent", f"on {whose}; abroad, so Notify says no more than that it was sent")
        return Ending(End.phone, "delivered", f"on {whose}; delivered, unless the network cannot reach it")
    whose = f"the mailbox of {sent.handle}" if sent.handle else "a mailbox: real mail, to whoever reads it"
    return Ending(End.mailbox, "delivered", f"in {whose}; delivered, unless its server refuses it")


def _ending_of_letter(sent: Sent) -> Ending:
    """Letters have no callback, so Notify says nothing by itself."""
    if sent.kind is KeyKind.test:
        return Ending(End.nowhere, "", "nowhere: a test key prints nothing")
    return Ending(End.letter_box, "", "printed, and posted to the postal address in its personalisation")


def _callback(declaration: Declaration, sent: Sent, ending: Ending) -> tuple[DeliveryReport | None, TraceStep]:
    account = declaration.notify_accounts[sent.key.account]
    service = declaration.services.get(account.name)
    source = service.source if service else Table(account.source.place)
    place = source.at("callback", "url")
    url = source.table("callback").text("url")
    if not ending.final_status or ending.final_status == "sent":
        return None, TraceStep("callback", "reports nothing", place)
    if not url:
        return None, TraceStep("callback", f"reports nothing: none is declared for {account.name}", place)
    whose = "the number" if sent.sort is TemplateType.sms else "the address"
    if sent.is_redirected and sent.sort is TemplateType.sms:
        whose = "the safe number"
    elif sent.is_redirected:
        whose = "the safe address: no account of the address itself is made inactive"
    says = f"reports {ending.final_status} to {url}, about {whose}"
    return DeliveryReport(url, sent.to, ending.final_status), TraceStep("callback", says, place)
