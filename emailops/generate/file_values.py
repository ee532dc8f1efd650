"""What the settings of one file are: one value for all stages that read it, without what still waits for an id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emailops.declaration.ids import Differs, IdOf, JsonText, OfFramework, laid_together, waits_for
from emailops.declaration.model import Consumer, Declaration, GeneratedFile, Setting
from emailops.declaration.sources import Absent, Resolved, resolve
from emailops.errors import InvalidInput
from emailops.generate.quotes import json_text
from emailops.resource import PRODUCTION

_WAITS = object()


@dataclass(slots=True)
class FileValues:
    """What a file holds; it is not complete while a value that is no mapping waits for an id."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    complete: bool = True

    def add(self, other: FileValues) -> None:
        """Take in what another file holds, but for its values."""
        self.inputs |= other.inputs
        self.pending |= other.pending
        self.complete = self.complete and other.complete


def values_of(
    declaration: Declaration,
    consumer: Consumer,
    file: GeneratedFile,
    stages: Sequence[str],
    ids: Mapping[str, str],
) -> FileValues:
    """The settings of a file that these stages read."""
    held = FileValues()
    resolved: dict[tuple[str, str], Any] = {}
    for setting in file.settings:
        reading = tuple(stage for stage in stages if stage in setting.stages)
        if stages and not reading:
            continue
        held.values.setdefault(setting.class_name, {})
        common = _common(declaration, consumer, setting, reading)
        if common is None:
            continue
        _refuse_productions_ids(declaration, ids, reading, setting, _known(common.value, ids, set()))
        held.inputs |= common.inputs
        of = setting.class_name, setting.name
        try:
            resolved[of] = laid_together(resolved[of], common.value) if of in resolved else common.value
        except Differs as differs:
            first = next(stage for other in file.settings if other.name == setting.name for stage in other.stages)
            raise _differs(consumer, setting, first, reading[0]) from differs
    for (class_name, name), value in resolved.items():
        known = _known(value, ids, held.pending)
        if known is _WAITS and not isinstance(value, dict):
            held.complete = False
        else:
            held.values[class_name][name] = {} if known is _WAITS else known
    return held


def _common(declaration: Declaration, consumer: Consumer, setting: Setting, stages: Sequence[str]) -> Resolved | None:
    """The value that all stages share which have one; None where none has."""
    found: dict[str, Resolved] = {}
    empty = None
    for stage in stages:
        try:
            found[stage] = resolve(declaration, consumer, setting, stage)
        except Absent as absence:
            empty = absence.empty
    if not found:
        # It is empty by what the stages do not declare, so that is where to look.
        silent = [declaration.stages[stage].source for stage in stages if stage in declaration.stages]
        return None if empty is None else Resolved(empty, set().union(*(source.layers() for source in silent)))
    first, *others = found
    for stage in others:
        if found[stage].value != found[first].value:
            raise _differs(consumer, setting, first, stage)
    return Resolved(found[first].value, set().union(*(resolved.inputs for resolved in found.values())))


def _differs(consumer: Consumer, setting: Setting, first: str, stage: str) -> InvalidInput:
    message = f"{setting.place}: {setting.name} of {consumer.name} differs between {first} and {stage}"
    return InvalidInput(message, "write {stage} into the file's path, which makes it one file a stage")


def _known(value: Any, ids: Mapping[str, str], pending: set[str]) -> Any:
    """The value with its ids; an entry whose id is pending is left out, and a mapping that it leaves empty too.

    Of a list, an item is left out that waits for an id anywhere in it: half a record is none. What follows from a
    framework is left out while no id of its audiences is there; a mapping then holds those that are.
    """
    if isinstance(value, OfFramework):
        pending |= waits_for(value, ids)
        there = [name in ids for name in value.audiences]
        is_known = any(there) if isinstance(value.value, dict) else all(there)
        return _known(value.value, ids, pending) if is_known else _WAITS
    if isinstance(value, IdOf):
        if value.resource not in ids:
            pending.add(value.resource)
        return ids.get(value.resource, _WAITS)
    if isinstance(value, JsonText):
        known = _known(value.value, ids, pending)
        if known is _WAITS and isinstance(value.value, dict):
            known = {}
        return known if known is _WAITS else json_text(known)
    if isinstance(value, dict):
        known = {key: _known(inner, ids, pending) for key, inner in value.items()}
        kept = {key: inner for key, inner in known.items() if inner is not _WAITS}
        return kept if kept or not known else _WAITS
    if isinstance(value, list):
        pending.update(*(waits_for(item, ids) for item in value))
        return [_known(item, ids, pending) for item in value if not waits_for(item, ids)]
    return value


def _refuse_productions_ids(
    declaration: Declaration, ids: Mapping[str, str], stages: Sequence[str], setting: Setting, value: Any
) -> None:
    """Whatever route, record or fixed text it comes by, no stage reads the id of a production audience not its own."""
    for audience in declaration.audiences():
        id_ = ids.get(str(audience.resource))
        others = [stage for stage in stages if stage not in audience.stages]
        if id_ is None or PRODUCTION not in audience.stages or not others:
            continue
        if any(id_ in text for text in _texts(value)):
            message = f"{setting.place}: {', '.join(others)} would read in {setting.name} the id of {audience.resource}"
            remedy = "write {stage} into the file's path, or give the file stages: [production]; "
            raise InvalidInput(f"{message}, which is production's", f"{remedy}or correct recorded/ or the fixed text")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
