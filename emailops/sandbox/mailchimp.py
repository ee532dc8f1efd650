"""Mailchimp's /3.0: from a call to the answer, and the account itself.

https://mailchimp.com/developer/marketing/api/root/
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from emailops.sandbox import audiences, members
from emailops.sandbox.listing import selected
from emailops.sandbox.problems import MailchimpError
from emailops.sandbox.wire import Ask, Call, NoRouteError, Reply, Routes, WrongMethodError

if TYPE_CHECKING:
    from emailops.sandbox.world import Account, World

WRONG_METHOD = (
    "The requested method and resource are not compatible. See the Allow header for this resource's available methods."
)


def answer(world: World, call: Call) -> Reply:
    try:
        reply = selected(_ROUTES.answer(call, lambda: _account(world, call)), call)
    except NoRouteError:
        unknown = f"This sandbox does not know {call.method} {call.path}. Mailchimp itself may."
        reply = MailchimpError(404, "Resource Not Found", unknown).reply()
    except WrongMethodError as wrong:
        reply = MailchimpError(405, "Method Not Allowed", WRONG_METHOD).reply({"Allow": ", ".join(wrong.allowed)})
    except MailchimpError as error:
        reply = error.reply()
    return replace(reply, headers={**reply.headers, "X-Request-Id": str(uuid4())})


def _account(world: World, call: Call) -> Account:
    header = call.headers.get("authorization", "")
    if not header:
        raise MailchimpError(401, "API Key Missing", "Your request did not include an API key.")
    key = _key(header)
    for account in world.accounts:
        if key in account.api_keys:
            return account
    detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
    raise MailchimpError(401, "API Key Invalid", detail)


def _key(header: str) -> str:
    """The key: a bearer token, or the password of basic authentication with any user name."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    try:
        return base64.b64decode(credentials).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _read_account(ask: Ask[Account]) -> Reply:
    account = ask.who
    return Reply(
        200,
        {
            "account_id": account.account_id,
            "account_name": account.name,
            "login_id": account.account_id,
            "email": "owner@sandbox.example",
            "role": "owner",
            "pricing_plan_type": "monthly",
            "total_subscribers": sum(
                audiences.count(audience, "subscribed") for audience in account.audiences.values()
            ),
            "_links": [],
        },
    )


def _ping(_: Ask[Account]) -> Reply:
    return Reply(200, {"health_status": "Everything's Chimpy!"})


_ROUTES = Routes(
    {
        "GET /3.0": _read_account,
        "GET /3.0/": _read_account,
        "GET /3.0/ping": _ping,
        "GET /3.0/lists": audiences.list_all,
        "POST /3.0/lists": audiences.create,
        "GET /3.0/lists/{id}": audiences.read,
        "PATCH /3.0/lists/{id}": audiences.update,
        "DELETE /3.0/lists/{id}": audiences.delete,
        "GET /3.0/lists/{id}/members": members.list_all,
        "POST /3.0/lists/{id}/members": members.add,
        "GET /3.0/lists/{id}/members/{member}": members.read,
        "PUT /3.0/lists/{id}/members/{member}": members.put,
        "PATCH /3.0/lists/{id}/members/{member}": members.update,
        "DELETE /3.0/lists/{id}/members/{member}": members.archive,
        "POST /3.0/lists/{id}/members/{member}/actions/delete-permanent": members.forget,
    }
)
