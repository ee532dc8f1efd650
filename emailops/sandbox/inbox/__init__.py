"""The inbox: every message and campaign, as pages at / for people and as JSON at /__sandbox__/inbox for tests."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from emailops.sandbox.inbox import entries
from emailops.sandbox.inbox.document import document, here, markup
from emailops.sandbox.inbox.entry_page import single
from emailops.sandbox.inbox.list_page import listing
from emailops.sandbox.inbox.page import deletion, refusal
from emailops.sandbox.serving.wire import Ask, Call, NoRouteError, Response, Routes, WrongMethodError

if TYPE_CHECKING:
    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.inbox.entries import InboxEntry

JSON = "/__sandbox__/inbox"
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
    """Only reads with GET; the one thing that it changes is to delete everything."""
    try:
        response = _ROUTES.answer(call, lambda: holdings)
    except WrongMethodError as wrong:
        allowed = ", ".join(wrong.allowed)
        return _refusal(call, 405, f"use {allowed}", {"Allow": allowed})
    except NoRouteError:
        return _refusal(call, 404, "there is no such message or campaign; it may have been deleted")
    return _unless_known(call, response)


def _list(ask: Ask[Holdings]) -> Response:
    query = entries.asked(ask.call)
    found = entries.find(ask.who, query, ask.call.now)
    return _page(listing(ask.who, ask.call, query, found))


def _show(ask: Ask[Holdings]) -> Response:
    entry = _entry(ask)
    newer, older = entries.around(ask.who, entries.asked(ask.call), entry, ask.call.now)
    return _page(single(ask.who, ask.call, entry, newer, older))


def _frame(ask: Ask[Holdings]) -> Response:
    """A link in it opens a page of its own; nothing in it runs, and nothing is fetched for it."""
    entry = _entry(ask)
    style = "" if entry.type == entries.EntryType.CAMPAIGN else _NOTIFYS_STYLE
    content = f'<!doctype html><base target="_blank">{style}{markup(entry)}'
    headers = {"Content-Security-Policy": FRAME_POLICY, **_ALWAYS}
    return Response(200, content.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)


def _list_json(ask: Ask[Holdings]) -> Response:
    call = ask.call
    found = entries.find(ask.who, entries.asked(call), call.now)
    older = None
    if found.has_older:
        query = {name: values[-1] for name, values in call.query.items()} | {"older_than": found.entries[-1].id}
        older = f"{here(call)}{JSON}?{urlencode(query)}"
    shown = [document(entry, call) for entry in found.entries]
    return Response(200, {"total": found.total, "entries": shown, "next": older}, headers=_ALWAYS)


def _show_json(ask: Ask[Holdings]) -> Response:
    return Response(200, document(_entry(ask), ask.call), headers=_ALWAYS)


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
        "GET /campaigns/{id}": _show,
        "GET /campaigns/{id}/html": _frame,
        f"GET {JSON}": _list_json,
        f"DELETE {JSON}": _delete_json,
        f"GET {JSON}/{{id}}": _show_json,
        **{f"GET {path}": _file for path in _STATIC},
    }
)
