"""GOV.UK Notify's templates as they are read: listed, one by one, in an earlier version, and previewed.

https://docs.notifications.service.gov.uk/rest-api.html#get-a-template
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emailops.sandbox.holding.service import EPOCH, HeldTemplate, TemplateType, Wording
from emailops.sandbox.notify import checks, first_sight, placeholders
from emailops.sandbox.notify.caller import NotifyCaller
from emailops.sandbox.notify.checks import no_result
from emailops.sandbox.notify.markdown import as_html
from emailops.sandbox.notify.template_checks import filled
from emailops.sandbox.serving.wire import Ask, NoRouteError, Response

AUTHOR = "template.author@sandbox.example"  # Notify gives the address of whoever saved the template


def list_all(ask: Ask[NotifyCaller]) -> Response:
    query = dict(ask.call.query)
    checks.check(query, checks.TEMPLATE_LIST)
    found = [
        template
        for template in ask.who.service.templates
        if not template.archived and template.type in query.get("type", tuple(TemplateType))
    ]
    found.sort(key=lambda template: (template.name.casefold(), template.type))
    return Response(200, {"templates": [_as_read(template) for template in found]})


def read(ask: Ask[NotifyCaller]) -> Response:
    return Response(200, _as_read(_template(ask)))


def read_version(ask: Ask[NotifyCaller]) -> Response:
    version = ask.names["version"]
    if not (version.isascii() and version.isdecimal()):
        raise NoRouteError
    number = min(int(version[:10]), 2**31 - 1)
    template = _template(ask)
    if number in (0, template.version):  # Notify takes 0 for none
        return Response(200, _as_read(template))
    wording = next((earlier for earlier in template.earlier if earlier.version == number), None)
    if wording is None:
        raise no_result()
    return Response(200, _as_read(_as_it_was(template, wording)))


def preview(ask: Ask[NotifyCaller]) -> Response:
    body = checks.read_json(ask.call) if ask.call.body else {}
    checks.check(body, checks.PREVIEW, closed=False)
    template, personalisation = _template(ask), body.get("personalisation", {})
    if template.made:
        template = first_sight.shown(ask.who, template, template.type, personalisation)
    rendered = filled(template, personalisation)
    return Response(
        200,
        {
            "id": template.id,
            "type": template.type,
            "version": template.version,
            "subject": None if template.type == TemplateType.SMS else rendered.subject,
            "body": rendered.body,
            "html": as_html(rendered.body) if template.type == TemplateType.EMAIL else None,
            "postage": None,
        },
    )


def _template(ask: Ask[NotifyCaller]) -> HeldTemplate:
    checks.check({"id": ask.names["id"]}, checks.TEMPLATE)
    template_id = checks.uuid_of(ask.names["id"]) or ""
    template = ask.who.service.template(template_id)
    if template is None and ask.who.holdings.open:
        return first_sight.make_template(ask.who, template_id)
    if template is None:
        raise no_result()
    return template


def _as_it_was(template: HeldTemplate, wording: Wording) -> HeldTemplate:
    return replace(template, version=wording.version, subject=wording.subject, body=wording.body)


def _as_read(template: HeldTemplate) -> dict[str, Any]:
    created = EPOCH.replace("+00:00", ".000000Z")
    return {
        "id": template.id,
        "type": template.type,
        "name": template.name,
        "subject": None if template.type == TemplateType.SMS else template.subject or "",
        "body": template.body,
        "version": template.version,
        "created_at": created,
        "updated_at": created if template.version > 1 else None,
        "created_by": AUTHOR,
        "personalisation": {name: {"required": True} for name in placeholders.placeholders(template)},
        "postage": None,
        "letter_contact_block": None,
    }
