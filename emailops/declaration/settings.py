"""What each setting is at each stage: one function a source, from the closed list of the consumer schema.

A value may hold ids that only an apply can give. Such a leaf is an `IdOf`; `with_ids` puts the recorded ids in, and
what has none yet stays visible as `{"$pending": "kind/name"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emailops.declaration.model import Consumer, Declaration, GeneratedFile, Setting
from emailops.declaration.values import Items, Table

PENDING = "$pending"
"""The key that marks an id to come. No name of a template, framework or lot can be this."""


@dataclass(frozen=True, slots=True)
class IdOf:
    """The id that a provider gives to this resource."""

    resource: str


class Absent(Exception):
    """The stage has no such value; `why` is for a finding, `empty` what a file of that stage alone holds instead."""

    def __init__(self, why: str, *, empty: Any = None) -> None:
        super().__init__(why)
        self.why = why
        self.empty = empty


@dataclass(slots=True)
class Resolved:
    """A value and the files that it was worked out from."""

    value: Any
    inputs: set[str] = field(default_factory=set)


def resolve(declaration: Declaration, consumer: Consumer, source: Any, stage: str) -> Resolved:
    """The value of `source` at `stage`, ids still open. Raises Absent."""
    reader = _Reader(declaration, consumer, stage)
    return Resolved(reader.read(source), reader.inputs)


def every_setting(declaration: Declaration) -> Iterator[tuple[Consumer, str, GeneratedFile, Setting, Any]]:
    """(consumer, stage, file, setting, value with ids still open) for each stage that has the value."""
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stage in file.stages:
                try:
                    yield consumer, stage, file, setting, resolve(declaration, consumer, setting.value, stage).value
                except Absent:
                    continue


def with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Plain JSON with each IdOf replaced by the recorded id, or by what it waits for."""
    if isinstance(value, IdOf):
        return ids.get(value.resource, {PENDING: value.resource})
    if isinstance(value, dict):
        return {key: with_ids(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_ids(inner, ids) for inner in value]
    return value


def ids_in(value: Any) -> Iterator[str]:
    """The resources whose ids an unresolved value holds."""
    if isinstance(value, IdOf):
        yield value.resource
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from ids_in(inner)


def pending(value: Any) -> Iterator[str]:
    """The resources whose ids a value of `with_ids` still waits for."""
    if is_pending(value):
        yield value[PENDING]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from pending(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pending(inner)


def is_pending(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {PENDING} and isinstance(value[PENDING], str)


class _Reader:
    def __init__(self, declaration: Declaration, consumer: Consumer, stage: str) -> None:
        self._declared = declaration
        self._consumer = consumer
        self._stage = stage
        self.inputs: set[str] = set()

    def read(self, source: Any) -> Any:
        if isinstance(source, str):
            word, _, name = source.partition(" ")
            argument: Any = name.strip()
        elif isinstance(source, Table) and len(source) == 1:
            word, argument = next(iter(source.items()))
        else:
            raise Absent("its source is not understood")
        if word not in _SOURCES:
            raise Absent(f"there is no source {word!r}")
        if word in _NAMED and not isinstance(argument, str):
            raise Absent(f"{word} is followed by a name")
        return _SOURCES[word](self, argument)

    def redirects(self, _: Any) -> dict[str, str]:
        """Domain -> safe address."""
        stage = self._declared.stages.get(self._stage)
        if stage is None or stage.domains is None or stage.redirect_to is None:
            raise Absent(f"{self._stage} does not redirect", empty={})
        self._note(stage.source.table("redirect"))
        return dict.fromkeys(stage.domains, stage.redirect_to)

    def redirect_to(self, _: Any) -> str:
        stage = self._declared.stages.get(self._stage)
        if stage is None or stage.redirect_to is None:
            raise Absent(f"{self._stage} does not redirect")
        self._note(stage.source.table("redirect"))
        return stage.redirect_to

    def templates(self, names: Any) -> dict[str, str]:
        """Name -> id: the named templates, or all that the consumer reads through its map or keeps in it."""
        if isinstance(names, Items):
            return {name: self.template(name) for name in names.texts()}
        return {name: self.template(name) for name in (*self._consumer.templates, *self._consumer.keeps)}

    def template(self, name: str) -> str:
        template = self._declared.template_at(name, self._stage)
        if template is None:
            raise Absent(f"there is no template {name} for {self._stage}")
        self._note(template.source)
        return template.id

    def audience(self, name: str) -> IdOf:
        audience = self._declared.single_route(name, self._stage)
        if audience is None:
            raise Absent(f"the audience {name} does not serve {self._stage}")
        return self._id_of(audience.resource, audience.scope, audience.source)

    def audiences(self, _: Any) -> dict[str, dict[str, IdOf | None]]:
        """Framework -> lot -> id, None for a framework that never had audiences. Closed frameworks stay readable."""
        table: dict[str, dict[str, IdOf | None]] = {}
        for framework in self._declared.frameworks.values():
            self._note(framework.source)
            table[framework.name] = {}
            for lot in framework.lots:
                audience = self._declared.route(framework, lot, self._stage)
                table[framework.name][lot] = (
                    self._id_of(audience.resource, audience.scope, audience.source) if audience else None
                )
        return table

    def frameworks(self, statuses: Any) -> list[str]:
        wanted = statuses.texts() if isinstance(statuses, Items) else ()
        for framework in self._declared.frameworks.values():
            self._note(framework.source)
        return [framework.name for framework in self._declared.frameworks.values() if framework.status in wanted]

    def reply_to(self, name: str) -> str:
        return self._reply_to(name)[0]

    def reply_to_address(self, name: str) -> str:
        address = self._reply_to(name)[1]
        if not address:
            raise Absent(f"the reply-to address {name} is declared by its id only")
        return address

    def value(self, text: Any) -> Any:
        return text

    def table(self, rows: Any) -> dict[str, Any]:
        """Key -> value; a value that this stage does not have is the empty one of its source."""
        return {key: self._row(source) for key, source in rows.items()} if isinstance(rows, Table) else {}

    def _row(self, source: Any) -> Any:
        try:
            return self.read(source)
        except Absent as absent:
            if absent.empty is None:
                raise
            return absent.empty

    def _reply_to(self, name: str) -> tuple[str, str]:
        stage = self._declared.stages.get(self._stage)
        service = self._declared.services.get(stage.account) if stage else None
        if service is None or name not in service.reply_to:
            raise Absent(f"there is no reply-to address {name} for {self._stage}")
        self._note(service.source.table("reply_to"))
        return service.reply_to[name]

    def _id_of(self, resource: Any, scope: str, source: Table) -> IdOf:
        self._note(source)
        name = str(resource)
        self.inputs.add(f"recorded/{self._declared.scopes_of_ids.get(name, scope)}.yaml")
        return IdOf(name)

    def _note(self, source: Table) -> None:
        self.inputs |= source.layers()


_NAMED = frozenset({"template", "audience", "reply_to", "reply_to_address"})
_SOURCES: dict[str, Callable[[_Reader, Any], Any]] = {
    "redirects": _Reader.redirects,
    "redirect_to": _Reader.redirect_to,
    "templates": _Reader.templates,
    "template": _Reader.template,
    "audience": _Reader.audience,
    "audiences": _Reader.audiences,
    "frameworks": _Reader.frameworks,
    "reply_to": _Reader.reply_to,
    "reply_to_address": _Reader.reply_to_address,
    "value": _Reader.value,
    "table": _Reader.table,
}
