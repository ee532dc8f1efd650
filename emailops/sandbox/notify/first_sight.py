"""What a sandbox without accounts makes the first time it is named: a service, and a template that shows its values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from emailops.sandbox.holding.world import Service, Template
from emailops.sandbox.notify.placeholders import spelt

if TYPE_CHECKING:
    from collections.abc import Iterable

# All but letters, which a sandbox does not send.
_PERMISSIONS = ["email", "sms", "international_sms", "sms_to_uk_landlines"]
_MOST_NAMES = 200
_LINE = re.compile(r"^(.*): \(\(\1\)\)$", re.MULTILINE)


def new_service(service_id: str, *, made: bool) -> Service:
    return Service(service_id, keys=[], name="Made on first sight", made=made, permissions=list(_PERMISSIONS))


def make_template(service: Service, template_id: str) -> Template:
    template = Template(template_id.lower(), name=f"Template {template_id.lower()}", made=True)
    service.templates.append(template)
    return _with_names(template, [])


def shown(template: Template, message_type: str, names: Iterable[str]) -> Template:
    """Add the names to the template, and give it as it is for these alone: a name left out is then not missing."""
    names = [name for name in dict.fromkeys(names) if _can_be_placeholder(name)]
    known = {spelt(name) for name in names_in(template)}
    everything = [*names_in(template), *(name for name in names if spelt(name) not in known)]
    _with_names(template, everything[:_MOST_NAMES])
    template.type = message_type
    return _with_names(replace(template), names)


def names_in(template: Template) -> list[str]:
    return _LINE.findall(template.body)


def _with_names(template: Template, names: list[str]) -> Template:
    template.subject = template.name
    template.body = "\n".join([template.name, "", *(f"{name}: (({name}))" for name in names)]).strip()
    return template


def _can_be_placeholder(name: str) -> bool:
    return bool(name.strip()) and not re.search(r"[()\n]|\?\?", name)
