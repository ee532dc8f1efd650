"""The template of a message: whether it may be sent, and whether it is given all its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.notify import first_sight, placeholders
from emailops.sandbox.notify.checks import bad_request, uuid_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emailops.sandbox.holding.service import HeldTemplate, TemplateType
    from emailops.sandbox.notify.caller import NotifyCaller


def sendable(
    caller: NotifyCaller, message_type: TemplateType, template_id: str, personalisation: Mapping[str, Any]
) -> HeldTemplate:
    """The template that is named, or the refusal; an open sandbox makes one that it does not know."""
    template_id = uuid_of(template_id) or ""
    template = caller.service.template(template_id)
    if template is None and caller.holdings.open:
        template = first_sight.make_template(caller, template_id)
    if template is None:
        raise bad_request("Template not found")
    if template.made:
        return first_sight.shown(caller, template, message_type, personalisation)
    if template.type != message_type:
        raise bad_request(f"{template.type} template is not suitable for {message_type} notification")
    if template.archived:
        raise bad_request("Template has been deleted")
    return template


def filled(
    template: HeldTemplate, personalisation: Mapping[str, Any], in_subject: Mapping[str, Any] | None = None
) -> placeholders.Rendered:
    """The template with its values, or the refusal that names those that are missing."""
    absent = placeholders.missing(template, personalisation)
    if absent:
        raise bad_request(f"Missing personalisation: {', '.join(absent)}")
    return placeholders.render(template, personalisation, in_subject)
