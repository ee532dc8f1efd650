"""A merge field of a Mailchimp audience: managed (https://mailchimp.com/developer/marketing/api/list-merges/).

Its tag is its name: it stands once in an audience, so that Mailchimp refuses to make it again. No id is recorded, and a
lost answer leaves no doubt for long: whoever looks for the tag sees whether the field is there. Deleting one would take
its value from every member, so nothing here does; and once made, a field keeps its type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Protocol

from emailops.canonical import digest
from emailops.declaration.model import Declaration
from emailops.declaration.places import Part, parts
from emailops.declaration.values import Items, Table, is_true
from emailops.errors import InvalidInput
from emailops.kinds.contract import (
    Asked,
    Field,
    Kind,
    Known,
    Look,
    Managed,
    Means,
    Noted,
    ProviderName,
    StandIn,
    Verdict,
)
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.world import World
from emailops.plan import Action, Change, Difference, Instruction, Reason, Step, When, differences
from emailops.resource import Control, Desired, Observed, Resource

NAME = "mailchimp-merge-field"

_BROUGHT = {
    "FNAME": {"name": "First Name", "type": "text", "public": True},
    "LNAME": {"name": "Last Name", "type": "text", "public": True},
    "ADDRESS": {"name": "Address", "type": "address", "public": False},
    "PHONE": {"name": "Phone Number", "type": "phone", "public": False},
}
"""What a new audience brings, by tag."""
_OF_MAILCHIMP = {"name": "name", "type": "type", "required": "required", "default": "default_value", "public": "public"}
"""Field -> what Mailchimp calls it."""


class MergeFieldReader(Protocol):
    """What is asked of a Mailchimp account."""

    def merge_fields(self, audience_id: str) -> tuple[dict[str, Any], ...]:
        """Every merge field of an audience, as Mailchimp gives it."""


class MergeFieldWriter(MergeFieldReader, Protocol):
    """What changes one."""

    def create_merge_field(self, audience_id: str, body: Mapping[str, Any]) -> None:
        """Make one of a tag that the audience does not have."""

    def update_merge_field(self, audience_id: str, merge_id: str, body: Mapping[str, Any]) -> None:
        """Change what the body holds."""


def declared(declaration: Declaration) -> Iterator[Desired]:
    """What an entry says holds for each of its audiences: a framework has one a lot."""
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    for audience in declaration.audiences():
        table = audience.source.table("merge_fields")
        for tag, held in table.items():
            if isinstance(held, Table):
                yield Desired(
                    Resource(NAME, f"{audience.resource.name}.{tag}"),
                    audience.scope,
                    account,
                    _attributes(held),
                    table.places[tag],
                    requires=(audience.resource,),
                )


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """What stands under its tag."""
    audience = declaration.audience(desired.requires[0])
    if audience is None:
        return iter(())
    table = audience.source.table("merge_fields")
    return parts(table[_tag(desired.resource)], table.places[_tag(desired.resource)])


def observe(look: Look[MergeFieldReader]) -> World:
    """The declared ones, in each audience that is there; one without an id was looked for and is not there."""
    there = {held.id: held for held in look.worlds[AUDIENCE].objects}
    wanted: dict[str, list[Desired]] = {}
    for desired in declared(look.declaration):
        if (id_ := look.ids.get(str(desired.requires[0]), "")) in there:
            wanted.setdefault(id_, []).append(desired)
    answers = look.together(partial(look.reader.merge_fields, id_) for id_ in wanted)
    found: list[Observed] = []
    for (id_, fields), listed in zip(wanted.items(), answers, strict=True):
        by_tag = {held["tag"]: held for held in listed}
        found += [_observed(desired, by_tag.get(_tag(desired.resource)), there[id_].link) for desired in fields]
    return World(tuple(found))


def find(desired: Desired, world: World, ids: Mapping[str, str]) -> Observed | None:  # noqa: ARG001
    held = next(iter(world.named(desired.resource.name)), None)
    return held if held is not None and held.id else None


def assess(desired: Desired, world: World, noted: Noted) -> Verdict:
    """Equal, to create, to update, or for a person where the type is another."""
    if world.unknown:
        return Verdict(_change(desired, Action.unknown, Reason.no_key), Known.unknown)
    observed = find(desired, world, noted.ids)
    if observed is not None:
        fields = differences(observed.attributes, desired.attributes)
        if any(field.name == "type" for field in fields):
            return Verdict(_step(desired, str(observed.attributes.get("type")), fields, observed.link), Known.verified)
        change = _change(desired, Action.update, Reason.changed, fields, observed) if fields else None
        return Verdict(change, Known.verified)
    is_to_come = str(desired.requires[0]) not in noted.ids
    if not is_to_come and not world.named(desired.resource.name):
        return Verdict(_change(desired, Action.unknown, Reason.unobserved), Known.unknown)
    fields = tuple(Difference(name, None, value) for name, value in sorted(desired.attributes.items()))
    brought = _BROUGHT.get(_tag(desired.resource), {}).get("type") if is_to_come else None
    if brought not in (None, desired.attributes.get("type")):
        return Verdict(_step(desired, str(brought), fields, "https://admin.mailchimp.com/audience/"), Known.verified)
    return Verdict(_change(desired, Action.create, Reason.missing, fields), Known.verified)


def needed(held: Mapping[str, Any]) -> tuple[str, ...]:
    """Of one that is there, what every merge field has."""
    return ("name", "type") if held else ()


def make(change: Change, means: Means[MergeFieldWriter]) -> str:
    """Look once more, then create or change. What came with an audience that is new is changed to what was planned."""
    audience, tag = change.requires[0], _tag(change.resource)
    id_ = means.ids[str(audience)]
    held = next((field for field in means.writer.merge_fields(id_) if field["tag"] == tag), None)
    if held is None and change.action is Action.create:
        means.writer.create_merge_field(id_, {"tag": tag, **_body(means.attributes, {})})
        return f"tag {tag}"
    if held is None:
        raise InvalidInput(f"the merge field {tag} has gone since", "emailops plan shows what is there")
    if change.action is Action.create and str(audience) not in means.new:
        raise InvalidInput(f"a merge field {tag} has appeared since", "emailops plan shows how it differs")
    if held["type"] != means.attributes.get("type", held["type"]):
        raise InvalidInput(f"{tag} is of the type {held['type']}, which stays", "emailops plan says what to do")
    means.writer.update_merge_field(id_, str(held["merge_id"]), _body(means.attributes, held))
    return f"tag {tag}"


def stand_in(account: dict[str, Any], at: StandIn) -> None:
    """In each audience that declares some: what a new one brings, overlaid with what is declared or was observed."""
    world = at.world(NAME)
    seen = {held.name: held for held in world.objects} if world is not None else {}
    audiences = {audience["id"]: audience for audience in account["audiences"]}
    for desired in declared(at.declaration):
        audience = audiences.get(at.ids.get(str(desired.requires[0]), ""))
        if audience is None:
            continue
        fields = audience.setdefault("merge_fields", _brought())
        tag, observed = _tag(desired.resource), seen.get(desired.resource.name)
        present = next((field for field in fields if field["tag"] == tag), None)
        if observed is not None and not observed.id:
            audience["merge_fields"] = [field for field in fields if field["tag"] != tag]
        elif world is None or observed is not None:
            held = desired.attributes if observed is None else observed.attributes
            if present is None:
                present = {"merge_id": max((field["merge_id"] for field in fields), default=0) + 1, "tag": tag}
                fields.append(present)
            present |= {"type": held["type"], **_body(held, {})}


def _attributes(held: Table) -> dict[str, Any]:
    """As compared; what is not declared is unmanaged."""
    flags = {name: is_true(held[name]) for name in ("required", "public") if name in held}
    texts = {name: held.text(name) for name in ("name", "type", "default") if name in held}
    choices = held.get("choices")
    return {**texts, **flags, **({"choices": list(choices.texts())} if isinstance(choices, Items) else {})}


def _observed(desired: Desired, held: Mapping[str, Any] | None, link: str) -> Observed:
    if held is None:
        return Observed("", desired.resource.name, {}, link=link)
    attributes = {name: held[theirs] for name, theirs in _OF_MAILCHIMP.items() if theirs in held}
    if "choices" in (options := held.get("options") or {}):
        attributes["choices"] = options["choices"]
    return Observed(str(held["merge_id"]), desired.resource.name, attributes, link=link)


def _body(attributes: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """What Mailchimp is sent: of a field that is there what has to stay, too, and no type, since that cannot change."""
    body = {theirs: attributes[name] for name, theirs in _OF_MAILCHIMP.items() if name in attributes}
    if held:
        body = {"name": held["name"], **{name: value for name, value in body.items() if name != "type"}}
    if "choices" in attributes:
        body["options"] = {**(held.get("options") or {}), "choices": attributes["choices"]}
    return body


def _change(
    desired: Desired,
    action: Action,
    reason: Reason,
    fields: tuple[Difference, ...] = (),
    observed: Observed | None = None,
) -> Change:
    is_demanded = any(field.name == "required" and field.after for field in fields)
    return Change(
        desired.resource,
        desired.scope,
        action,
        Control.managed,
        reason,
        fields,
        id=observed.id if observed else None,
        requires=desired.requires,
        fingerprint=_fingerprint(desired, observed),
        notes=("from then on Mailchimp refuses a subscription without a value for it",) if is_demanded else (),
    )


def _fingerprint(desired: Desired, observed: Observed | None) -> str:
    """What an approval rests on: the field as it is now, or that there is none of this tag."""
    if observed is None:
        return digest({"kind": NAME, "absent": desired.resource.name})
    fields = {name: observed.attributes.get(name) for name in desired.attributes}
    return digest({"kind": NAME, "id": observed.id, "fields": fields})


def _step(desired: Desired, type_: str, fields: tuple[Difference, ...], link: str) -> Change:
    tag = _tag(desired.resource)
    step = Step(
        when=When.before_apply,
        why=f"{tag} is of the type {type_} at Mailchimp, which never changes a type",
        open=link,
        enter=(Instruction(f"type: {type_}", f"in {desired.place.path}:{desired.place.line}, or a tag of its own"),),
        then="emailops plan",
    )
    return Change(desired.resource, desired.scope, Action.person, Control.managed, Reason.changed, fields, step=step)


def _brought() -> list[dict[str, Any]]:
    return [{"merge_id": number, "tag": tag, **held} for number, (tag, held) in enumerate(_BROUGHT.items(), 1)]


def _tag(resource: Resource) -> str:
    return resource.name.rpartition(".")[2]


KIND = Kind(
    name=NAME,
    provider=ProviderName.mailchimp,
    fields=(
        Field("type", Control.managed, changed_by="the tool, once"),
        Field("name", Control.managed),
        Field("required", Control.managed),
        Field("default", Control.managed),
        Field("public", Control.managed),
        Field("choices", Control.managed),
    ),
    declared=declared,
    entry=entry,
    stand_in=stand_in,
    asked=Asked(observe, find, assess, needed=needed),
    managed=Managed(make),
)
