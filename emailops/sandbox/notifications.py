"""GOV.UK Notify's emails: sent, read back one by one, and listed.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email
"""

from __future__ import annotations

from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

from emailops.sandbox import notify_checks as checks
from emailops.sandbox import templates
from emailops.sandbox.notify_checks import bad_request, no_result, normalised
from emailops.sandbox.progress import history
from emailops.sandbox.wire import Ask, Call, NoRouteError, Reply
from emailops.sandbox.world import NOTIFY_DOMAIN, Message, Template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emailops.sandbox.notify_auth import Caller

PAGE = 250
LONGEST = 2_000_000
SMOKE_TEST = frozenset(f"simulate-delivered{number}@{NOTIFY_DOMAIN}" for number in ("", "-2", "-3"))
FAILING = {"temp-fail@simulator.notify": "temporary-failure", "perm-fail@simulator.notify": "permanent-failure"}
_WORDS = {"email": "emails", "sms": "text messages", "letter": "letters"}


def send(ask: Ask[Caller]) -> Reply:
    """The order of the refusals is Notify's: request, template, reply-to, recipient, length."""
    caller, kind = ask.who, ask.names["kind"]
    if kind not in _WORDS:
        raise NoRouteError
    body = checks.read_json(ask.call)
    if kind != "email":  # the one permission that a service of the sandbox has
        raise bad_request(f"Service is not allowed to send {_WORDS[kind]}")
    checks.check(body, checks.EMAIL, required=("email_address", "template_id"))
    template = _sendable(caller, body["template_id"])
    rendered = filled(template, body.get("personalisation", {}))
    if not rendered.body:
        raise bad_request("Your message is empty.")
    _refuse_unknown_reply_to(caller, body.get("email_reply_to_id"))
    recipient = normalised(body["email_address"])
    _refuse_recipient(caller, recipient)
    _refuse_length(rendered)
    message = Message(
        id=str(uuid4()),
        service=caller.service.id,
        key=caller.key.kind,
        template_id=template.id,
        template_version=template.version,
        recipient=body["email_address"],
        subject=rendered.subject,
        body=rendered.body,
        ends=FAILING.get(body["email_address"], "delivered") if caller.key.kind == "test" else "delivered",
        created_at=_time(ask.call.now),
        reference=body.get("reference"),
        personalisation=body.get("personalisation", {}),
        reply_to=body.get("email_reply_to_id"),
        one_click_unsubscribe_url=body.get("one_click_unsubscribe_url"),
    )
    if recipient not in SMOKE_TEST:
        caller.world.messages[message.id] = message
    return Reply(201, _as_sent(message, ask))


def filled(template: Template, personalisation: dict[str, Any]) -> templates.Rendered:
    """The template with its values, or the refusal that names those that are missing."""
    absent = templates.missing(template, personalisation)
    if absent:
        raise bad_request(f"Missing personalisation: {', '.join(absent)}")
    return templates.render(template, personalisation)


def read(ask: Ask[Caller]) -> Reply:
    """Any key of the service may read any of its messages by id."""
    notification_id = ask.names["id"]
    checks.check({"notification_id": notification_id}, checks.NOTIFICATION)
    message = ask.who.world.messages.get(notification_id.lower())
    if message is None or message.service != ask.who.service.id:
        raise no_result()
    return Reply(200, _as_read(message, ask.call))


def list_all(ask: Ask[Caller]) -> Reply:
    """Newest first, and only what keys of the caller's kind sent."""
    caller, call = ask.who, ask.call
    query: dict[str, Any] = dict(call.query)
    query |= {name: query[name][0] for name in ("older_than", "reference") if name in query}
    checks.check(query, checks.NOTIFICATION_LIST)
    own: Iterator[Message] = (
        message
        for message in reversed(caller.world.messages.values())
        if message.service == caller.service.id and message.key == caller.key.kind
    )
    if "older_than" in query:
        own = islice(dropwhile(lambda message: message.id != query["older_than"].lower(), own), 1, None)
    page = list(islice((message for message in own if _fits(message, query, call.now)), PAGE))
    links = {"current": _link(call, query)}
    if page:
        links["next"] = _link(call, {**query, "older_than": page[-1].id})
    return Reply(200, {"notifications": [_as_read(message, call) for message in page], "links": links})


def _sendable(caller: Caller, template_id: str) -> Template:
    template = caller.service.template(template_id)
    if template is None:
        raise bad_request("Template not found")
    if template.type != "email":
        raise bad_request(f"{template.type} template is not suitable for email notification")
    if template.archived:
        raise bad_request("Template has been deleted")
    return template


def _refuse_unknown_reply_to(caller: Caller, reply_to_id: str | None) -> None:
    known = {address.id for address in caller.service.reply_to}
    if reply_to_id is not None and reply_to_id.lower() not in known:
        raise bad_request(
            f"email_reply_to_id {reply_to_id} does not exist in database for service id {caller.service.id}"
        )


def _refuse_recipient(caller: Caller, recipient: str) -> None:
    service, kind = caller.service, caller.key.kind
    if kind == "test" or (kind == "live" and not service.trial):
        return
    if recipient in {normalised(allowed) for allowed in (*service.team_members, *service.guest_list)}:
        return
    if kind == "team":
        raise bad_request("Can’t send to this recipient using a team-only API key")
    raise bad_request(
        "Can’t send to this recipient when service is in trial mode – see "
        "https://www.notifications.service.gov.uk/trial-mode"
    )


def _refuse_length(rendered: templates.Rendered) -> None:
    size = len(rendered.body.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        raise bad_request(
            f"Your message is too long. Emails cannot be longer than {LONGEST} bytes. Your message is {size} bytes."
        )


def _fits(message: Message, query: dict[str, Any], now: datetime) -> bool:
    wanted = {
        one for status in query.get("status", ()) for one in (checks.FAILURES if status == "failed" else (status,))
    }
    return (
        (not wanted or history(message, now)[-1].status in wanted)
        and "email" in query.get("template_type", ("email",))
        and query.get("reference") in (None, message.reference)
    )


def _link(call: Call, query: dict[str, Any]) -> str:
    encoded = urlencode(query, doseq=True)
    return f"{call.base_url}/v2/notifications" + (f"?{encoded}" if encoded else "")


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _as_sent(message: Message, ask: Ask[Caller]) -> dict[str, Any]:
    base_url = ask.call.base_url
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
        "content": {
            "from_email": ask.who.service.from_address,
            "subject": message.subject,
            "body": message.body,
            "one_click_unsubscribe_url": message.one_click_unsubscribe_url,
        },
        "sanitised_content": {},
    }


def _as_read(message: Message, call: Call) -> dict[str, Any]:
    events = history(message, call.now)
    at = {event.status: _time(event.at) for event in events}
    return {
        "id": message.id,
        "reference": message.reference,
        "email_address": message.recipient,
        "phone_number": None,
        **dict.fromkeys(f"line_{number}" for number in range(1, 7)),
        "postcode": None,
        "type": "email",
        "status": events[-1].status,
        "template": {
            "id": message.template_id,
            "version": message.template_version,
            "uri": f"{call.base_url}/v2/template/{message.template_id}/version/{message.template_version}",
        },
        "subject": message.subject,
        "body": message.body,
        "created_at": message.created_at,
        "created_by_name": None,
        "sent_at": at.get("sending"),
        "completed_at": at.get(message.ends),
        "scheduled_for": None,
        "postage": None,
        "one_click_unsubscribe_url": message.one_click_unsubscribe_url,
        "cost_details": {},
        "cost_in_pounds": 0.0,
        "is_cost_data_ready": True,
    }
