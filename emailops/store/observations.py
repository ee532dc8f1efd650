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
from emailops.kinds import KINDS, resources
from emailops.kinds.world import Extent, Observation, World, mark
from emailops.plan import OBSERVATION, Undeclared
from emailops.resource import Observed
from emailops.store import files
from emailops.store.documents import DocumentSort

FORMAT = 1
SORT = DocumentSort("an observation", "observation", FORMAT, "emailops drift --observed FILE writes one")


def document_of(observation: Observation, declaration: Declaration, *, commit: str, now: datetime) -> dict[str, Any]:
    """The observation as published: no secret, no address of a person, and of others' objects nothing but numbers."""
    return {
        "format": FORMAT,
        "tool": __version__,
        "service": declaration.service,
        "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "commit": commit,
        "accounts": dict(observation.accounts),
        "worlds": [
            _world_as_json(kind, account, world, declaration) for (kind, account), world in observation.worlds.items()
        ],
        "strangers": [
            {
                "kind": stranger.kind,
                "account": stranger.account,
                "count": stranger.count,
                "names": list(stranger.names),
            }
            for stranger in observation.strangers
        ],
    }


def write(path: Path, document: Mapping[str, Any]) -> None:
    files.write(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def read(path: Path, declaration: Declaration) -> Observation:
    """The observation in a file, for what is declared now. Raises InvalidInput for any other file."""
    document = SORT.read(path)
    if lacking := next(_lacking(document), ""):
        raise SORT.refusal(path, lacking)
    return observation_of(document, declaration)


def _lacking(document: Mapping[str, Any]) -> Iterator[str]:
    """What the schema cannot say: the attributes without which an object of a kind cannot be compared."""
    for number, world in enumerate(document["worlds"]):
        if world["kind"] not in KINDS:
            yield f"$.worlds[{number}].kind: there is no kind {world['kind']!r}"
            continue
        asked = KINDS[world["kind"]].asked
        for held in world["objects"]:
            names = held["attributes"]
            missing = [name for name in (asked.needed(names) if asked else ()) if name not in names]
            split = [name for name in names if any(other.startswith(f"{name}.") for other in names)]
            if missing or split:
                yield f"$.worlds[{number}]: {'no ' if missing else 'both a value and parts: '}{(missing or split)[0]}"


def observation_of(document: Mapping[str, Any], declaration: Declaration) -> Observation:
    """What a document that fits the schema says, for what is declared now."""
    strangers: dict[str, list[Undeclared]] = {}
    for stranger in document["strangers"]:
        found = Undeclared(stranger["kind"], stranger["account"], stranger["count"], tuple(stranger["names"]))
        strangers.setdefault(found.kind, []).append(found)
    worlds = {
        (held["kind"], held["account"]): _world(held, tuple(strangers.pop(held["kind"], ())))
        for held in document["worlds"]
    }
    for key, name in _asked(declaration):
        if key not in worlds:
            worlds[key] = World(unknown=f"the observation says nothing about {name}")
    return Observation(worlds, document["accounts"], 0, at=document["at"], source=OBSERVATION)


def _asked(declaration: Declaration) -> Iterator[tuple[tuple[str, str], str]]:
    """(kind, account id) of all that a provider would be asked for, with the account's name."""
    names = {account.service_id: name for name, account in declaration.notify_accounts.items()}
    for desired in resources(declaration):
        if KINDS[desired.resource.kind].asked is not None and desired.attributes:
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
        "archived": {id_: world.archived[id_] for id_ in sorted(world.archived)},
        "others": {
            "count": told.extent.others if told.extent else 0,
            "marks": sorted(told.extent.marks) if told.extent else [],
        },
    }


def _told(kind: str, account: str, world: World, declaration: Declaration) -> World:
    """A world of declared objects, and the extent of the rest; keys and subscribers are read only where declared."""
    asked = KINDS[kind].asked
    if asked is None or asked.ours is None:
        return world
    ours = asked.ours(declaration, account)
    told = tuple(held for held in world.objects if ours.is_ours or ours.hold(held))
    others = [held for held in world.objects if not (ours.is_ours or ours.hold(held))]
    marks = frozenset(mark(held.name) for held in others if KINDS[kind].recorded)
    absent = frozenset() if world.unknown else ours.ids - {held.id for held in world.objects}
    return replace(world, objects=told, extent=Extent(absent, len(others), marks))


def _object_as_json(held: Observed) -> dict[str, Any]:
    return {
        "id": held.id,
        "name": held.name,
        "attributes": dict(held.attributes),
        "created": held.created,
        "link": held.link,
        "size": held.size,
    }


def _world(told: Mapping[str, Any], strangers: tuple[Undeclared, ...]) -> World:
    extent = Extent(frozenset(told["absent"]), told["others"]["count"], frozenset(told["others"]["marks"]))
    objects = tuple(Observed(**held) for held in told["objects"])
    extras = (told["unknown"], told["partly"], told["room"], extent)
    return World(objects, *extras, strangers=strangers, archived=told.get("archived", {}))
