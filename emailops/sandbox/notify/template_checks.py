"""The template of a message: whether it may be sent, and whether it is given all its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.notify import first_sight, placeholders
from emailops.sandbox.notify.checks import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emailops.sandbox.holding.world import Template
    from emailops.sandbox.notify.caller import Caller


def sendable(caller: Caller, kind: str, template_id: str, personalisation: Mapping[str, Any]) -> Template:
    """The template that is named, or the refusal; an open sandbox makes one that it does not know."""
    template = caller.service.template(template_id)
    if template is None and caller.world.open:
        template = first_sight.make_template(caller.service, template_id)
    if template is None:
        raise bad_request("Template not found")
    if template.made:
        return first_sight.shown(template, kind, personalisation)
    if template.type != kind:
        raise bad_request(f"{template.type} template is not suitable for {kind} notification")
    if template.archived:
        raise bad_request("Template has been deleted")
    return template


def filled(template: Template, personalisation: Mapping[str, Any]) -> placeholders.Rendered:
    """The template with its values, or the refusal that names those that are missing."""
    absent = placeholders.missing(template, personalisation)
    if absent:
        raise bad_request(f"Missing personalisation: {', '.join(absent)}")
    return placeholders.render(template, personalisation)
