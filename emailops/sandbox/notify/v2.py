"""GOV.UK Notify's /v2: from a call to the answer.

https://docs.notifications.service.gov.uk/rest-api.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emailops.sandbox.notify import dispatch, notifications, templates
from emailops.sandbox.notify.caller import authenticate
from emailops.sandbox.notify.checks import NotifyError
from emailops.sandbox.serving.wire import Call, NoRouteError, Response, Routes, WrongMethodError

if TYPE_CHECKING:
    from emailops.sandbox.holding.holdings import Holdings

WRONG_PATH = {
    "result": "error",
    "message": "The requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again.",
}
WRONG_METHOD = b"""<!doctype html>
<html lang=en>
<title>405 Method Not Allowed</title>
<h1>Method Not Allowed</h1>
<p>The method is not allowed for the requested URL.</p>
"""
NOT_ALLOWED = {"result": "error", "message": {"token": ["Unauthorized: not allowed to perform this action"]}}


def answer(holdings: Holdings, call: Call) -> Response:
    if call.path.startswith("/service/"):  # the internal API, to which no service has a key
        return Response(401, NOT_ALLOWED)
    try:
        return ROUTES.answer(call, lambda: authenticate(holdings, call))
    except NoRouteError:
        return Response(404, WRONG_PATH)
    except WrongMethodError as wrong:
        return Response(405, WRONG_METHOD, "text/html; charset=utf-8", headers={"Allow": ", ".join(wrong.allowed)})
    except NotifyError as error:
        return error.response


ROUTES = Routes(
    {
        "GET /v2/templates": templates.list_all,
        "GET /v2/template/{id}": templates.read,
        "GET /v2/template/{id}/version/{version}": templates.read_version,
        "POST /v2/template/{id}/preview": templates.preview,
        "GET /v2/notifications": notifications.list_all,
        "GET /v2/notifications/{id}": notifications.read,
        "GET /v2/notifications/{id}/pdf": notifications.read_pdf,
        "POST /v2/notifications/{type}": dispatch.send,
        "GET /v2/received-text-messages": notifications.list_received,
    }
)
