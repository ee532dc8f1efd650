"""Mailchimp's /3.0: from a call to the answer, and the account itself.

https://mailchimp.com/developer/marketing/api/root
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from emailops.sandbox.holding.world import EPOCH, Account
from emailops.sandbox.mailchimp import (
    audiences,
    batch,
    campaign_actions,
    campaigns,
    content,
    members,
    merge_fields,
    reports,
    search,
    tags,
)
from emailops.sandbox.mailchimp.pagination import selected
from emailops.sandbox.mailchimp.problems import MailchimpError
from emailops.sandbox.serving.wire import Ask, Call, NoRouteError, Reply, Routes, WrongMethodError

if TYPE_CHECKING:
    from emailops.sandbox.holding.world import World

WRONG_METHOD = (
    "The requested method and resource are not compatible. See the Allow header for this resource's available methods."
)
TOO_MANY = "You have exceeded the limit of 10 simultaneous connections."
NOT_OVERRIDDEN = "You can only use the X-HTTP-Method-Override header with the POST method."
_KEY = re.compile(r"[0-9a-f]{32}-us[0-9]{1,3}")


def answer(world: World, call: Call) -> Reply:
    try:
        call = _as_meant(call)
        reply = selected(_ROUTES.answer(call, lambda: _account(world, call)), call)
    except NoRouteError:
        unknown = f"This sandbox does not know {call.method} {call.path}. Mailchimp itself may."
        reply = MailchimpError(404, "Resource Not Found", unknown).reply()
    except WrongMethodError as wrong:
        reply = MailchimpError(405, "Method Not Allowed", WRONG_METHOD).reply({"Allow": ", ".join(wrong.allowed)})
    except MailchimpError as error:
        reply = error.reply()
    return _numbered(reply)


def too_many() -> Reply:
    """To a request that comes while ten others with its key are being answered."""
    return _numbered(MailchimpError(429, "Too Many Requests", TOO_MANY).reply())


def key_of(call: Call) -> str:
    """The key: a bearer token, or the password of basic authentication with any user name; or an empty text."""
    scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    try:
        return base64.b64decode(credentials).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _as_meant(call: Call) -> Call:
    """With the method that a header puts in place of POST, and without a slash at the end."""
    path = call.path.rstrip("/")
    override = call.headers.get("x-http-method-override")
    if override is None:
        return replace(call, path=path)
    if call.method != "POST":
        raise MailchimpError(422, "Invalid Method Override", NOT_OVERRIDDEN)
    return replace(call, path=path, method=override.strip().upper())


def _numbered(reply: Reply) -> Reply:
    """A problem document names the same number as its instance."""
    instance = reply.content.get("instance") if isinstance(reply.content, dict) else None
    return replace(reply, headers={**reply.headers, "X-Request-Id": instance or str(uuid4())})


def _account(world: World, call: Call) -> Account:
    if not call.headers.get("authorization"):
        raise MailchimpError(401, "API Key Missing", "Your request did not include an API key.")
    key = key_of(call)
    account = next((account for account in world.accounts if key in account.api_keys), None)
    if account is None and world.open and _KEY.fullmatch(key):
        account = _opened(world, key)
    if account is None:
        detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        raise MailchimpError(401, "API Key Invalid", detail)
    account.open = world.open
    return account


def _opened(world: World, key: str) -> Account:
    """The one account of an open world: every key that looks like one opens it."""
    if not world.accounts:
        world.accounts.append(Account("Sandbox", "5a4d0b0c", [key]))
    return world.accounts[0]


def _read_account(ask: Ask[Account]) -> Reply:
    account = ask.who
    return Reply(
        200,
        {
            "account_id": account.account_id,
            "login_id": account.account_id,
            "account_name": account.name,
            "email": "owner@sandbox.example",
            "first_name": "Sandbox",
            "last_name": "Owner",
            "username": "sandbox",
            "role": "owner",
            "member_since": EPOCH,
            "pricing_plan_type": "monthly",
            "account_timezone": "Europe/London",
            "contact": {"company": account.name, "city": "London", "country": "GB"},
            "pro_enabled": False,
            "total_subscribers": sum(len(one.members_with("subscribed")) for one in account.audiences.values()),
            "_links": [],
        },
    )


def _ping(_: Ask[Account]) -> Reply:
    return Reply(200, {"health_status": "Everything's Chimpy!"})


_LIST, _MEMBER = "/3.0/lists/{id}", "/3.0/lists/{id}/members/{member}"
_CAMPAIGN = "/3.0/campaigns/{campaign}"
_ROUTES = Routes(
    {
        "GET /3.0": _read_account,
        "GET /3.0/ping": _ping,
        "GET /3.0/lists": audiences.list_all,
        "POST /3.0/lists": audiences.create,
        f"GET {_LIST}": audiences.read,
        f"PATCH {_LIST}": audiences.update,
        f"DELETE {_LIST}": audiences.delete,
        f"POST {_LIST}": batch.subscribe_all,
        f"GET {_LIST}/merge-fields": merge_fields.list_all,
        f"POST {_LIST}/merge-fields": merge_fields.create,
        f"GET {_LIST}/merge-fields/{{field}}": merge_fields.read,
        f"PATCH {_LIST}/merge-fields/{{field}}": merge_fields.update,
        f"DELETE {_LIST}/merge-fields/{{field}}": merge_fields.delete,
        f"GET {_LIST}/members": members.list_all,
        f"POST {_LIST}/members": members.add,
        f"GET {_MEMBER}": members.read,
        f"PUT {_MEMBER}": members.put,
        f"PATCH {_MEMBER}": members.update,
        f"DELETE {_MEMBER}": members.archive,
        f"POST {_MEMBER}/actions/delete-permanent": members.forget,
        f"GET {_MEMBER}/tags": tags.list_all,
        f"POST {_MEMBER}/tags": tags.change,
        "GET /3.0/campaigns": campaigns.list_all,
        "POST /3.0/campaigns": campaigns.create,
        f"GET {_CAMPAIGN}": campaigns.read,
        f"PATCH {_CAMPAIGN}": campaigns.update,
        f"DELETE {_CAMPAIGN}": campaigns.delete,
        f"GET {_CAMPAIGN}/content": content.read,
        f"PUT {_CAMPAIGN}/content": content.put,
        f"GET {_CAMPAIGN}/send-checklist": campaign_actions.checklist,
        f"POST {_CAMPAIGN}/actions/test": campaign_actions.test,
        f"POST {_CAMPAIGN}/actions/send": campaign_actions.send,
        "GET /3.0/reports": reports.list_all,
        "GET /3.0/reports/{campaign}": reports.read,
        "GET /3.0/search-members": search.members,
    }
)
