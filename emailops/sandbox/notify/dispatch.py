"""GOV.UK Notify's emails and text messages as they are sent: every refusal in Notify's order, then the answer.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emailops.phone_numbers import InvalidPhoneNumber, read_phone_number
from emailops.sandbox.holding.service import Message, TemplateType
from emailops.sandbox.notify import checks, files, letters, limits, recipients
from emailops.sandbox.notify.addresses import cleaned
from emailops.sandbox.notify.checks import bad_request
from emailops.sandbox.notify.progress import timestamp
from emailops.sandbox.notify.sanitisation import sanitised, sanitised_content
from emailops.sandbox.notify.template_checks import filled, sendable
from emailops.sandbox.serving.wire import Ask, NoRouteError, Response

if TYPE_CHECKING:
    from emailops.sandbox.holding.service import HeldTemplate
    from emailops.sandbox.notify.caller import NotifyCaller
    from emailops.sandbox.notify.placeholders import Rendered

LONGEST_EMAIL = 2_000_000
LONGEST_TEXT = 918
DEFAULT_SENDER = "GOVUK"


def send(ask: Ask[NotifyCaller]) -> Response:
    """Limits, request, permission, template, sender, recipient, files, length: whichever is wrong first."""
    caller, message_type = ask.who, _message_type(ask.names["type"])
    limits.refuse(caller, message_type, ask.call.now)
    body = checks.read_json(ask.call)
    if message_type == TemplateType.LETTER:
        raise letters.refusal(caller, body)
    way = _WAYS[message_type]
    checks.check(body, checks.rules_at(way.rules, ask.call.now), required=(way.recipient, "template_id"))
    checks.refuse_unpermitted(caller.service.permissions, message_type)
    template = _template(caller, message_type, body)
    sender = way.sender(caller, body)
    recipient = body[way.recipient]
    if message_type == TemplateType.EMAIL:
        recipient = cleaned(recipient)
    recipients.refuse(caller, recipient)
    if message_type == TemplateType.SMS:
        recipients.refuse_number(caller, read_phone_number(recipient))
    rendered = _rendered(caller, template, body)
    way.refuse_length(rendered)
    message = _message(ask, template, body, rendered, sender=sender, recipient=recipient)
    if recipients.comparable(recipient) not in recipients.SMOKE_TEST:
        limits.count(caller.holdings, message, ask.call.now)
        caller.holdings.messages.put(message.id, message)
        caller.holdings.accepted.append(message.id)
    return Response(201, _as_sent(message, way, body, ask.call.base_url))


def _template(caller: NotifyCaller, message_type: TemplateType, body: Mapping[str, Any]) -> HeldTemplate:
    """The template, given all its values, and something left to say."""
    personalisation = body.get("personalisation", {})
    template = sendable(caller, message_type, body["template_id"], personalisation)
    if not filled(template, personalisation).body:
        raise bad_request("Your message is empty.")
    if message_type != TemplateType.EMAIL and files.named(personalisation):
        raise bad_request("Can only send a file by email")
    return template


def _rendered(caller: NotifyCaller, template: HeldTemplate, body: Mapping[str, Any]) -> Rendered:
    personalisation = files.linked(caller.service, body.get("personalisation", {}))
    names = body.get("sanitise_content_for") or ()
    in_subject = sanitised(names, personalisation, for_subject=True)
    return filled(template, sanitised(names, personalisation), in_subject)


def _message(
    ask: Ask[NotifyCaller],
    template: HeldTemplate,
    body: Mapping[str, Any],
    rendered: Rendered,
    *,
    sender: str,
    recipient: str,
) -> Message:
    caller = ask.who
    return Message(
        id=str(uuid4()),
        service=caller.service.id,
        key=caller.key.kind,
        type=template.type,
        template_id=template.id,
        template_version=template.version,
        recipient=recipient,
        original=recipients.original(ask.call.headers.get("x-original-recipient")),
        subject=rendered.subject if template.type == TemplateType.EMAIL else None,
        body=rendered.body,
        ends=recipients.end_of(caller.key.kind, template.type, recipient),
        created_at=timestamp(ask.call.now),
        reference=body.get("reference"),
        personalisation=body.get("personalisation", {}),
        reply_to=checks.uuid_of(body.get("email_reply_to_id")),
        sender=sender,
        one_click_unsubscribe_url=body.get("one_click_unsubscribe_url"),
    )


def _message_type(text: str) -> TemplateType:
    try:
        return TemplateType(text)
    except ValueError:
        raise NoRouteError from None


def _email_sender(caller: NotifyCaller, body: Mapping[str, Any]) -> str:
    reply_to_id = body.get("email_reply_to_id")
    known = {reply_to.id for reply_to in caller.service.reply_to}
    if reply_to_id is not None and checks.uuid_of(reply_to_id) not in known:
        _refuse_unknown(caller, "email_reply_to_id", reply_to_id)
    return caller.service.from_address


def _text_sender(caller: NotifyCaller, body: Mapping[str, Any]) -> str:
    """The sender that is named, else the default one; a number in the form in which networks get it."""
    senders = caller.service.sms_senders
    wanted = body.get("sms_sender_id")
    if wanted is None:
        known = next((sender for sender in senders if sender.default), None)
    else:
        known = next((sender for sender in senders if sender.id == checks.uuid_of(wanted)), None)
        if known is None:
            _refuse_unknown(caller, "sms_sender_id", wanted)
    if known is None:
        return DEFAULT_SENDER
    try:
        return read_phone_number(known.sms_sender).digits
    except InvalidPhoneNumber:
        return known.sms_sender


def _refuse_unknown(caller: NotifyCaller, name: str, value: str) -> None:
    if not caller.holdings.open:
        raise bad_request(f"{name} {value} does not exist in database for service id {caller.service.id}")


def _refuse_long_email(rendered: Rendered) -> None:
    size = len(rendered.body.encode("utf-8", "surrogatepass"))
    if size > LONGEST_EMAIL:
        raise bad_request(
            f"Your message is too long. Emails cannot be longer than {LONGEST_EMAIL} bytes. "
            f"Your message is {size} bytes."
        )


def _refuse_long_text(rendered: Rendered) -> None:
    length = len(rendered.body)
    if length > LONGEST_TEXT:
        raise bad_request(
            f"Your message is too long. Text messages cannot be longer than {LONGEST_TEXT} characters. "
            f"Your message is {length} characters long."
        )


def _email_content(message: Message, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "content": {
            "from_email": message.sender,
            "subject": message.subject,
            "body": message.body,
            "one_click_unsubscribe_url": message.one_click_unsubscribe_url,
        },
        "sanitised_content": sanitised_content(body.get("sanitise_content_for") or (), message.personalisation),
    }


def _text_content(message: Message, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"from_number": message.sender, "body": message.body}}


def _as_sent(message: Message, way: _Way, body: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    return {
        "id": message.id,
        "reference": message.reference,
        "uri": f"{base_url}/v2/notifications/{message.id}",
        "template": {
            "id": message.template_id,
            "version": message.template_version,
            "uri": f"{base_url}/services/{message.service}/templates/{message.template_id}",
        },
        "scheduled_for": None,
        **way.content(message, body),
    }


@dataclass(frozen=True, slots=True)
class _Way:
    """What sets the two types of message apart."""

    recipient: str
    rules: Mapping[str, checks.Rule]
    sender: Callable[[NotifyCaller, Mapping[str, Any]], str]
    refuse_length: Callable[[Rendered], None]
    content: Callable[[Message, Mapping[str, Any]], dict[str, Any]]


_WAYS = {
    TemplateType.EMAIL: _Way("email_address", checks.EMAIL, _email_sender, _refuse_long_email, _email_content),
    TemplateType.SMS: _Way("phone_number", checks.SMS, _text_sender, _refuse_long_text, _text_content),
}
