"""GOV.UK Notify's messages as they are read: one by one, listed, as a PDF, and the text messages received.

https://docs.notifications.service.gov.uk/rest-api.html#get-message-status
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import dropwhile, islice, takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from emailops.sandbox.holding.service import FAILURES, MessageStatus, TemplateType
from emailops.sandbox.notify import checks
from emailops.sandbox.notify.checks import bad_request, no_result
from emailops.sandbox.notify.fragments import parts_of
from emailops.sandbox.notify.progress import history, timestamp
from emailops.sandbox.serving.wire import Ask, Call, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emailops.sandbox.holding.service import Message
    from emailops.sandbox.notify.caller import NotifyCaller

PAGE = 250
KEPT = timedelta(days=7)


def read(ask: Ask[NotifyCaller]) -> Response:
    """Any key of the service may read any of its messages by id."""
    return Response(200, _as_read(_message(ask), ask.call))


def read_pdf(ask: Ask[NotifyCaller]) -> Response:
    """Only letters have one, and there are none here."""
    _message(ask)
    raise bad_request("Notification is not a letter")


def list_all(ask: Ask[NotifyCaller]) -> Response:
    """Newest first, and only what keys of the caller's kind sent."""
    caller, call = ask.who, ask.call
    query: dict[str, Any] = dict(call.query)
    query |= {name: query[name][0] for name in ("older_than", "reference") if name in query}
    checks.check(query, checks.NOTIFICATION_LIST)
    own: Iterator[Message] = (
        message
        for message in caller.holdings.messages.newest_first()
        if message.service == caller.service.id and message.key == caller.key.kind
    )
    own = takewhile(lambda message: _is_kept(message, call.now), own)
    if "older_than" in query:
        own = islice(dropwhile(lambda message: message.id != checks.uuid_of(query["older_than"]), own), 1, None)
    page = list(islice((message for message in own if _fits(message, query, call.now)), PAGE))
    links = {"current": _link(call, query)}
    if page:
        links["next"] = _link(call, {**query, "older_than": page[-1].id})
    return Response(200, {"notifications": [_as_read(message, call) for message in page], "links": links})


def list_received(ask: Ask[NotifyCaller]) -> Response:
    """Nobody texts a sandbox."""
    query = {name: values[0] for name, values in ask.call.query.items()}
    checks.check(query, checks.RECEIVED_LIST)
    current = f"{ask.call.base_url}/v2/received-text-messages"
    return Response(200, {"received_text_messages": [], "links": {"current": current}})


def _message(ask: Ask[NotifyCaller]) -> Message:
    notification_id = ask.names["id"]
    checks.check({"notification_id": notification_id}, checks.NOTIFICATION)
    message = ask.who.holdings.messages.get(checks.uuid_of(notification_id) or "")
    if message is None or message.service != ask.who.service.id or not _is_kept(message, ask.call.now):
        raise no_result()
    return message


def _is_kept(message: Message, now: datetime) -> bool:
    return now - datetime.fromisoformat(message.created_at) <= KEPT


def _fits(message: Message, query: dict[str, Any], now: datetime) -> bool:
    wanted = set(query.get("status", ()))
    if MessageStatus.FAILED in wanted:
        wanted |= set(FAILURES)
    return (
        (not wanted or history(message, now)[-1].status in wanted)
        and message.type in query.get("template_type", (message.type,))
        and query.get("reference") in (None, message.reference)
    )


def _link(call: Call, query: dict[str, Any]) -> str:
    encoded = urlencode(query, doseq=True)
    return f"{call.base_url}/v2/notifications" + (f"?{encoded}" if encoded else "")


def _as_read(message: Message, call: Call) -> dict[str, Any]:
    events = history(message, call.now)
    at = {event.status: timestamp(event.at) for event in events}
    is_email = message.type == TemplateType.EMAIL
    return {
        "id": message.id,
        "reference": message.reference,
        "email_address": message.recipient if is_email else None,
        "phone_number": None if is_email else message.recipient,
        **dict.fromkeys(f"line_{number}" for number in range(1, 7)),
        "postcode": None,
        "type": message.type,
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
        "sent_at": at.get(MessageStatus.SENDING),
        "completed_at": at.get(message.ends),
        "scheduled_for": None,
        "postage": None,
        "one_click_unsubscribe_url": message.one_click_unsubscribe_url,
        "cost_details": {} if is_email else _cost(message),
        "cost_in_pounds": 0.0,
        "is_cost_data_ready": True,
    }


def _cost(message: Message) -> dict[str, Any]:
    """A sandbox charges nothing, and knows no rate of a country abroad."""
    return {"billable_sms_fragments": parts_of(message.body), "international_rate_multiplier": 1.0, "sms_rate": 0.0}
