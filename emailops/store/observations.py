"""An observation: what a drift noted of the providers, so that a plan can be made where there is no key.

JSON by schemas/observation.schema.json. What is declared stands in it in full; of the objects of others in a shared
account only their number, and a mark of each name, which shows that a name may be taken and confirms no guess.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from emailops import __version__
from emailops.declaration.model import Declaration
from emailops.declaration.resources import moved_ids, resources
from emailops.errors import InvalidInput
from emailops.kinds import KINDS, mailchimp_audience, mailchimp_test_subscriber, notify_key, notify_template
from emailops.kinds.world import Extent, Observation, World, mark
from emailops.plan import OBSERVATION, Observed, Undeclared
from emailops.store import files
from emailops.store.documents import Sort
from emailops.store.git import resolve

FORMAT = 1
_NEEDED = {
    notify_key.NAME: ("answers",),
    notify_template.NAME: ("type", "version", "body"),
    mailchimp_test_subscriber.NAME: ("status",),
}
SORT = Sort("an observation", "observation", FORMAT, "emailops drift --observed FILE writes one")


def document_of(observation: Observation, declaration: Declaration, *, state: Path, now: datetime) -> dict[str, Any]:
    """The observation as published: no secret, no address of a person, and of others' objects nothing but numbers."""
    return {
        "format": FORMAT,
        "tool": __version__,
        "service": declaration.service,
        "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "commit": _commit(state),
        "accounts": dict(observation.accounts),
        "worlds": [
            _world_as_json(kind, account, world, declaration) for (kind, account), world in observation.worlds.items()
        ],
        "strangers": [
            {"kind": stranger.kind, "account": stranger.account, "count": stranger.count, "names": list(stranger.names)}
            for stranger in observation.strangers
        ],
    }


def write(path: Path, document: Mapping[str, Any]) -> None:
    files.write(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def read(path: Path, declaration: Declaration) -> Observation:
    """The observation in a file, for what is declared now. Raises InvalidInput for a file that is none."""
    document = SORT.read(path)
    if lacking := next(_lacking(document), ""):
        raise SORT.refusal(path, lacking)
    return _observation(document, declaration)


def _lacking(document: Mapping[str, Any]) -> Iterator[str]:
    """What the schema cannot say: the attributes without which an object of a kind cannot be compared."""
    for number, world in enumerate(document["worlds"]):
        for held in world["objects"]:
            names = held["attributes"]
            needed = (*_NEEDED.get(world["kind"], ()), *(() if names.get("answers", True) else ("said",)))
            missing = [name for name in needed if name not in names]
            split = [name for name in names if any(other.startswith(f"{name}.") for other in names)]
            if missing or split:
                yield f"$.worlds[{number}]: {'no ' if missing else 'both a value and parts: '}{(missing or split)[0]}"


def _observation(document: Mapping[str, Any], declaration: Declaration) -> Observation:
    worlds = {(world["kind"], world["account"]): _world(world) for world in document["worlds"]}
    for key, name in _asked(declaration):
        if key not in worlds:
            worlds[key] = World(unknown=f"the observation tells nothing of {name}")
    strangers = tuple(
        Undeclared(stranger["kind"], stranger["account"], stranger["count"], tuple(stranger["names"]))
        for stranger in document["strangers"]
    )
    return Observation(worlds, document["accounts"], 0, strangers, at=document["at"], source=OBSERVATION)


def _asked(declaration: Declaration) -> Iterator[tuple[tuple[str, str], str]]:
    """(kind, account id) of all that a provider would be asked for, with the account's name."""
    names = {account.service_id: name for name, account in declaration.notify_accounts.items()}
    for desired in resources(declaration):
        if KINDS[desired.resource.kind].assess is not None and desired.attributes:
            yield (desired.resource.kind, desired.account), names.get(desired.account, "mailchimp")


def _world_as_json(kind: str, account: str, world: World, declaration: Declaration) -> dict[str, Any]:
    told = _told(kind, account, world, declaration)
    return {
        "kind": kind,
        "account": account,
        "unknown": world.unknown,
        "partly": world.partly,
        "room": world.room,
        "objects": [_object_as_json(held) for held in told.objects],
        "absent": sorted(told.extent.absent) if told.extent else [],
        "others": {
            "count": told.extent.others if told.extent else 0,
            "marks": sorted(told.extent.marks) if told.extent else [],
        },
    }


def _told(kind: str, account: str, world: World, declaration: Declaration) -> World:
    """A world of declared objects, and the extent of the rest; keys and subscribers are read only where declared."""
    if kind not in (mailchimp_audience.NAME, notify_template.NAME):
        return world
    owned = bool(declaration.mailchimp and declaration.mailchimp.owns_everything)
    if kind == notify_template.NAME:
        services = {name: declared.service_id for name, declared in declaration.notify_accounts.items()}
        ids = {template.id for template in declaration.all_templates() if services.get(template.account) == account}
        names = set[str]()
    else:
        ids = {id_ for name, id_ in moved_ids(declaration).items() if name.startswith(f"{kind}/")}
        names = {str(audience.attributes.get("name")) for audience in declaration.audiences()}
    every = owned and kind == mailchimp_audience.NAME
    is_ours = [every or held.id in ids or held.name in names for held in world.objects]
    ours = tuple(held for held, ours in zip(world.objects, is_ours, strict=True) if ours)
    others = [held for held, ours in zip(world.objects, is_ours, strict=True) if not ours]
    marks = frozenset(mark(held.name) for held in others if kind == mailchimp_audience.NAME)
    absent = frozenset() if world.unknown else frozenset(ids - {held.id for held in world.objects})
    return replace(world, objects=ours, extent=Extent(absent, len(others), marks))


def _object_as_json(observed: Observed) -> dict[str, Any]:
    return {
        "id": observed.id,
        "name": observed.name,
        "attributes": dict(observed.attributes),
        "created": observed.created,
        "link": observed.link,
        "size": observed.size,
    }


def _world(world: Mapping[str, Any]) -> World:
    extent = Extent(frozenset(world["absent"]), world["others"]["count"], frozenset(world["others"]["marks"]))
    objects = tuple(Observed(**held) for held in world["objects"])
    return World(objects, world["unknown"], world["partly"], world["room"], extent)


def _commit(state: Path) -> str:
    """The commit that was checked out; empty outside Git."""
    try:
        return resolve(state, "HEAD")
    except InvalidInput:
        return ""
