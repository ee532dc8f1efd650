"""What settings are compared with: a commit's state, the snapshot of the last converged apply, or the merge base.

Both sides are resolved with the same recorded ids, so that an id which an apply gives is no change of a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emailops.declaration.build import declare
from emailops.declaration.ids import IdOf, with_ids
from emailops.declaration.model import Declaration
from emailops.declaration.sources import every_setting
from emailops.errors import InvalidInput
from emailops.ledger import Ledger
from emailops.plan import Base, SettingChange
from emailops.store.git import merge_base, read_commit, resolve
from emailops.store.state import load

SettingKey = tuple[str, str, str]
"""Consumer, stage, setting."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The base and its settings with ids still open; None where there is no usable base.

    `attested` are the digests of its attestations by resource; None where the base is no commit.
    """

    base: Base
    values: Mapping[SettingKey, Any] | None
    attested: Mapping[str, str] | None = None


NO_BASE = Baseline(Base("unknown", "not asked for"), None)
_NOTHING_TO_COMPARE = Baseline(Base("none", "no consumer reads a setting"), None)


def find(state: Path, ledger: Ledger, ref: str | None) -> Baseline:
    """The base that a plan compares with. Raises InvalidInput when the one asked for cannot be read."""
    if ref is not None:
        commit = resolve(state, ref)
        return _of_commit(state, Base("commit", commit))
    snapshot = ledger.snapshot()
    if snapshot is not None:
        return Baseline(Base("snapshot", str(snapshot.get("made", ""))), _of_snapshot(snapshot))
    fork = merge_base(state)
    if fork is None:
        return Baseline(Base("unknown", "neither a snapshot nor a main branch to compare with"), None)
    try:
        return _of_commit(state, Base("merge-base", fork))
    except InvalidInput as error:
        return Baseline(Base("unknown", error.message), None)


def needed(base: Baseline, declaration: Declaration) -> Baseline:
    """The base; where nobody knows one and no consumer reads a setting, there is nothing to know."""
    return _NOTHING_TO_COMPARE if base.values is None and not table(declaration) else base


def table(declaration: Declaration) -> dict[SettingKey, Any]:
    """Every setting of every consumer and stage, ids still open."""
    return {
        (consumer.name, stage, setting.name): value for consumer, stage, _, setting, value in every_setting(declaration)
    }


def compare(
    before: Mapping[SettingKey, Any], after: Mapping[SettingKey, Any], ids: Mapping[str, str], moved: Mapping[str, str]
) -> list[SettingChange]:
    """The settings that differ once the same ids are put into both sides."""
    old_names = {old: ids[new] for old, new in moved.items() if new in ids}
    changes = []
    for key in before.keys() | after.keys():
        was = with_ids(before[key], {**ids, **old_names}) if key in before else None
        is_ = with_ids(after[key], ids) if key in after else None
        if was != is_:
            changes.append(SettingChange(*key, was, is_))
    return changes


def snapshot_of(
    values: Mapping[SettingKey, Any], made: str, applied: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Any]:
    """The settings as the ledger keeps them, with what was last as declared."""
    rows = [
        {"consumer": consumer, "stage": stage, "setting": setting, "value": _closed(value)}
        for (consumer, stage, setting), value in sorted(values.items())
    ]
    return {"format": 1, "made": made, "settings": rows, "applied": applied or {}}


def _of_snapshot(snapshot: Mapping[str, Any]) -> dict[SettingKey, Any]:
    try:
        return {(row["consumer"], row["stage"], row["setting"]): _opened(row["value"]) for row in snapshot["settings"]}
    except (KeyError, TypeError) as error:
        raise InvalidInput("the settings snapshot is damaged", "--base REF compares with a commit") from error


def _of_commit(state: Path, base: Base) -> Baseline:
    loaded = load(read_commit(state, base.ref))
    if not loaded.root:
        raise InvalidInput(f"there is no declared state in {base.ref}", "--base REF names a commit that has one")
    if not loaded.is_whole:
        wrong = loaded.findings[0]
        message = f"the state in {base.ref} cannot be read whole: {wrong.path}: {wrong.message}"
        raise InvalidInput(message, "--base REF names a commit whose state can be read")
    declaration = declare(loaded)
    attested = {name: attestation.digest for name, attestation in declaration.attestations.items()}
    return Baseline(base, table(declaration), attested)


def _closed(value: Any) -> Any:
    if isinstance(value, IdOf):
        return {"id of": value.resource}
    if isinstance(value, dict):
        return {key: _closed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_closed(inner) for inner in value]
    return value


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"id of"}:
            return IdOf(value["id of"])
        return {key: _opened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner) for inner in value]
    return value
