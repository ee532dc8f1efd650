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
    redirect_to,
    redirects,
    reply_to,
    reply_to_address,
    table,
    template,
    templates,
    value,
)
from emailops.declaration.sources.walk import Absent, NotYet, Resolved, Source, Use, Walk, chosen_stages, uses

__all__ = [
    "SOURCES",
    "Absent",
    "NotYet",
    "Resolved",
    "Source",
    "Use",
    "chosen_stages",
    "every_setting",
    "resolve",
    "uses",
]

SOURCES: dict[str, Source] = {
    "redirects": redirects.SOURCE,
    "redirect_to": redirect_to.SOURCE,
    "templates": templates.SOURCE,
    "audiences": audiences.SOURCE,
    "template": template.SOURCE,
    "audience": audience.SOURCE,
    "reply_to": reply_to.SOURCE,
    "reply_to_address": reply_to_address.SOURCE,
    "frameworks": frameworks.SOURCE,
    "value": value.SOURCE,
    "table": table.SOURCE,
    "json_text": json_text.SOURCE,
    "by_stage": by_stage.SOURCE,
}


def resolve(
    declaration: Declaration, consumer: Consumer, setting: Setting, stage: str, *, with_places: bool = False
) -> Resolved:
    """What a setting is at a stage, ids still open. Raises Absent."""
    walk = Walk(SOURCES, declaration, consumer, stage, with_places=with_places)
    found = walk.value(setting.value, setting.place)
    return Resolved(found, walk.inputs, walk.places)


def every_setting(declaration: Declaration) -> Iterator[tuple[Consumer, str, GeneratedFile, Setting, Any]]:
    """(consumer, stage, file, setting, value with ids still open) for each stage that has the value."""
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stage in setting.stages:
                try:
                    yield consumer, stage, file, setting, resolve(declaration, consumer, setting, stage).value
                except Absent:
                    continue
