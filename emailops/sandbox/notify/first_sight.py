"""The template that a sandbox without accounts makes the first time it is named: it shows its values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.service import HeldTemplate, TemplateType
from emailops.sandbox.notify.placeholders import spelt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emailops.sandbox.notify.caller import NotifyCaller

_MOST_NAMES = 200
_LINE = re.compile(r"^(.*): \(\(\1\)\)$", re.MULTILINE)


def make_template(caller: NotifyCaller, template_id: str) -> HeldTemplate:
    """A template of the caller's service that shows no values yet."""
    name = f"Template {template_id}"
    template = HeldTemplate(template_id, name=name, subject=name, body=name, made=True)
    caller.service.templates.append(template)
    caller.put_service()
    return template


def shown(
    caller: NotifyCaller, template: HeldTemplate, message_type: TemplateType, personalisation: Mapping[str, Any]
) -> HeldTemplate:
    """Add the names that have a value, and give it as it is for these alone: a name left out is then not missing."""
    names = [name for name, value in personalisation.items() if value is not None and _can_be_placeholder(name)]
    before = _LINE.findall(template.body)
    known = {spelt(name) for name in before}
    everything = [*before, *(name for name in names if spelt(name) not in known)][:_MOST_NAMES]
    if (template.type, before) != (message_type, everything):
        template.type, template.body = message_type, _body(template, everything)
        caller.put_service()
    return replace(template, body=_body(template, names))


def _body(template: HeldTemplate, names: list[str]) -> str:
    return "\n".join([template.name, "", *(f"{name}: (({name}))" for name in names)]).strip()


def _can_be_placeholder(name: str) -> bool:
    return bool(name.strip()) and not re.search(r"[()\n]|\?\?", name)
