"""Mailchimp's /3.0: from a call to the answer, and the account itself.

https://mailchimp.com/developer/marketing/api/root
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from emailops.sandbox.holding.audience import MemberStatus
from emailops.sandbox.holding.service import EPOCH
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
from emailops.sandbox.mailchimp.api_key import MailchimpCaller, authenticate
from emailops.sandbox.mailchimp.pagination import selected
from emailops.sandbox.mailchimp.problems import MailchimpError, Title
from emailops.sandbox.serving.wire import Ask, Call, NoRouteError, Response, Routes, WrongMethodError

if TYPE_CHECKING:
    from emailops.sandbox.holding.holdings import Holdings

WRONG_METHOD = (
    "The requested method and resource are not compatible. See the Allow header for this resource's available methods."
)
TOO_MANY = "You have exceeded the limit of 10 simultaneous connections."
NOT_OVERRIDDEN = "You can only use the X-HTTP-Method-Override header with the POST method."


def answer(holdings: Holdings, call: Call) -> Response:
    try:
        call = _as_meant(call)
        response = selected(ROUTES.answer(call, lambda: authenticate(holdings, call)), call)
    except NoRouteError:
        unknown = f"This sandbox does not know {call.method} {call.path}. Mailchimp itself may."
        response = MailchimpError(404, Title.NOT_FOUND, unknown).response()
    except WrongMethodError as wrong:
        problem = MailchimpError(405, Title.METHOD_NOT_ALLOWED, WRONG_METHOD)
        response = problem.response({"Allow": ", ".join(wrong.allowed)})
    except MailchimpError as error:
        response = error.response()
    return _numbered(response)


def too_many() -> Response:
    """To a request that comes while ten others with its key are being answered."""
    return _numbered(MailchimpError(429, Title.TOO_MANY_REQUESTS, TOO_MANY).response())


def _as_meant(call: Call) -> Call:
    """With the method that a header puts in place of POST, and without a slash at the end."""
    path = call.path.rstrip("/")
    override = call.headers.get("x-http-method-override")
    if override is None:
        return replace(call, path=path)
    if call.method != "POST":
        raise MailchimpError(422, Title.INVALID_METHOD_OVERRIDE, NOT_OVERRIDDEN)
    return replace(call, path=path, method=override.strip().upper())


def _numbered(response: Response) -> Response:
    """A problem document names the same number as its instance."""
    instance = response.content.get("instance") if isinstance(response.content, dict) else None
    return replace(response, headers={**response.headers, "X-Request-Id": instance or str(uuid4())})


def _read_account(ask: Ask[MailchimpCaller]) -> Response:
    account = ask.who.account
    return Response(
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
            "total_subscribers": sum(
                len(audience.members_with(MemberStatus.SUBSCRIBED)) for audience in account.audiences.values()
            ),
            "_links": [],
        },
    )


def _ping(_: Ask[MailchimpCaller]) -> Response:
    return Response(200, {"health_status": "Everything's Chimpy!"})


_LIST, _MEMBER = "/3.0/lists/{id}", "/3.0/lists/{id}/members/{member}"
_CAMPAIGN = "/3.0/campaigns/{campaign}"
ROUTES = Routes(
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
