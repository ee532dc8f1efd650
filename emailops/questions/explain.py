"""Where values come from: each effective value with the file and line of the layer that set it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from emailops.declaration.ids import pending, with_ids
from emailops.declaration.model import Consumer, Declaration, GeneratedFile, Setting
from emailops.declaration.moved import attestations, moved_ids
from emailops.declaration.names import near, require
from emailops.declaration.places import leaves, nearest, recorded_at
from emailops.declaration.sources import Absent, resolve, uses
from emailops.errors import NotDeclared
from emailops.kinds import entry, resources
from emailops.kinds.attested import Standing, standing
from emailops.resource import Desired, Place


@dataclass(frozen=True, slots=True)
class Value:
    """One effective value, and where the layer that set it stands; `name` is empty for a value without parts."""

    name: str
    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class ExplainedResource:
    """A resource: what is declared, the id that is recorded, and what is attested where its kind has such fields."""

    desired: Desired
    values: tuple[Value, ...]
    recorded: Value | None
    attested: Standing | None


@dataclass(frozen=True, slots=True)
class ExplainedSetting:
    """A setting of one consumer in stages where it is the same.

    `sources` say where the values come from, `pending` which ids are to come, `absent` why there is no value.
    """

    consumer: str
    setting: str
    class_name: str
    stages: tuple[str, ...]
    files: tuple[str, ...]
    sources: tuple[Value, ...]
    values: tuple[Value, ...] = ()
    pending: tuple[str, ...] = ()
    absent: str = ""


def resource(declaration: Declaration, name: str, today: date) -> ExplainedResource:
    """Explain a declared resource. Raises NotDeclared for one that is not declared."""
    known = {str(desired.resource): desired for desired in resources(declaration)}
    require("resource", name, known)
    desired = known[name]
    at = recorded_at(declaration, desired.resource)
    found = attestations(declaration).get(name)
    return ExplainedResource(
        desired,
        tuple(Value(".".join(path), value, place) for path, value, place in entry(declaration, desired)),
        Value("id", moved_ids(declaration)[name], at) if at else None,
        standing(desired, found, declaration.policy.attestation_days, today) if desired.attested is not None else None,
    )


def setting(
    declaration: Declaration, name: str, *, stage: str | None = None, consumer: str | None = None
) -> tuple[ExplainedSetting, ...]:
    """Explain a setting for all that read it. Raises NotDeclared for what is not declared, or not read there."""
    everywhere = [(reader, file, read) for reader in declaration.consumers.values() for file, read in reader.settings()]
    _require_setting(declaration, name, [read.name for _, _, read in everywhere])
    if consumer is not None:
        require("consumer", consumer, declaration.consumers)
    if stage is not None:
        require("stage", stage, declaration.stages)
    found: list[ExplainedSetting] = []
    for reader, file, read in everywhere:
        if read.name == name and consumer in (None, reader.name):
            stages = [each for each in read.stages if each in declaration.stages and stage in (None, each)]
            found += _together([_explained(declaration, reader, file, read, each) for each in stages])
    if not found:
        asked = [f"by {consumer}"] * bool(consumer) + [f"in {stage}"] * bool(stage)
        raise NotDeclared(
            f"{name} is not read {' '.join(asked)}".rstrip(), f"emailops explain {name} shows who reads it"
        )
    return tuple(found)


def _require_setting(declaration: Declaration, name: str, settings: list[str]) -> None:
    """Raises NotDeclared, for a resource that is named without its kind with the whole name of it."""
    named = {str(each.resource): each.resource.name for each in resources(declaration)}
    whole = [resource for resource, own in named.items() if own == name]
    if name not in settings and whole:
        raise NotDeclared(f"there is no setting {name!r}", f"did you mean {' or '.join(whole)}?")
    require("resource or setting", name, settings if near(name, settings) else [*settings, *named])


def _explained(
    declaration: Declaration, consumer: Consumer, file: GeneratedFile, setting_: Setting, stage: str
) -> ExplainedSetting:
    """One setting in one stage."""
    explained = ExplainedSetting(
        consumer.name,
        setting_.name,
        setting_.class_name,
        (stage,),
        file.paths_at(stage),
        tuple(Value(".".join(use.path), str(use), use.place) for use in uses(setting_, stage)),
    )
    try:
        resolved = resolve(declaration, consumer, setting_, stage, with_places=True)
    except Absent as absence:
        return replace(explained, absent=absence.why)
    value = with_ids(resolved.value, moved_ids(declaration))
    values = tuple(
        Value(".".join(path), part, nearest(resolved.places, path, setting_.place)) for path, part in leaves(value)
    )
    return replace(explained, values=values, pending=tuple(dict.fromkeys(pending(value))))


def _together(by_stage: list[ExplainedSetting]) -> Iterator[ExplainedSetting]:
    """Stages in which everything but the file is the same, as one."""
    left = by_stage
    while left:
        first = replace(left[0], stages=(), files=())
        same = [explained for explained in left if replace(explained, stages=(), files=()) == first]
        left = [explained for explained in left if explained not in same]
        files = dict.fromkeys(file for explained in same for file in explained.files)
        yield replace(
            first, stages=tuple(stage for explained in same for stage in explained.stages), files=tuple(files)
        )
