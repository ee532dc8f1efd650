"""What a mailing finds at a stage beside what its own entry says: redirects, reply-to, audiences, and their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.declaration.ids import IdOf
from emailops.declaration.mailings import Mailing
from emailops.declaration.model import Audience, Declaration, Framework
from emailops.declaration.vocabulary import MailingKind
from emailops.resource import Place

_REDIRECTS, _REPLY_TO, _AUDIENCE, _AUDIENCES, _TITLES = "redirects", "reply-to", "audience", "audiences", "titles"


def used_at(declaration: Declaration, mailing: Mailing, stage: str) -> Mapping[str, Any]:
    """Each thing by its name, ids still open; what it does not use is empty or missing."""
    if mailing.kind is MailingKind.notice:
        return _of_notice(declaration, mailing, stage)
    if mailing.audience:
        audience = declaration.single_route(mailing.audience, stage)
        return {_AUDIENCE: audience and _id(audience)}
    if mailing.kind is MailingKind.export:
        return {}
    frameworks = list(_routed(declaration, mailing))
    ids = {framework.name: _lots(declaration, framework, stage) for framework in frameworks}
    titles = {framework.name: {"name": framework.title, **framework.lots} for framework in frameworks}
    return {_AUDIENCES: ids} | ({_TITLES: titles} if mailing.kind is MailingKind.campaign else {})


def place_of_use(
    declaration: Declaration, mailing: Mailing, stage: str, what: str, path: tuple[str | int, ...]
) -> Place | None:
    """The line that decides the part of it at `path`."""
    if what == _REDIRECTS:
        found = declaration.stages.get(stage)
        return found.source.at("redirect", "domains", *path) if found else None
    if what == _REPLY_TO:
        service = declaration.services.get(_account(declaration, mailing, stage))
        return service.source.at("reply_to", mailing.source.text("reply_to"), "id") if service else None
    if what == _AUDIENCE:
        single = declaration.single_audiences.get(mailing.audience)
        return single.place if single else mailing.place
    framework = declaration.frameworks.get(str(path[0])) if path else None
    if framework is None:
        return mailing.place
    if what == _TITLES:
        return framework.source.at("name") if path[1:] == ("name",) else framework.source.at("lots", *path[1:])
    return framework.source.at("otherwise") if path[1:] else framework.source.place


def _of_notice(declaration: Declaration, mailing: Mailing, stage: str) -> Mapping[str, Any]:
    """Where its mail is redirected, and what answers go to."""
    found = declaration.stages.get(stage)
    domains = found.domains if found and found.domains else ()
    service = declaration.services.get(_account(declaration, mailing, stage))
    id_, _ = service.reply_to.get(mailing.source.text("reply_to"), ("", "")) if service else ("", "")
    return {_REDIRECTS: dict.fromkeys(domains, found.redirect_to if found else ""), _REPLY_TO: id_}


def _account(declaration: Declaration, mailing: Mailing, stage: str) -> str:
    template = declaration.template_at(mailing.template, stage)
    return template.account if template else ""


def _routed(declaration: Declaration, mailing: Mailing) -> Iterator[Framework]:
    """The frameworks whose audiences it may mail or fill."""
    for framework in declaration.frameworks.values():
        if framework.audiences and (not mailing.statuses or framework.status in mailing.statuses):
            yield framework


def _lots(declaration: Declaration, framework: Framework, stage: str) -> dict[str, Any]:
    routes = ((lot, declaration.route(framework, lot, stage)) for lot in framework.lots)
    return {lot: audience and _id(audience) for lot, audience in routes}


def _id(audience: Audience) -> IdOf:
    return IdOf(str(audience.resource))
