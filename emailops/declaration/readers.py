"""What a consumer reads: redirects and templates, through whichever setting or list."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import Consumer, GeneratedFile, Setting
from emailops.declaration.sources import uses
from emailops.declaration.values import Items
from emailops.resource import Place


def redirects(consumer: Consumer, stage: str, word: str = "redirects") -> Iterator[tuple[GeneratedFile, Setting]]:
    """The settings through which a consumer reads redirects, of addresses or numbers, in files of the stage."""
    for file, setting in consumer.settings():
        if stage in setting.stages and any(use.word == word for use in uses(setting, stage)):
            yield file, setting


def reading(consumer: Consumer, template: str) -> tuple[str, Place] | None:
    """How a consumer reads a template, and where it says so; None for one that it does not read."""
    for list_, words in _LISTS.items():
        items = consumer.source.items_at(list_)
        if template in items:
            return words, items.places[items.index(template)]
    for _, setting in consumer.settings():
        for use in uses(setting):
            names = use.argument.texts() if isinstance(use.argument, Items) else (use.argument,)
            if use.word in ("template", "templates") and template in names:
                return f"is read through {setting.name}", use.place
    return None


_LISTS = {
    "templates": "is read through the map",
    "literals": "is read outside the map",
    "keeps": "is kept in the map, though no code reads it",
}
