"""Which declaration decides each part of a setting's value: one function a source, from the consumer schema's list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emailops.declaration.model import Audience, Consumer, Declaration, Stage
from emailops.declaration.places import Path, recorded_at
from emailops.declaration.values import Items
from emailops.plan import Place
from emailops.questions.sources import Source

Origins = Iterator[tuple[Path, Place]]


def origins(declaration: Declaration, consumer: Consumer, source: Source, stage: Stage) -> dict[Path, Place]:
    """Path into the setting's value -> the place that decides it; the source's own place decides the rest."""
    find = _ORIGINS.get(source.word)
    found = find(_Finder(declaration, consumer, stage), source.argument) if find else ()
    return {source.path: source.place} | {(*source.path, *path): place for path, place in found}


class _Finder:
    def __init__(self, declaration: Declaration, consumer: Consumer, stage: Stage) -> None:
        self._declared = declaration
        self._consumer = consumer
        self._stage = stage

    def redirects(self, _: Any) -> Origins:
        for domain in self._stage.domains or ():
            yield (domain,), self._stage.source.at("redirect", "domains", domain)

    def redirect_to(self, _: Any) -> Origins:
        yield (), self._stage.source.at("redirect", "to")

    def templates(self, names: Any) -> Origins:
        own = (*self._consumer.templates, *self._consumer.keeps)
        for name in names.texts() if isinstance(names, Items) else own:
            yield from (((name,), place) for _, place in self.template(name))

    def template(self, name: Any) -> Origins:
        template = self._declared.template_at(name, self._stage.name) if isinstance(name, str) else None
        if template is not None:
            yield (), template.source.at("id", template.account)

    def audience(self, name: Any) -> Origins:
        audience = self._declared.single_route(name, self._stage.name) if isinstance(name, str) else None
        if audience is not None:
            yield (), self._id_at(audience)

    def audiences(self, _: Any) -> Origins:
        for framework in self._declared.frameworks.values():
            for lot in framework.lots:
                audience = self._declared.route(framework, lot, self._stage.name)
                place = self._id_at(audience) if audience else framework.source.at("audience")
                yield (framework.name, lot), place

    def frameworks(self, statuses: Any) -> Origins:
        wanted = statuses.texts() if isinstance(statuses, Items) else ()
        found = [one for one in self._declared.frameworks.values() if one.status in wanted]
        for number, framework in enumerate(found, 1):
            yield (str(number),), framework.source.at("status")

    def reply_to(self, name: Any) -> Origins:
        return self._reply_to(name, "id")

    def reply_to_address(self, name: Any) -> Origins:
        return self._reply_to(name, "address")

    def _reply_to(self, name: Any, field: str) -> Origins:
        service = self._declared.services.get(self._stage.account)
        if service is not None:
            yield (), service.source.at("reply_to", name, field)

    def _id_at(self, audience: Audience) -> Place:
        """Where an audience's id is recorded; for an id to come, where the audience is declared."""
        return recorded_at(self._declared, audience.resource) or audience.place


_ORIGINS: dict[str, Callable[[_Finder, Any], Origins]] = {
    "redirects": _Finder.redirects,
    "redirect_to": _Finder.redirect_to,
    "templates": _Finder.templates,
    "template": _Finder.template,
    "audience": _Finder.audience,
    "audiences": _Finder.audiences,
    "frameworks": _Finder.frameworks,
    "reply_to": _Finder.reply_to,
    "reply_to_address": _Finder.reply_to_address,
}
