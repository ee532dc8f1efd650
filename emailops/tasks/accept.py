"""`accept`: what a designer wrote in Notify becomes what was reviewed, in templates/NAME.md and beside its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emailops.declaration.build import content_of, declare
from emailops.declaration.model import Declaration, Template
from emailops.declaration.vocabulary import TemplateType
from emailops.engine.declared import valid
from emailops.engine.observe import observe
from emailops.errors import InvalidInput, ProviderError
from emailops.kinds.notify_template import NAME as TEMPLATE
from emailops.kinds.notify_template import words_of
from emailops.kinds.world import Observation
from emailops.plan import Difference, differences
from emailops.private import Masked
from emailops.resource import Desired, Observed
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import flow, put, way
from emailops.store.state import load
from emailops.store.tree import Tree, read_directory
from emailops.tasks.show import declared_resource


@dataclass(frozen=True, slots=True)
class Accepted:
    """What becomes reviewed of one template: each field as reviewed before and as Notify holds it."""

    resource: str
    fields: tuple[Difference, ...]
    paths: tuple[str, ...]


def accept(run: Run, names: Sequence[str], source: str = "") -> list[Accepted]:
    """Take over text and version of each named template. Raises before anything is written, if it must.

    `source` names the service whose words are taken where services that share a text hold different ones.
    """
    declaration = valid(run)
    wanted = [declared_resource(run, name) for name in names]
    for desired in wanted:
        kind = desired.resource.kind
        if kind != TEMPLATE:
            raise InvalidInput(f"a {kind} cannot be accepted", f"only a {TEMPLATE} is written elsewhere")
    observation = observe(declaration, run)
    tree = read_directory(run.state)
    before = dict(tree.files)
    accepted = []
    for desired in wanted:
        world = observation.world(TEMPLATE, desired.account)
        if world.unknown:
            raise ProviderError(world.unknown, "set the key, then run it again")
        observed = world.of_id(desired.id)
        if observed is None:
            message = f"{desired.resource} is not in the service's list of templates"
            raise InvalidInput(message, "emailops plan says what to do about it")
        _refuse_to_overwrite(declaration, observation, desired, observed, source)
        accepted.append(_take(tree, desired, observed))
    for path, content in tree.files.items():
        if before.get(path) != content:
            files.write(run.state / path, content.decode())
    return accepted


def _refuse_to_overwrite(
    declaration: Declaration, observation: Observation, desired: Desired, observed: Observed, source: str
) -> None:
    """Reviewed words that another service holds are not given up in passing: whoever accepts says whose to take."""
    template = next(held for held in declaration.all_templates() if held.resource == desired.resource)
    if source and source != template.account:
        message = f"{desired.resource} is the template of {template.account}, and not of {source}"
        raise InvalidInput(message, f"emailops accept {desired.resource} --from {template.account}")
    theirs = (str(observed.attributes.get("subject") or ""), str(observed.attributes["body"]))
    if source or template.text is None or theirs == template.text:
        return
    siblings = declaration.templates[template.name].values()
    holding = [sibling.account for sibling in siblings if words_of(observation, declaration, sibling) == template.text]
    if holding:
        message = f"{', '.join(holding)} holds the reviewed words of {template.name}, and {template.account} others"
        remedy = f"emailops accept {desired.resource} --from {template.account} takes these all the same"
        raise InvalidInput(message, remedy)


def _take(tree: Tree, desired: Desired, observed: Observed) -> Accepted:
    declaration = declare(load(tree))
    template = next(held for held in declaration.all_templates() if held.resource == desired.resource)
    held = observed.attributes
    if held["type"] != template.type:
        message = f"{desired.resource} is of the type {held['type']} in Notify, and {template.type} here"
        raise InvalidInput(message, f"see its id and type in {template.place.path}")
    fields = _fields(template, held)
    written = dict(tree.files)
    written[f"templates/{template.name}.md"] = _content(desired, template.type, held).encode()
    if held["version"] != template.version:
        path = template.place.path
        names = (*way(path, "templates", template.name), "version")
        versions = _versions(declaration, template, held["version"])
        written[path] = put(written[path].decode("utf-8-sig"), names, versions).encode()
    _verify(Tree(written), declaration, template, held)
    paths = tuple(path for path, content in written.items() if tree.files.get(path) != content)
    tree.files = written
    return Accepted(str(desired.resource), fields, paths)


def _fields(template: Template, held: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The reviewed side as `before`, what Notify holds as `after`."""
    subject, body = template.text or (None, None)
    reviewed = {"subject": subject, "body": body, "version": template.version}
    taken = {name: held[name] for name in ("subject", "body", "version") if name in held}
    if template.type is not TemplateType.email:
        taken.pop("subject", None)
    return differences(reviewed, taken)


def _content(desired: Desired, type_: TemplateType | None, held: Mapping[str, Any]) -> str:
    content = content_of(type_, str(held.get("subject", "")), str(held["body"]))
    if content is None:
        remedy = "take line breaks and stray spaces out of its subject"
        raise InvalidInput(f"the text of {desired.resource} has no plain form", remedy)
    masked = [text for text in held.values() if isinstance(text, Masked)]
    if any(text.has_secret for text in masked):
        raise InvalidInput(f"the text of {desired.resource} holds what looks like a secret", "take it out in Notify")
    if masked:
        domain = masked[0].domains[0]
        message = f"the text of {desired.resource} holds an address that may be a person's: an address at {domain}"
        remedy = "declare in emailops.yaml whose it is, in words: own_domains or nobodys_addresses; then run it again"
        raise InvalidInput(message, remedy)
    return content


def _versions(declaration: Declaration, template: Template, version: int) -> Any:
    """One number, or one an account where the template's accounts hold different versions."""
    siblings = declaration.templates[template.name]
    by_account = {account: sibling.version for account, sibling in siblings.items()} | {template.account: version}
    known = {account: held for account, held in by_account.items() if held is not None}
    return version if set(by_account.values()) == {version} else known


def _verify(after: Tree, before: Declaration, template: Template, held: Mapping[str, Any]) -> None:
    """That the edit says what is meant and nothing else: an alias or a merge can make one line stand for two."""
    declaration = declare(load(after))
    meant = {**_versions_of(before), str(template.resource): (template.id, held["version"])}
    if _versions_of(declaration) != meant:
        message = f"{template.place.path}:{template.place.line} is written so that the version cannot be put in"
        raise InvalidInput(message, f"write {flow({'version': held['version']})} there, and run it again")


def _versions_of(declaration: Declaration) -> dict[str, tuple[str, int | None]]:
    return {str(held.resource): (held.id, held.version) for held in declaration.all_templates()}
