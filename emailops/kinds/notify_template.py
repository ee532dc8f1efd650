"""A Notify template: verified (https://docs.notifications.service.gov.uk/rest-api.html#get-a-template).

Any key of the service reads it; only a person can change it, in Notify's web pages. An archived template is absent from
the list, and so is one of another service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from emailops.declaration.model import TEMPLATE, Declaration, Template
from emailops.declaration.places import Part, parts
from emailops.declaration.vocabulary import TemplateType
from emailops.errors import ShortRead
from emailops.kinds.contract import (
    NOTIFY_PAGES,
    Asked,
    Attested,
    Field,
    Kind,
    Known,
    Look,
    Noted,
    Ours,
    ProviderName,
    StandIn,
    Verdict,
)
from emailops.kinds.world import Observation, World
from emailops.plan import Act, Action, Change, Instruction, Reason, Step, When, differences
from emailops.resource import PRODUCTION, Control, Desired, Observed, Place, Resource

NAME = TEMPLATE
_WORDS = ("subject", "body")
_MOST_ASKED = 10
_MISSING = {
    True: "it is archived in Notify; sending with it fails",
    False: "no template of this service has this id: it is mistyped, or another service's; sending with it fails",
    None: "it is not in the service's list: archived, or the id is another's; sending with it fails",
}
"""By whether it is archived; None where nobody has looked."""


class TemplateReader(Protocol):
    """What is asked of a Notify service."""

    def templates(self) -> tuple[Observed, ...] | None:
        """Every template, by the least powerful key that is let in; None where none is."""

    def is_archived(self, id_: str) -> bool:
        """Whether a template that is not in the list is of this service all the same."""

    def no_key(self) -> str:
        """Why no key is let in."""


def declared(declaration: Declaration) -> Iterator[Desired]:
    """Each template in each service that has it."""
    for template in declaration.all_templates():
        attributes: dict[str, Any] = {"type": template.type.value if template.type else ""}
        if template.version is not None:
            attributes["version"] = template.version
        if template.text is not None:
            subject, body = template.text
            attributes["body"] = body
            if template.type is TemplateType.email:
                attributes["subject"] = subject
        sensitive = sorted(template.source.items_at("sensitive").texts())
        yield Desired(
            template.resource,
            declaration.service_scope(template.account),
            declaration.service_id(template.account),
            attributes,
            template.place,
            template.id,
            attested={"redacted": sensitive} if sensitive else None,
        )


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """Of what is declared by account, only this one's."""
    template = declaration.template(desired.resource)
    if template is None:
        return
    for path, value, place in parts(template.source, template.source.place):
        by_account = len(path) == 2 and path[0] in ("id", "version")
        if not by_account:
            yield path, value, place
        elif path[1] == template.account:
            yield path[:1], value, place
    for name in ("subject", "body"):
        if name in desired.attributes:
            yield (name,), desired.attributes[name], Place(f"templates/{template.name}.md", 1, 1)


def observe(look: Look[TemplateReader]) -> World:
    """Every template of the service. Raises ShortRead where some are declared and Notify gives none."""
    templates = look.reader.templates()
    account = next(known for known in look.declaration.notify_accounts.values() if known.service_id == look.account)
    wanted = [held for held in look.declaration.all_templates() if held.account == account.name]
    if wanted and templates == ():
        message = f"Notify gave no template of {account.name}, and {len(wanted)} are declared"
        raise ShortRead(message, "see accounts.notify: is this the service?")
    if templates is None:
        return World(unknown=look.reader.no_key())
    listed = {held.id for held in templates}
    missing = dict.fromkeys(held.id for held in wanted if held.id not in listed)
    # Each costs a request: where more are gone than a person mends one by one, something else is wrong.
    asked = list(missing)[:_MOST_ASKED]
    return World(templates, archived={id_: look.reader.is_archived(id_) for id_ in asked})


def find(desired: Desired, world: World, ids: Mapping[str, str]) -> Observed | None:  # noqa: ARG001
    return world.of_id(desired.id)


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    """Equal, or a step for a person; unknown without a key of the service."""
    if world.unknown:
        return Verdict(_unknown(desired, Reason.no_key), Known.unknown)
    if not world.tells_of_id(desired.id):
        return Verdict(_unknown(desired, Reason.unobserved), Known.unknown)
    observed = find(desired, world, noted.ids)
    if observed is None:
        return Verdict(_missing(desired, is_archived=world.archived.get(desired.id or "")), Known.verified)
    if not differences(observed.attributes, desired.attributes):
        return Verdict(None, Known.verified)
    return Verdict(_differs(desired, observed), Known.verified)


