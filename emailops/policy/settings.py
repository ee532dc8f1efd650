"""Rules about the settings that consumers read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from keyword import iskeyword
from typing import Any
from weakref import WeakKeyDictionary

from emailops.declaration.ids import Differs, ids_in, laid_together
from emailops.declaration.model import Consumer, Declaration, GeneratedFile, Setting
from emailops.declaration.sources import Absent, NotYet, resolve
from emailops.declaration.values import Table
from emailops.policy.problem import Problem
from emailops.resource import PRODUCTION, Place


def setting_unresolved(declaration: Declaration) -> Iterator[Problem]:
    """Every setting has a value at every stage whose file holds it.

    A consumer that finds a name missing fails when the mail is due, not when it is deployed.
    """
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stage, absence in _missing(declaration, consumer, file, setting):
                if absence.empty is None and not isinstance(absence, NotYet):
                    message = f"{setting.name} of {consumer.name} has no value in {stage}: {absence.why}"
                    remedy = "declare it for that stage, or give the file stages: without it"
                    yield Problem(f"consumer/{consumer.name}", setting.place, message, remedy)


def setting_differs(declaration: Declaration) -> Iterator[Problem]:
    """A file that every stage reads holds values that every stage has in common.

    One file cannot hold two values; the first stage's would silently be everyone's, production's included.
    """
    for consumer in declaration.consumers.values():
        for file in consumer.files:
            for setting, values in _read_together(declaration, consumer, file):
                first, *others = values
                distinct = [stage for stage in others if not _may_share(values[first], values[stage])]
                if distinct:
                    message = f"{setting.name} of {consumer.name} differs between {first} and {', '.join(distinct)}"
                    yield Problem(f"consumer/{consumer.name}", setting.place, message, _apart(file))


def setting_crosses_production(declaration: Declaration) -> Iterator[Problem]:
    """No file that several stages read holds the id of an audience that serves production.

    A production id that is not even there cannot be mistaken for a test one.
    """
    serving = {str(audience.resource) for audience in declaration.audiences() if PRODUCTION in audience.stages}
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stages in file.readers(setting):
                if (file.is_staged and len(stages) < 2) or set(stages) <= {PRODUCTION}:
                    continue
                values, _ = _by_stage(declaration, consumer, setting, stages)
                if serving & {resource for value in values.values() for resource in ids_in(value)}:
                    message = f"{setting.name} of {consumer.name} puts a production id before every stage that reads"
                    yield Problem(f"consumer/{consumer.name}", setting.place, f"{message} {file.path}", _apart(file))


def setting_name(declaration: Declaration) -> Iterator[Problem]:
    """A setting has a name that its reader can have.

    A name that Python cannot have would break the import of every other setting in the file.
    """
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            names = (setting.name, setting.class_name or setting.name)
            is_python = file.format in ("flask", "python")
            if is_python and not all(name.isidentifier() and not iskeyword(name) for name in names):
                message = f"{consumer.name} cannot read {setting.name!r} from Python"
                yield Problem(f"consumer/{consumer.name}", setting.place, message, "use letters, digits and _")
            elif file.format == "json" and file.at is None and setting.name == "_emailops":
                message = "the key _emailops is emailops' own"
                yield Problem(f"consumer/{consumer.name}", setting.place, message, "give the setting another name")


def setting_twice(declaration: Declaration) -> Iterator[Problem]:
    """A consumer reads a setting from one place, or from two that agree.

    Where two files disagree, the order of loading decides, and nobody remembers it. Two files of YAML may each hold a
    part of one mapping, as an environment's lies over what all share.
    """
    for consumer in declaration.consumers.values():
        first: dict[str, tuple[str, Any, Place]] = {}
        for file, setting in consumer.settings():
            format_, value, place = first.setdefault(setting.name, (file.format, setting.value, setting.place))
            merge = format_ == file.format == "yaml"
            if place != setting.place and not (_agree(value, setting.value) if merge else value == setting.value):
                message = f"{consumer.name} gets {setting.name} twice, from different sources"
                yield Problem(f"consumer/{consumer.name}", setting.place, message, "keep one of the two")


def _agree(first: Any, second: Any) -> bool:
    """Whether two sources, read one over the other, give no name two values."""
    tables = [source["table"] for source in (first, second) if isinstance(source, Table) and "table" in source]
    if len(tables) < len((first, second)) or not all(isinstance(table, Table) for table in tables):
        return bool(first == second)
    left, right = tables
    return all(_agree(left[name], right[name]) for name in left if name in right)


def _missing(
    declaration: Declaration, consumer: Consumer, file: GeneratedFile, setting: Setting
) -> Iterator[tuple[str, Absent]]:
    """The stages of each file in which nothing gives the setting a value."""
    for stages in file.readers(setting):
        values, absences = _by_stage(declaration, consumer, setting, stages)
        if not values:
            yield from absences.items()


def _read_together(
    declaration: Declaration, consumer: Consumer, file: GeneratedFile
) -> Iterator[tuple[Setting, dict[str, Any]]]:
    """Each setting that several stages read in one file, with its values by stage."""
    for stages in file.paths.values():
        of_name: dict[tuple[str, str], tuple[Setting, dict[str, Any]]] = {}
        for setting in file.settings if len(stages) > 1 else ():
            reading = tuple(stage for stage in stages if stage in setting.stages)
            values, _ = _by_stage(declaration, consumer, setting, reading)
            of_name.setdefault((setting.class_name, setting.name), (setting, {}))[1].update(values)
        yield from (read for read in of_name.values() if len(read[1]) > 1)


def _may_share(value: Any, other: Any) -> bool:
    try:
        laid_together(value, other)
    except Differs:
        return False
    return True


def _apart(file: GeneratedFile) -> str:
    if file.is_staged:
        return "give the stages names of their own in stage_names, which makes it one file a stage"
    return "write {stage} into the file's path, which makes it one file a stage, or into the name of the setting"


_Found = tuple[dict[str, Any], dict[str, Absent]]
"""The values of some stages, and why others have none."""
_MOST_KEPT = 1_000
_KEPT: WeakKeyDictionary[Declaration, dict[tuple[int, Sequence[str]], _Found]] = WeakKeyDictionary()
"""Several rules look at the same values. Of a large state only the first are kept: they are all in memory at once."""


def _by_stage(declaration: Declaration, consumer: Consumer, setting: Setting, stages: Sequence[str]) -> _Found:
    kept = _KEPT.setdefault(declaration, {})
    found = kept.get((id(setting), stages)) or _resolved(declaration, consumer, setting, stages)
    if len(kept) < _MOST_KEPT:
        kept[id(setting), stages] = found
    return found


def _resolved(declaration: Declaration, consumer: Consumer, setting: Setting, stages: Sequence[str]) -> _Found:
    values: dict[str, Any] = {}
    absences: dict[str, Absent] = {}
    for stage in stages:
        try:
            values[stage] = resolve(declaration, consumer, setting, stage).value
        except Absent as absence:
            # Its frames would keep the declaration for ever.
            absences[stage] = absence.with_traceback(None)
    return values, absences
