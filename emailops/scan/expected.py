"""What the code of a consumer is expected to read, in the form in which `scan usage` looks code up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from emailops.declaration.declared_ids import DeclaredId, declared_ids
from emailops.declaration.model import Consumer, Declaration
from emailops.scan.mentions import Mentions


@dataclass(frozen=True, slots=True)
class Expected:
    """What is declared, in the form in which code is looked up."""

    consumer: Consumer
    settings: frozenset[str]
    others: frozenset[str]
    maps: frozenset[str]
    names: frozenset[str]
    ids: Mapping[str, DeclaredId]
    modules: frozenset[str]
    unread_variables: Mapping[str, str]
    retired: tuple[tuple[str, str, str], ...]
    sources: Mapping[str, str]
    mentions: Mentions


def expected_of(declaration: Declaration, consumer: Consumer) -> Expected:
    """What the state says of a consumer and of all others."""

    def names(of: Consumer) -> set[str]:
        return {setting.name for _, setting in of.settings()} | set(of.source.table("secrets"))

    maps = {
        setting.name
        for each in declaration.consumers.values()
        for _, setting in each.settings()
        if setting.value == "templates" or (isinstance(setting.value, dict) and "templates" in setting.value)
    }
    ids = declared_ids(declaration)
    own = names(consumer)
    others = {name for each in declaration.consumers.values() for name in names(each)} - own
    retired = tuple(
        (pattern, provider.name, f"retired in {provider.since}")
        for provider in declaration.words.retired_providers
        for pattern in provider.patterns
    )
    sources = {
        setting.name: str(setting.value).partition(" ")[2]
        for _, setting in consumer.settings()
        if str(setting.value).startswith("template ")
    }
    unread = declaration.words.unread_variables
    every_name = {*own, *others, *maps, *declaration.templates, *unread, *sources}
    return Expected(
        consumer,
        frozenset(own),
        frozenset(name for name in others if name.isupper()),
        frozenset(maps),
        frozenset(declaration.templates),
        ids,
        frozenset(PurePosixPath(file.path).stem for file in consumer.files),
        unread,
        retired,
        sources,
        Mentions(every_name, ids, [pattern for pattern, _, _ in retired]),
    )
