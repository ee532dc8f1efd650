"""The sources of settings, a closed list. A new source is one file here and one line below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.model import Consumer, Declaration, GeneratedFile, Setting
from emailops.declaration.sources import (
    audience,
    audiences,
    by_stage,
    frameworks,
    json_text,
    lists,
    notify_keys,
    number_redirects,
    per_framework,
    redirect_number,
    redirect_to,
    redirects,
    reply_to,
    reply_to_address,
    rows,
    sms_sender,
    table,
    template,
    templates,
    value,
)
from emailops.declaration.sources.walk import OTHERWISE, Absent, Inner, NotYet, Resolved, Source, Use, Walk
from emailops.declaration.sources.walk import every_inner as inner_of
from emailops.declaration.sources.walk import uses as uses_of
from emailops.resource import Place

__all__ = [
    "SOURCES",
    "Absent",
    "NotYet",
    "Resolved",
    "Source",
    "Use",
    "chosen_stages",
    "every_inner",
    "every_setting",
    "resolve",
    "uses",
]

SOURCES: dict[str, Source] = {
    "redirects": redirects.SOURCE,
    "redirect_to": redirect_to.SOURCE,
    "number_redirects": number_redirects.SOURCE,
    "redirect_number": redirect_number.SOURCE,
    "templates": templates.SOURCE,
    "audiences": audiences.SOURCE,
    "template": template.SOURCE,
    "audience": audience.SOURCE,
    "reply_to": reply_to.SOURCE,
    "reply_to_address": reply_to_address.SOURCE,
    "sms_sender": sms_sender.SOURCE,
    "frameworks": frameworks.SOURCE,
    "notify_keys": notify_keys.SOURCE,
    "value": value.SOURCE,
    "table": table.SOURCE,
    "json_text": json_text.SOURCE,
    "by_stage": by_stage.SOURCE,
    "per_framework": per_framework.SOURCE,
    "list": lists.SOURCE,
    "rows": rows.SOURCE,
}


def resolve(
    declaration: Declaration, consumer: Consumer, setting: Setting, stage: str, *, with_places: bool = False
) -> Resolved:
    """What a setting is at a stage, ids still open. Raises Absent."""
    walk = Walk(SOURCES, declaration, consumer, stage, with_places=with_places)
    found = walk.value(setting.value, setting.place)
    return Resolved(found, walk.inputs, walk.places)


def uses(setting: Setting, stage: str | None = None) -> Iterator[Use]:
    """Every use of a source in a setting, at any stage or at one; of a source that holds others, these."""
    return uses_of(SOURCES, setting, stage)


def every_inner(setting: Setting) -> Iterator[Inner]:
    """The source of a setting, and every source inside it, the outer before the inner."""
    return inner_of(SOURCES, setting)


def chosen_stages(setting: Setting) -> Iterator[tuple[str, Place]]:
    """The stages that a setting names in `by_stage`, and where."""
    for inner in every_inner(setting):
        if inner.stage not in ("", OTHERWISE) and not isinstance(inner.stands, Place):
            choices, _ = inner.stands
            yield inner.stage, choices.field_places[inner.stage]


def every_setting(declaration: Declaration) -> Iterator[tuple[Consumer, str, GeneratedFile, Setting, Any]]:
    """(consumer, stage, file, setting, value with ids still open) for each stage that has the value."""
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stage in setting.stages:
                try:
                    yield consumer, stage, file, setting, resolve(declaration, consumer, setting, stage).value
                except Absent:
                    continue
