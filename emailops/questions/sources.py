"""The sources of a setting, with tables of further sources opened, and what a consumer reads through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emailops.declaration.model import Consumer, GeneratedFile, Setting
from emailops.declaration.values import Items, Table
from emailops.plan import Place


@dataclass(frozen=True, slots=True)
class Source:
    """One source: a word of the consumer schema and what follows it. `path` leads to its value in a table's."""

    word: str
    argument: Any
    place: Place
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = ", ".join(self.argument.texts()) if isinstance(self.argument, Items) else self.argument
        return f"{self.word} {names}".rstrip() if isinstance(names, str) else self.word


def sources(value: Any, place: Place, path: tuple[str, ...] = ()) -> Iterator[Source]:
    """Every source of a setting's value, which stands at `place`."""
    if isinstance(value, str):
        word, _, name = value.partition(" ")
        yield Source(word, name.strip(), place, path)
    elif isinstance(value, Table):
        for word, argument in value.items():
            if word == "table" and isinstance(argument, Table):
                for key, inner in argument.items():
                    yield from sources(inner, argument.places[key], (*path, key))
            else:
                yield Source(word, argument, value.places[word], path)


def redirects(consumer: Consumer, stage: str) -> Iterator[tuple[GeneratedFile, Setting]]:
    """The settings through which a consumer reads redirects, in the files that the stage reads."""
    for file, setting in consumer.settings():
        if stage in file.stages and any(one.word == "redirects" for one in sources(setting.value, setting.place)):
            yield file, setting


def reading(consumer: Consumer, template: str) -> tuple[str, Place] | None:
    """How a consumer reads a template, and where it says so; None for one that it does not read."""
    for list_, words in _LISTS.items():
        items = consumer.source.items_at(list_)
        if template in items:
            return words, items.places[items.index(template)]
    for _, setting in consumer.settings():
        for source in sources(setting.value, setting.place):
            names = source.argument.texts() if isinstance(source.argument, Items) else (source.argument,)
            if source.word in ("template", "templates") and template in names:
                return f"is read through {setting.name}", source.place
    return None


_LISTS = {
    "templates": "is read through the map",
    "literals": "is read outside the map",
    "keeps": "is kept in the map, though no code reads it",
}
