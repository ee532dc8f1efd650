"""Where a declared fact stands: the file and line that decide what differs of it from the base."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emailops.declaration.held_keys import held_keys
from emailops.declaration.model import TEMPLATE, Declaration
from emailops.declaration.places import Path, nearest
from emailops.declaration.reviewed import DeclaredFact
from emailops.declaration.sources import Absent, resolve
from emailops.plan import Sort
from emailops.resource import Place, Resource


def place_of(declaration: Declaration, fact: DeclaredFact, before: Any, after: Any) -> Place | None:
    """The line that decides the first part in which both sides differ; None for what is declared nowhere any more."""
    if fact.sort is Sort.key and before is None:
        return declaration.sections["keys"].field_places.get(fact.subject)
    return _PLACES[fact.sort](declaration, fact, _first_difference(before, after))


def _first_difference(before: Any, after: Any) -> Path:
    """The fields that lead to the first part that is new or other; to what held it, where it is gone."""
    if not isinstance(after, Mapping):
        return ()
    was = before if isinstance(before, Mapping) else {}
    for field, value in after.items():
        if field not in was:
            return (str(field),)
        if was[field] != value:
            return (str(field), *_first_difference(was[field], value))
    return ()


def _setting(declaration: Declaration, fact: DeclaredFact, path: Path) -> Place | None:
    consumer, stage = declaration.consumers.get(fact.subject), fact.stage
    if consumer is None:
        return None
    name, _, where = fact.name.partition(" in ")
    named = [(file, setting) for file, setting in consumer.settings() if setting.name == name]
    meant = [setting for file, setting in named if where in ("", setting.class_name, file.path)]
    for setting in meant:
        try:
            resolved = resolve(declaration, consumer, setting, stage, with_places=True)
        except Absent:
            continue
        return nearest(resolved.places, path, setting.place)
    return meant[0].place if meant else consumer.source.at("files")


def _secret(declaration: Declaration, fact: DeclaredFact, _: Path) -> Place | None:
    consumer, stage = declaration.consumers.get(fact.subject), declaration.stages.get(fact.stage)
    if consumer is None or stage is None:
        return None
    held = (held for held in held_keys(declaration, consumer, stage) if held.variable == fact.name)
    return next((each.place for each in held), consumer.source.at("secrets"))


def _consumer(declaration: Declaration, fact: DeclaredFact, path: Path) -> Place | None:
    consumer = declaration.consumers.get(fact.subject)
    if consumer is None:
        return None
    word, _, file = fact.name.partition(" ")
    return consumer.source.at("files", file) if word == "file" else consumer.source.at(fact.name, *path)


def _template(declaration: Declaration, fact: DeclaredFact, _: Path) -> Place | None:
    template = declaration.template(Resource(TEMPLATE, fact.subject))
    if template is None:
        return None
    if fact.name in ("subject", "body") and template.name in declaration.texts:
        return declaration.texts[template.name][1]
    return template.source.at(fact.name, template.account) if fact.name in template.source else template.place


def _mailing(declaration: Declaration, fact: DeclaredFact, path: Path) -> Place | None:
    mailing = declaration.mailings.get(fact.subject)
    field = {"may run": "stages", "timed": "timed"}.get(fact.name)
    if mailing is None:
        return None
    return mailing.source.at(field, fact.stage) if field else mailing.source.at(fact.name, *path)


def _stage(declaration: Declaration, fact: DeclaredFact, _: Path) -> Place | None:
    stage = declaration.stages.get(fact.subject)
    field = {
        "Notify service": ("notify", "account"),
        "key": ("notify", "key"),
        "redirects nothing": ("redirect", "none"),
    }
    return stage.source.at(*field.get(fact.name, (fact.name,))) if stage else None


def _key(declaration: Declaration, fact: DeclaredFact, path: Path) -> Place | None:
    key = declaration.keys.get(fact.subject)
    return key.source.at(fact.name, *path) if key else None


def _account(declaration: Declaration, fact: DeclaredFact, path: Path) -> Place | None:
    word, _, name = fact.subject.rpartition(" ")
    if word:
        return declaration.root.at("accounts", "notify", name, fact.name, *path)
    if name:
        return declaration.root.at("accounts", name.lower(), fact.name, *path)
    field = {"order of stages": ("stage_order",), "first Notify service": ("accounts", "notify")}
    return declaration.root.at(*field.get(fact.name, (fact.name,)))


def _exception(declaration: Declaration, fact: DeclaredFact, path: Path) -> Place | None:
    waivers = ((each.resource, each.rule, each.source) for each in declaration.waivers)
    ignores = ((each.resource, each.field, each.source) for each in declaration.ignores)
    entries = waivers if fact.sort is Sort.waiver else ignores
    found = (source for subject, name, source in entries if (subject, name) == (fact.subject, fact.name))
    return next((source.at(*path) if path else source.place for source in found), None)


_PLACES: dict[Sort, Callable[[Declaration, DeclaredFact, Path], Place | None]] = {
    Sort.setting: _setting,
    Sort.secret: _secret,
    Sort.stage: _stage,
    Sort.key: _key,
    Sort.consumer: _consumer,
    Sort.template: _template,
    Sort.mailing: _mailing,
    Sort.account: _account,
    Sort.policy: lambda declaration, fact, _: declaration.root.at("policy", *fact.name.split(".")),
    Sort.waiver: _exception,
    Sort.ignore: _exception,
    Sort.moved: lambda declaration, fact, _: declaration.root.at("moved", fact.subject),
    Sort.words: lambda declaration, fact, path: declaration.root.at("words", fact.name, *path),
}
