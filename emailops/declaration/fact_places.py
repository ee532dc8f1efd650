"""Where a declared fact stands: the file and line that decide what differs of it from the base."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from emailops.declaration.held_keys import held_keys
from emailops.declaration.mailing_uses import place_of_use
from emailops.declaration.model import TEMPLATE, Declaration
from emailops.declaration.places import nearest
from emailops.declaration.reviewed import DeclaredFact
from emailops.declaration.sources import Absent, resolve
from emailops.declaration.values import Table
from emailops.plan import Sort
from emailops.resource import Place, Resource

_Path = tuple[str | int, ...]
"""Fields from the outside in; the entries of a list are counted from 0."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """A fact that differs, and where in its value; a fact that the base does not have is new."""

    fact: DeclaredFact
    after: Any
    path: _Path
    is_new: bool

    def value(self) -> Any:
        """What stands where it differs."""
        found = self.after
        for step in self.path:
            found = found[step]
        return found


def place_of(declaration: Declaration, fact: DeclaredFact, before: Any, after: Any) -> Place | None:
    """The line that decides the first part in which both sides differ; None for what is declared nowhere any more."""
    edit = _Edit(fact, after, tuple(_first_difference(before, after)), before is None)
    return _PLACES[fact.sort](declaration, edit)


def _first_difference(before: Any, after: Any) -> Iterator[str | int]:
    """The way to the first part that is new or other; to what held it, where it is gone."""
    if isinstance(after, list):
        known = before if isinstance(before, list) else []
        yield from islice((number for number, entry in enumerate(after) if entry not in known), 1)
    elif isinstance(after, Mapping):
        was = before if isinstance(before, Mapping) else {}
        other = next((field for field, value in after.items() if field not in was or was[field] != value), None)
        if other is not None:
            yield other
            yield from _first_difference(was[other], after[other]) if other in was else ()


def _setting(declaration: Declaration, edit: _Edit) -> Place | None:
    fact = edit.fact
    consumer, stage = declaration.consumers.get(fact.subject), fact.stage
    if consumer is None:
        return None
    path = tuple(str(step + 1) if isinstance(step, int) else step for step in edit.path)
    name, _, where = fact.name.partition(" in ")
    named = [
        (file, setting) for file, setting in consumer.settings() if setting.name == name and stage in setting.stages
    ]
    meant = [setting for file, setting in named if where in ("", setting.class_name, file.placed(file.path))]
    for setting in meant:
        try:
            resolved = resolve(declaration, consumer, setting, stage, with_places=True)
        except Absent:
            continue
        return nearest(resolved.places, path, setting.place)
    return meant[0].place if meant else consumer.source.at("files")


def _secret(declaration: Declaration, edit: _Edit) -> Place | None:
    fact = edit.fact
    consumer, stage = declaration.consumers.get(fact.subject), declaration.stages.get(fact.stage)
    if consumer is None or stage is None:
        return None
    secrets = consumer.source.table("secrets")
    if edit.is_new and fact.name in secrets:
        return secrets.field_places[fact.name]
    held = (held for held in held_keys(declaration, consumer, stage) if held.variable == fact.name)
    return next((each.place for each in held), consumer.source.at("secrets"))


def _consumer(declaration: Declaration, edit: _Edit) -> Place | None:
    consumer = declaration.consumers.get(edit.fact.subject)
    if consumer is None:
        return None
    word, _, name = edit.fact.name.partition(" ")
    files = consumer.source.table("files")
    if word != "file":
        return _in_list(consumer.source, edit)
    path = () if edit.is_new else _in_file(files.table(name), edit)
    return files.at(name, *path) if path else files.field_places.get(name, files.place)


def _in_list(source: Table, edit: _Edit) -> Place:
    """The entry of a list that is new: a fact holds them in another order than the file."""
    listed = source.items_at(edit.fact.name)
    new = edit.value() if edit.path and isinstance(edit.path[-1], int) else None
    return listed.places[listed.index(new)] if new in listed else source.at(edit.fact.name, *edit.path)


def _in_file(file: Table, edit: _Edit) -> _Path:
    """Where in the entry of a file something of its form is declared otherwise."""
    field = edit.path[0] if edit.path else ""
    if field not in ("settings", "as JSON text"):
        return edit.path if field in file else ()
    name = edit.value()
    named = (name.partition(".")[0],) if isinstance(name, str) else ()
    classes = (step for step in edit.path[1:] if isinstance(step, str))
    return ("classes", *classes, *named) if "classes" in file else ("settings", *named)


def _template(declaration: Declaration, edit: _Edit) -> Place | None:
    fact = edit.fact
    template = declaration.template(Resource(TEMPLATE, fact.subject))
    if template is None:
        return None
    if fact.name in ("subject", "body") and template.name in declaration.texts:
        return declaration.texts[template.name][1]
    return template.source.at(fact.name, template.account) if fact.name in template.source else template.place


def _mailing(declaration: Declaration, edit: _Edit) -> Place | None:
    fact, path = edit.fact, edit.path
    mailing = declaration.mailings.get(fact.subject)
    field = {"may run": "stages", "timed": "timed"}.get(fact.name)
    if mailing is None:
        return None
    return mailing.source.at(field, fact.stage) if field else mailing.source.at(fact.name, *path)


def _use(declaration: Declaration, edit: _Edit) -> Place | None:
    mailing = declaration.mailings.get(edit.fact.subject)
    return place_of_use(declaration, mailing, edit.fact.stage, edit.fact.name, edit.path) if mailing else None


def _stage(declaration: Declaration, edit: _Edit) -> Place | None:
    fact = edit.fact
    stage = declaration.stages.get(fact.subject)
    field = {
        "Notify service": ("notify", "account"),
        "key": ("notify", "key"),
        "redirects nothing": ("redirect", "none"),
    }
    return stage.source.at(*field.get(fact.name, (fact.name,))) if stage else None


def _key(declaration: Declaration, edit: _Edit) -> Place | None:
    key = declaration.keys.get(edit.fact.subject)
    if edit.is_new:
        return declaration.sections["keys"].field_places.get(edit.fact.subject)
    return _in_list(key.source, edit) if key else None


def _account(declaration: Declaration, edit: _Edit) -> Place | None:
    fact, path = edit.fact, edit.path
    word, _, name = fact.subject.rpartition(" ")
    if word:
        return declaration.root.at("accounts", "notify", name, fact.name, *path)
    if name:
        return declaration.root.at("accounts", name.lower(), fact.name, *path)
    field = {"order of stages": ("stage_order",), "first Notify service": ("accounts", "notify")}
    return declaration.root.at(*field.get(fact.name, (fact.name,)))


def _dump(declaration: Declaration, edit: _Edit) -> Place | None:
    dump = declaration.dumps.get(edit.fact.subject)
    return _in_list(dump.source, edit) if dump else None


def _exception(declaration: Declaration, edit: _Edit) -> Place | None:
    fact, path = edit.fact, edit.path
    waivers = ((each.resource, each.rule, each.source) for each in declaration.waivers)
    ignores = ((each.resource, each.field, each.source) for each in declaration.ignores)
    entries = waivers if fact.sort is Sort.waiver else ignores
    found = (source for subject, name, source in entries if (subject, name) == (fact.subject, fact.name))
    return next((source.at(*path) if path else source.place for source in found), None)


_PLACES: dict[Sort, Callable[[Declaration, _Edit], Place | None]] = {
    Sort.setting: _setting,
    Sort.secret: _secret,
    Sort.stage: _stage,
    Sort.key: _key,
    Sort.consumer: _consumer,
    Sort.template: _template,
    Sort.mailing: _mailing,
    Sort.use: _use,
    Sort.account: _account,
    Sort.policy: lambda declaration, edit: declaration.root.at("policy", *edit.fact.name.split(".")),
    Sort.waiver: _exception,
    Sort.ignore: _exception,
    Sort.moved: lambda declaration, edit: declaration.root.at("moved", edit.fact.subject),
    Sort.dump: _dump,
    Sort.words: lambda declaration, edit: _in_list(declaration.root.table("words"), edit),
}
