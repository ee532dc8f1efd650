"""`import notify`: another Notify service beside those that are declared; one template has one name in all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration, Template
from emailops.declaration.names import name_for
from emailops.engine.declared import judged, refuse_unsound, valid
from emailops.engine.observe import mask
from emailops.errors import GateError, InvalidInput, ProviderError
from emailops.private import Secret
from emailops.providers.notify import service_of
from emailops.resource import Observed
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import put, put_entry, way
from emailops.store.state import load
from emailops.store.tree import ROOT, Tree, read_directory
from emailops.tasks import service_templates

_GAP = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class ImportedService:
    """What was declared of a service: templates that others have, too, and new ones; and what was not.

    `reworded` are matched templates whose words are not the reviewed ones; `unwritten` and `left_out` say why.
    """

    matched: tuple[str, ...]
    added: tuple[str, ...]
    reworded: tuple[str, ...]
    unwritten: Mapping[str, str]
    left_out: Mapping[str, str]
    paths: tuple[str, ...]


@dataclass(slots=True)
class _Pairs:
    """Declared name -> the template that is it in this service; the new ones, and why the others are neither."""

    matched: dict[str, Observed] = field(default_factory=dict)
    others: list[Observed] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def take(run: Run, account: str, reference: str, only: str = "*") -> ImportedService:
    """Declare the service behind a key and its templates. Raises before anything is written, if it must."""
    declaration = valid(run)
    key = service_templates.given(run, reference)
    service_id = _service(declaration, account, key)
    known = {template.id for template in declaration.all_templates()}
    held = service_templates.held(run, key, service_id)
    fresh = [template for template in held if template.id not in known and fnmatchcase(template.name, only)]
    pairs = _paired(fresh, declaration, account, _titles(run, declaration, account))
    added = service_templates.named(pairs.others, declaration.templates)
    written, unwritten = service_templates.texts(added, mask(declaration))
    tree = read_directory(run.state)
    before = dict(tree.files)
    _put_account(tree, declaration, account, service_id, reference)
    for name, template in pairs.matched.items():
        _put_id(tree, declaration, name, account, template)
    for name, template in added.items():
        id_: Any = template.id if not declaration.notify_accounts else {account: template.id}
        _put(tree, "templates", name, {"id": id_, **_type_and_version(template)})
    tree.files.update({path: text.encode() for path, text in written.items()})
    _verify(tree, run, account, {**pairs.matched, **added})
    changed = {path: content for path, content in tree.files.items() if before.get(path) != content}
    for path, content in changed.items():
        files.write(run.state / path, content.decode())
    reworded = tuple(name for name, template in pairs.matched.items() if _is_reworded(declaration, name, template))
    return ImportedService(tuple(pairs.matched), tuple(added), reworded, unwritten, pairs.left_out, tuple(changed))


def _service(declaration: Declaration, account: str, key: Secret) -> str:
    """The id of the service. Raises where the name and the key are not of one service."""
    service_id = service_of(key)
    declared = declaration.notify_accounts.get(account)
    if declared is not None and declared.service_id != service_id:
        message = f"the key is of the service {service_id}, and {account} is {declared.service_id}"
        raise GateError("account", message, "name another account, or use a key of this one")
    for name, other in declaration.notify_accounts.items():
        if other.service_id == service_id and name != account:
            raise InvalidInput(f"the key is of {name}, which is declared already", f"--account {name}")
    return service_id


def _titles(run: Run, declaration: Declaration, account: str) -> dict[str, str]:
    """What other services call each template -> its name here, as far as their keys are at hand."""
    names = {template.id: template.name for template in declaration.all_templates()}
    titles: dict[str, str] = {}
    read: set[str] = set()
    for key in declaration.keys.values():
        other = declaration.notify_accounts.get(key.account)
        if other is None or other.name == account or other.name in read or not key.secret:
            continue
        secret, _ = run.secret(key.secret)
        try:
            held = service_templates.held(run, secret, other.service_id) if secret else ()
        except (ProviderError, GateError):
            continue
        read.add(other.name)
        titles |= {template.name: names[template.id] for template in held if template.id in names}
    return titles


def _paired(fresh: Iterable[Observed], declaration: Declaration, account: str, titles: Mapping[str, str]) -> _Pairs:
    """By the title that the other services know it by, else by a name of the same words."""
    pairs = _Pairs()
    by_words = {_words(name): name for name in declaration.templates}
    fresh = list(fresh)
    bearers = Counter(_words(template.name) for template in fresh)
    for template in fresh:
        title = service_templates.plain_title(template)
        name = titles.get(template.name) or by_words.get(_words(name_for(title, (), "template")), "")
        if bearers[_words(template.name)] > 1:
            pairs.left_out[template.id] = f"{bearers[_words(template.name)]} templates are called {title!r}"
        elif not name:
            pairs.others.append(template)
        elif account in declaration.templates[name] or name in pairs.matched:
            pairs.left_out[template.id] = f"{title!r} would be {name}, which has another id in this service"
        elif (declared := _first(declaration, name).type) != (type_ := template.attributes["type"]):
            pairs.left_out[template.id] = f"{title!r} is of the type {type_}, and {name} of the type {declared}"
        else:
            pairs.matched[name] = template
    return pairs


def _first(declaration: Declaration, name: str) -> Template:
    return next(iter(declaration.templates[name].values()))


def _words(name: str) -> str:
    return _GAP.sub("-", name.strip().lower())


def _put_account(tree: Tree, declaration: Declaration, account: str, service_id: str, reference: str) -> None:
    """The service and the key that reads it, where they are not declared yet."""
    if account not in declaration.notify_accounts:
        root = put(tree.files[ROOT].decode("utf-8-sig"), ("accounts", "notify", account), {"service_id": service_id})
        tree.files[ROOT] = root.encode()
    if any((key.account, key.secret) == (account, reference) for key in declaration.keys.values()):
        return
    owner = next(iter(declaration.people), None)
    if owner is None:
        raise InvalidInput("the key needs an owner, and nobody is declared", "add people: to the state first")
    key = {
        "account": account,
        "kind": "unknown",
        "stages": [],
        "owner": owner,
        "purpose": "emailops reads its templates with it",
        "created": "unknown",
        "kept": "unknown",
        "secret": reference,
    }
    _put(tree, "keys", name_for(account, declaration.keys, "notify"), key)


def _put_id(tree: Tree, declaration: Declaration, name: str, account: str, observed: Observed) -> None:
    """The id in this service beside those in others; the version, too, where it is not the same everywhere."""
    by_account, template = declaration.templates[name], _first(declaration, name)
    ids = {of: sibling.id for of, sibling in by_account.items()} | {account: observed.id}
    _edit(tree, template, "id", ids)
    versions = {of: sibling.version for of, sibling in by_account.items() if sibling.version is not None}
    version = observed.attributes["version"]
    if versions and set(versions.values()) != {version}:
        _edit(tree, template, "version", {**versions, account: version})


def _edit(tree: Tree, template: Template, name: str, value: Any) -> None:
    path = template.place.path
    names = (*way(path, "templates", template.name), name)
    tree.files[path] = put(tree.files[path].decode("utf-8-sig"), names, value).encode()


def _put(tree: Tree, section: str, name: str, value: Mapping[str, Any]) -> None:
    path, text = put_entry(tree.files, section, name, value)
    tree.files[path] = text.encode()


def _type_and_version(template: Observed) -> dict[str, Any]:
    return {name: template.attributes[name] for name in ("type", "version")}


def _is_reworded(declaration: Declaration, name: str, observed: Observed) -> bool:
    reviewed = _first(declaration, name).text
    return reviewed is not None and reviewed != (
        str(observed.attributes.get("subject") or ""),
        str(observed.attributes["body"]),
    )


def _verify(tree: Tree, run: Run, account: str, meant: Mapping[str, Observed]) -> None:
    """That the state to come is valid and declares just these ids: an alias can make one line stand for two."""
    refuse_unsound(list(_wrong(tree, run, account, meant)))


def _wrong(tree: Tree, run: Run, account: str, meant: Mapping[str, Observed]) -> Iterator[str]:
    for finding in judged(tree, run).findings:
        if finding.is_error:
            yield f"{finding.path}:{finding.line}: {finding.message}; {finding.remedy}"
    templates = declare(load(tree)).templates
    for name, observed in meant.items():
        template = templates.get(name, {}).get(account)
        if template is None or template.id != observed.id:
            yield f"{name} is written so that the id {observed.id} cannot be put in"