def needed(held: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001
    return ("type", "version", "body")


def ours(declaration: Declaration, account: str) -> Ours:
    """By id. The others are shown, since a service's templates are all its team's."""
    templates = declaration.all_templates()
    ids = {held.id for held in templates if declaration.service_id(held.account) == account}
    return Ours(frozenset(ids), shown=True)


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """As observed, or as declared; one whose text is not kept here has a text made up."""
    world = at.world(NAME)
    if world is not None:
        account["templates"] = [{"id": held.id, "name": held.name, **held.attributes} for held in world.objects]
        return
    templates = at.declaration.all_templates()
    account["templates"] = [
        _as_declared(held) for held in templates if at.declaration.service_id(held.account) == at.account
    ]


def _as_declared(template: Template) -> dict[str, Any]:
    links = template.source.items_at("sensitive").texts()
    subject, body = template.text or (
        template.name.replace("_", " ").capitalize(),
        f"Hello\n\nThis is about {template.name}." + "".join(f"\n\n(({name}))" for name in links),
    )
    return {
        "id": template.id,
        "name": template.name,
        "type": template.type and template.type.value,
        "version": template.version or 1,
        "body": body,
        **({"subject": subject} if template.type is TemplateType.email else {}),
    }


def _unknown(desired: Desired, reason: Reason) -> Change:
    return Change(desired.resource, desired.scope, Action.unknown, Control.verified, reason, id=desired.id)


def _missing(desired: Desired, *, is_archived: bool | None) -> Change:
    step = Step(
        when=When.before_merge,
        why=_MISSING[is_archived],
        open=f"{NOTIFY_PAGES}/{desired.account}/templates",
        enter=(Instruction(f"id: {desired.id}", f"in {desired.place.path}:{desired.place.line}", Act.check),),
        then="write the id of the template that takes its place, then emailops plan",
    )
    reason = Reason.archived if is_archived else Reason.unlisted
    return Change(desired.resource, desired.scope, Action.person, Control.verified, reason, id=desired.id, step=step)


def _differs(desired: Desired, observed: Observed) -> Change:
    fields = differences(observed.attributes, desired.attributes)
    names = [field.name for field in fields]
    texts = tuple(Instruction(str(field.after), field.name) for field in fields if field.name in _WORDS)
    version = observed.attributes["version"]
    if "version" in names:
        why = f"version {version} is in use; version {desired.attributes['version']} was reviewed"
    else:
        why = f"version {version} in Notify differs in {', '.join(names)}"
    step = Step(
        when=When.before_merge,
        why=why,
        open=f"{NOTIFY_PAGES}/{desired.account}/templates/{desired.id}",
        enter=texts,
        then=f"correct its id or its type in {desired.place.path}, then emailops plan" if "type" in names else "",
        ways=() if "type" in names else _ways(desired.resource, version, is_kept=bool(texts)),
    )
    return Change(
        desired.resource,
        desired.scope,
        Action.person,
        Control.verified,
        Reason.changed,
        fields=fields,
        id=desired.id,
        step=step,
    )


def _ways(resource: Resource, version: object, *, is_kept: bool, source: str = "") -> tuple[tuple[str, str], ...]:
    """What to do with words that were not reviewed: two lines, one to choose."""
    accept = f"emailops accept {resource}{f' --from {source}' if source else ''}"
    theirs = f"{accept} takes over its words and its version {version}"
    if not is_kept:
        return (("keep theirs", f"{theirs}, if they are right"),)
    back = f"enter the words above in Notify; then emailops accept {resource} takes over the version that this makes"
    return ("keep theirs", theirs), ("put ours there", back)


def together(declaration: Declaration, observation: Observation, change: Change) -> Change:
    """Where other services share the words: who has which, and how those of one come to the others."""
    step, template = change.step, declaration.template(change.resource)
    if step is None or not step.ways or not step.enter or template is None:
        return change
    mine = words_of(observation, declaration, template)
    others = {
        sibling.account: words_of(observation, declaration, sibling)
        for sibling in declaration.templates[template.name].values()
        if sibling.account != template.account
    }
    reviewed = [account for account, words in others.items() if words == template.text]
    alike = [account for account, words in others.items() if words == mine and words is not None]
    if alike:
        why = f"{_and(alike)} {_has(alike)} these words, too: they are not the reviewed ones here yet"
        return replace(change, step=replace(step, why=f"{step.why}; {why}"))
    if not reviewed:
        return change
    why = f"{_and(reviewed)} {_has(reviewed)} the reviewed words, and {template.account} has others"
    ways = _ways(change.resource, _version(observation, declaration, template), is_kept=True, source=template.account)
    live = _live(declaration, template)
    if mine is None or live is None or live.account not in reviewed:
        return replace(change, step=replace(step, why=why, ways=ways))
    theirs = (Instruction(text, f"{name} to promote") for name, text in zip(_WORDS, mine, strict=True) if text)
    page = f"{NOTIFY_PAGES}/{declaration.service_id(live.account)}/templates/{live.id}"
    keep = f"emailops accept {change.resource} --from {template.account}"
    promote = ("promote them", f"enter the words to promote in {live.account}, at {page} ; then {keep}")
    return replace(
        change, step=replace(step, why=why, enter=(*step.enter, *theirs), ways=(ways[0], promote, *ways[1:]))
    )


def _version(observation: Observation, declaration: Declaration, template: Template) -> object:
    held = observation.world(NAME, declaration.service_id(template.account)).of_id(template.id)
    return held.attributes["version"] if held else template.version


def _live(declaration: Declaration, template: Template) -> Template | None:
    """The same template as production's service has it."""
    production = declaration.stages.get(PRODUCTION)
    return declaration.templates[template.name].get(production.account) if production else None


def words_of(observation: Observation, declaration: Declaration, template: Template) -> tuple[str, str] | None:
    """(subject, body) as the template's service holds them; None where nobody could look."""
    world = observation.world(NAME, declaration.service_id(template.account))
    held = world.of_id(template.id)
    return None if held is None else (str(held.attributes.get("subject") or ""), str(held.attributes.get("body")))


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(
        Field("id", Control.verified),
        Field("type", Control.verified),
        Field("version", Control.verified),
        Field("subject", Control.verified),
        Field("body", Control.verified),
        Field("redacted", Control.attested, act=Act.check),
    ),
    declared=declared,
    entry=entry,
    stand_in=stand_in,
    attested=Attested("/templates", "whoever may see sent mail could follow its links"),
    asked=Asked(observe, find, assess, needed=needed, ours=ours, together=together),
)
