"""The inbox: every message and campaign, as pages at / for people and as JSON at /__sandbox__/inbox for tests."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from emailops.sandbox.inbox import entries
from emailops.sandbox.inbox.document import document, here, markup
from emailops.sandbox.inbox.entry_page import single
from emailops.sandbox.inbox.list_page import listing
from emailops.sandbox.inbox.page import deletion, refusal
from emailops.sandbox.serving.wire import Ask, Call, NoRouteError, Response, Routes, WrongMethodError, parse_json

if TYPE_CHECKING:
    from datetime import datetime

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.inbox.entries import InboxEntry

JSON = "/__sandbox__/inbox"
LONGEST_WAIT = 60
_SECONDS = re.compile(r"\d{1,3}(\.\d{1,6})?", re.ASCII)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_STATIC = {"/inbox.css": "text/css", "/inbox.js": "text/javascript", "/inbox.svg": "image/svg+xml"}
_NOTIFYS_STYLE = (
    "<style>body { font: 1.1875rem/1.4 Helvetica, Arial, sans-serif; margin: 1.5rem; max-width: 36rem } "
    "blockquote { border-left: 0.625rem solid #b1b4b6; margin: 0 0 1.25rem; padding: 0.1px 0 0.1px 1rem } "
    "hr { border: 0; border-top: 1px solid #b1b4b6; margin: 2rem 0 } h3 { font-size: inherit } "
    "body { overflow-wrap: anywhere }</style>"
)
_OURS = ("/messages/", "/campaigns/", f"{JSON}/")


def serves(path: str) -> bool:
    return path in ("/", "/delete", JSON) or path in _STATIC or path.startswith(_OURS)


def answer(holdings: Holdings, call: Call) -> Response:
    """All that it changes is what was read, and what is deleted."""
    try:
        response = _ROUTES.answer(call, lambda: holdings)
    except WrongMethodError as wrong:
        allowed = ", ".join(wrong.allowed)
        return _refusal(call, 405, f"use {allowed}", {"Allow": allowed})
    except NoRouteError:
        return _refusal(call, 404, "there is no such message or campaign; it may have been deleted")
    return _unless_known(call, response)


def seconds_to_wait(call: Call) -> float:
    """How long a search may wait for its first match; 0 for any other call, and for what is no such number."""
    if call.path != JSON or call.method != "GET" or not _SECONDS.fullmatch(call.last("wait")):
        return 0
    seconds = float(call.last("wait"))
    return seconds if seconds <= LONGEST_WAIT else 0


def has_match(holdings: Holdings, call: Call, now: datetime) -> bool:
    return entries.find(holdings, entries.asked(call), now, count=1).total > 0


def _list(ask: Ask[Holdings]) -> Response:
    query = entries.asked(ask.call)
    found = entries.find(ask.who, query, ask.call.now)
    return _page(listing(ask.who, ask.call, query, found))


def _show(ask: Ask[Holdings]) -> Response:
    entry = _noted(ask.who, _entry(ask), read=True)
    newer, older = entries.around(ask.who, entries.asked(ask.call), entry, ask.call.now)
    return _page(single(ask.who, ask.call, entry, newer, older))


def _unread(ask: Ask[Holdings]) -> Response:
    _noted(ask.who, _entry(ask), read=False)
    return Response(303, headers={"Location": "/"})


def _delete_shown(ask: Ask[Holdings]) -> Response:
    entries.remove(ask.who, _entry(ask))
    return Response(303, headers={"Location": "/"})


def _frame(ask: Ask[Holdings]) -> Response:
    """A link in it opens a page of its own; nothing in it runs, and nothing is fetched for it."""
    entry = _entry(ask)
    style = "" if entry.type == entries.EntryType.CAMPAIGN else _NOTIFYS_STYLE
    content = f'<!doctype html><base target="_blank">{style}{markup(entry)}'
    headers = {"Content-Security-Policy": FRAME_POLICY, **_ALWAYS}
    return Response(200, content.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)


def _list_json(ask: Ask[Holdings]) -> Response:
    call = ask.call
    if call.last("wait", "0") != "0" and not seconds_to_wait(call):
        return Response(400, {"reason": f"wait is a number of seconds up to {LONGEST_WAIT}"})
    found = entries.find(ask.who, entries.asked(call), call.now)
    older = None
    if found.has_older:
        query = {name: values[-1] for name, values in call.query.items() if name != "wait"}
        query |= {"older_than": found.entries[-1].id}
        older = f"{here(call)}{JSON}?{urlencode(query)}"
    shown = [document(entry, call) for entry in found.entries]
    return Response(200, {"total": found.total, "entries": shown, "next": older}, headers=_ALWAYS)


def _show_json(ask: Ask[Holdings]) -> Response:
    return Response(200, document(_entry(ask), ask.call), headers=_ALWAYS)


def _change_json(ask: Ask[Holdings]) -> Response:
    """What can be changed is whether it was read."""
    entry = _entry(ask)
    try:
        body = parse_json(ask.call.body)
    except ValueError as error:
        return Response(400, {"reason": str(error)})
    if not isinstance(body, dict) or body.keys() != {"read"} or not isinstance(body["read"], bool):
        return Response(400, {"reason": 'send {"read": true} or {"read": false}'})
    return Response(200, document(_noted(ask.who, entry, read=body["read"]), ask.call), headers=_ALWAYS)


def _remove_json(ask: Ask[Holdings]) -> Response:
    entries.remove(ask.who, _entry(ask))
    return Response(204)


def _ask_to_delete(ask: Ask[Holdings]) -> Response:
    return _page(deletion(ask.who))


def _delete(ask: Ask[Holdings]) -> Response:
    _delete_json(ask)
    return Response(303, headers={"Location": "/"})


def _delete_json(ask: Ask[Holdings]) -> Response:
    ask.who.messages.clear()
    for account in ask.who.accounts.values():
        account.campaigns.clear()
    return Response(204)


def _file(ask: Ask[Holdings]) -> Response:
    path = ask.call.path
    content = (Path(__file__).parent / path.removeprefix("/")).read_bytes()
    return Response(200, content, f"{_STATIC[path]}; charset=utf-8", _ALWAYS)


def _entry(ask: Ask[Holdings]) -> InboxEntry:
    entry = entries.entry_of(ask.who, ask.names["id"], ask.call.now)
    if entry is None or not ask.call.path.startswith((entry.path, JSON)):
        raise NoRouteError
    return entry


def _noted(holdings: Holdings, entry: InboxEntry, *, read: bool) -> InboxEntry:
    if entry.read != read:
        entry.source.read = read
        entries.put(holdings, entry)
    return replace(entry, read=read)


def _page(content: str) -> Response:
    headers = {"Content-Security-Policy": PAGE_POLICY, **_ALWAYS}
    return Response(200, content.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)


def _refusal(call: Call, status: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    if call.path.startswith(JSON):
        return Response(status, {"reason": reason}, headers=headers or {})
    page = _page(refusal(reason))
    return replace(page, status=status, headers={**page.headers, **(headers or {})})


def _unless_known(call: Call, response: Response) -> Response:
    """What a page looks at every second costs nothing while it stays the same."""
    if response.status != 200:
        return response
    body = response.body()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**response.headers, "ETag": tag}
    known = [known.strip().removeprefix("W/") for known in call.headers.get("if-none-match", "").split(",")]
    return Response(304, headers=headers) if tag in known else replace(response, content=body, headers=headers)


# Not no-referrer, with which a browser does not say where a form comes from, not even to the page's own host.
_ALWAYS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
_ROUTES = Routes(
    {
        "GET /": _list,
        "GET /delete": _ask_to_delete,
        "POST /delete": _delete,
        "GET /messages/{id}": _show,
        "GET /messages/{id}/html": _frame,
        "POST /messages/{id}/unread": _unread,
        "POST /messages/{id}/delete": _delete_shown,
        "GET /campaigns/{id}": _show,
        "GET /campaigns/{id}/html": _frame,
        "POST /campaigns/{id}/unread": _unread,
        "POST /campaigns/{id}/delete": _delete_shown,
        f"GET {JSON}": _list_json,
        f"DELETE {JSON}": _delete_json,
        f"GET {JSON}/{{id}}": _show_json,
        f"PATCH {JSON}/{{id}}": _change_json,
        f"DELETE {JSON}/{{id}}": _remove_json,
        **{f"GET {path}": _file for path in _STATIC},
    }
)
