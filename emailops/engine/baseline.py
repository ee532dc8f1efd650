"""What the declared is compared with: a commit's state, the snapshot of the last converged apply, or the merge base.

In this order: the commit that `--base` names; else what the last converged apply left in the ledger, since that is what
consumers and providers have; else, before there was an apply, the commit at which this branch left main. Without any of
them nothing is known to change, and nothing is known to be the same.

Both sides are resolved with the same recorded ids, so that an id which an apply gives is no change of a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from emailops.declaration.build import declare
from emailops.declaration.fact_places import place_of
from emailops.declaration.ids import IdOf, with_ids
from emailops.declaration.model import Declaration
from emailops.declaration.reviewed import DeclaredFact, Facts, facts, hosts, production_keys, reaches_production
from emailops.declaration.safeguards import unsafe
from emailops.errors import InvalidInput
from emailops.ledger import Ledger
from emailops.plan import Base, DeclaredChange, Sort, Thing
from emailops.resource import Place
from emailops.store.git import merge_base, read_commit, resolve
from emailops.store.plumbing import Git
from emailops.store.state import load


@dataclass(frozen=True, slots=True)
class Baseline:
    """The base and its facts with ids still open; None where there is no usable base.

    `declaration` is the base's whole state, and None where only its facts are known.
    """

    base: Base
    facts: Facts | None
    declaration: Declaration | None = None


NO_BASE = Baseline(Base("unknown", "not asked for"), None)
_NOTHING_TO_COMPARE = Baseline(Base("none", "no consumer reads a setting"), None)


def find(git: Git, ledger: Ledger, ref: str | None) -> Baseline:
    """The base that a plan compares with. Raises InvalidInput when the one asked for cannot be read."""
    if ref is not None:
        commit = resolve(git, ref)
        return _of_commit(git, Base("commit", commit))
    snapshot = ledger.snapshot()
    if snapshot is not None:
        return _of_snapshot(git, snapshot)
    fork = merge_base(git)
    if fork is None:
        return Baseline(Base("unknown", "there is no snapshot and no main branch to compare with"), None)
    try:
        return _of_commit(git, Base("merge-base", fork))
    except InvalidInput as error:
        return Baseline(Base("unknown", error.message), None)


def needed(base: Baseline, declaration: Declaration) -> Baseline:
    """The base; where nobody knows one and nobody reads anything, there is nothing to know."""
    return _NOTHING_TO_COMPARE if base.facts is None and not declaration.consumers else base


def compare(
    base: Baseline, declaration: Declaration, ids: Mapping[str, str], known_hosts: Collection[str], prefix: str = ""
) -> list[DeclaredChange]:
    """The facts that differ from the base once the same ids are put into both sides, in the order of their sorts.

    `known_hosts` are the hosts to which files may be delivered; empty, those that the base delivers to. `prefix` leads
    to the state.
    """
    if base.facts is None:
        return []
    before, after = base.facts, facts(declaration)
    old_names = {old: ids[new] for old, new in declaration.moved.items() if new in ids}
    delicate = production_keys(declaration) | (production_keys(base.declaration) if base.declaration else frozenset())
    trusted = frozenset(known_hosts) or hosts(before)
    things = set(map(_thing, before)), set(map(_thing, after))
    changes = []
    for fact in before.keys() | after.keys():
        was = with_ids(before[fact], {**ids, **old_names}) if fact in before else None
        is_ = with_ids(after[fact], ids) if fact in after else None
        if was != is_:
            why = unsafe(fact, was, is_, trusted, declaration.keys)
            # Whoever takes a safeguard away may not approve it alone, wherever it stood.
            reaches = bool(why) or reaches_production(fact, delicate)
            thing = _becomes(_thing(fact), *things)
            change = DeclaredChange(*fact, was, is_, thing, reaches_production=reaches, unsafe=why)
            changes.append(_placed(change, _place(base.declaration, declaration, fact, was, is_), prefix))
    return sorted(changes, key=_order(declaration))


def _thing(fact: DeclaredFact) -> DeclaredFact:
    """What a fact is about: its subject, whatever is said of it; a value that is read at a stage is itself."""
    is_itself = fact.sort in (Sort.setting, Sort.secret, Sort.use) or not fact.subject
    return fact if is_itself else fact._replace(stage="", name="")


def _becomes(thing: DeclaredFact, before: Collection[DeclaredFact], after: Collection[DeclaredFact]) -> Thing:
    return Thing.new if thing not in before else Thing.gone if thing not in after else Thing.edited


def _place(
    before: Declaration | None, declaration: Declaration, fact: DeclaredFact, was: Any, is_: Any
) -> Place | None:
    """The line that decides it; of what is gone the line that did, where the base's state is at hand."""
    stood = place_of(before, fact, None, was) if before is not None and is_ is None else None
    return stood or place_of(declaration, fact, was, is_)


def _placed(change: DeclaredChange, place: Place | None, prefix: str) -> DeclaredChange:
    if place is None:
        return change
    return replace(change, path=str(PurePosixPath(prefix) / place.path), line=place.line)


def snapshot_of(
    found: Facts, made: str, applied: Mapping[str, Mapping[str, str]] | None = None, *, commit: str = ""
) -> dict[str, Any]:
    """The facts as the ledger keeps them, with what was last as declared, and the commit where one holds them all."""
    rows = [
        {**fact._asdict(), "sort": fact.sort.name, "value": _closed(value)} for fact, value in sorted(found.items())
    ]
    return {"format": 1, "made": made, "commit": commit, "facts": rows, "applied": applied or {}}


def _of_snapshot(git: Git, snapshot: Mapping[str, Any]) -> Baseline:
    """The facts of the last converged apply, with its whole state where its commit is at hand."""
    base = Base("snapshot", str(snapshot.get("made", "")))
    if "facts" not in snapshot:
        return Baseline(Base("unknown", "the last apply was noted by an older version"), None)
    try:
        found = {
            DeclaredFact(Sort[row["sort"]], row["subject"], row["stage"], row["name"]): _opened(row["value"])
            for row in snapshot["facts"]
        }
    except (KeyError, TypeError) as error:
        raise InvalidInput("the settings snapshot is damaged", "--base REF compares with a commit") from error
    return Baseline(base, found, _state_of(git, str(snapshot.get("commit", ""))))


def _state_of(git: Git, commit: str) -> Declaration | None:
    """A commit's whole state; None where it is not at hand."""
    try:
        return _of_commit(git, Base("commit", commit)).declaration if commit else None
    except InvalidInput:
        return None


def _of_commit(git: Git, base: Base) -> Baseline:
    loaded = load(read_commit(git, base.ref))
    if not loaded.root:
        raise InvalidInput(f"there is no declared state in {base.ref}", "--base REF names a commit that has one")
    if not loaded.is_whole:
        wrong = loaded.findings[0]
        message = f"the state in {base.ref} cannot be read whole: {wrong.path}: {wrong.message}"
        raise InvalidInput(message, "--base REF names a commit whose state can be read")
    declaration = declare(loaded)
    return Baseline(base, facts(declaration), declaration)


def _order(declaration: Declaration) -> Callable[[DeclaredChange], tuple[int, str, int, str]]:
    sorts = {sort: number for number, sort in enumerate(Sort)}
    stages = {stage: number for number, stage in enumerate(declaration.stage_order)}
    return lambda change: (
        sorts[change.sort],
        change.subject,
        stages.get(change.stage, len(stages)),
        change.name,
    )


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
