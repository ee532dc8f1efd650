"""GOV.UK Notify's /v2: from a call to the answer, and the reading and previewing of templates.

https://docs.notifications.service.gov.uk/rest-api.html#get-a-template
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emailops.sandbox.holding.world import EPOCH, Template, Wording, World
from emailops.sandbox.notify import checks, dispatch, first_sight, notifications, placeholders
from emailops.sandbox.notify.caller import Caller, authenticate
from emailops.sandbox.notify.checks import NotifyError, no_result
from emailops.sandbox.notify.markdown import as_html
from emailops.sandbox.notify.template_checks import filled
from emailops.sandbox.serving.wire import Ask, Call, NoRouteError, Reply, Routes, WrongMethodError

WRONG_PATH = {
    "result": "error",
    "message": "The requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again.",
}
WRONG_METHOD = {"result": "error", "message": "The method is not allowed for the requested URL."}
NOT_ALLOWED = {"result": "error", "message": {"token": ["Unauthorized: not allowed to perform this action"]}}
AUTHOR = "template.author@sandbox.example"  # Notify gives the address of whoever saved the template


def answer(world: World, call: Call) -> Reply:
    if call.path.startswith("/service/"):  # the internal API, to which no service has a key
        return Reply(401, NOT_ALLOWED)
    try:
        return _ROUTES.answer(call, lambda: authenticate(world, call))
    except NoRouteError:
        return Reply(404, WRONG_PATH)
    except WrongMethodError as wrong:
        return Reply(405, WRONG_METHOD, headers={"Allow": ", ".join(wrong.allowed)})
    except NotifyError as error:
        return error.reply


def _list_templates(ask: Ask[Caller]) -> Reply:
    query = {"type": ask.call.query["type"]} if "type" in ask.call.query else {}
    checks.check(query, checks.TEMPLATE_LIST)
    found = [
        template
        for template in ask.who.service.templates
        if not template.archived and template.type in query.get("type", checks.TEMPLATE_TYPES)
    ]
    found.sort(key=lambda template: (template.name.casefold(), template.type))
    return Reply(200, {"templates": [_as_read(template) for template in found]})


def _read_template(ask: Ask[Caller]) -> Reply:
    return Reply(200, _as_read(_template(ask)))


def _read_version(ask: Ask[Caller]) -> Reply:
    version = ask.names["version"]
    if not (version.isascii() and version.isdecimal()):
        raise NoRouteError
    number = min(int(version[:10]), 2**31 - 1)
    checks.check({"id": ask.names["id"], "version": number}, checks.TEMPLATE)
    template = _template(ask)
    if number == template.version:
        return Reply(200, _as_read(template))
    wording = next((one for one in template.earlier if one.version == number), None)
    if wording is None:
        raise no_result()
    return Reply(200, _as_read(_as_it_was(template, wording)))


def _preview(ask: Ask[Caller]) -> Reply:
    body = checks.read_json(ask.call) if ask.call.body else {}
    checks.check(body, checks.PREVIEW, closed=False)
    template, personalisation = _template(ask), body.get("personalisation", {})
    if template.made:
        template = first_sight.shown(template, template.type, personalisation)
    rendered = filled(template, personalisation)
    return Reply(
        200,
        {
            "id": template.id,
            "type": template.type,
            "version": template.version,
            "subject": None if template.type == "sms" else rendered.subject,
            "body": rendered.body,
            "html": as_html(rendered.body) if template.type == "email" else None,
            "postage": None,
        },
    )


def _template(ask: Ask[Caller]) -> Template:
    checks.check({"id": ask.names["id"]}, checks.TEMPLATE)
    template = ask.who.service.template(ask.names["id"])
    if template is None and ask.who.world.open:
        return first_sight.make_template(ask.who.service, ask.names["id"])
    if template is None:
        raise no_result()
    return template


def _as_it_was(template: Template, wording: Wording) -> Template:
    return replace(template, version=wording.version, subject=wording.subject, body=wording.body)


def _as_read(template: Template) -> dict[str, Any]:
    created = EPOCH.replace("+00:00", ".000000Z")
    return {
        "id": template.id,
        "type": template.type,
        "name": template.name,
        "subject": None if template.type == "sms" else template.subject or "",
        "body": template.body,
        "version": template.version,
        "created_at": created,
        "updated_at": created if template.version > 1 else None,
        "created_by": AUTHOR,
        "personalisation": {name: {"required": True} for name in placeholders.placeholders(template)},
        "postage": None,
        "letter_contact_block": None,
    }


_ROUTES = Routes(
    {
        "GET /v2/templates": _list_templates,
        "GET /v2/template/{id}": _read_template,
        "GET /v2/template/{id}/version/{version}": _read_version,
        "POST /v2/template/{id}/preview": _preview,
        "GET /v2/notifications": notifications.list_all,
        "GET /v2/notifications/{id}": notifications.read,
        "GET /v2/notifications/{id}/pdf": notifications.read_pdf,
        "POST /v2/notifications/{kind}": dispatch.send,
        "GET /v2/received-text-messages": notifications.list_received,
    }
)
