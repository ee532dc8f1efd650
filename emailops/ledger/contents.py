"""What a ledger holds, file by file, and each thing that is noted as a function from files to edits.

    recorded/SCOPE.yaml   ids that providers gave, a line each
    intents.json          creates that were begun and not settled
    results.json          what the run that holds the lease has done so far
    lease.json            who holds the lease, on a branch; with files it is a lock instead
    settings.json         what the last converged apply left
    observation.json      what the last drift saw
    log/YYYY-MM.jsonl     an audit line a run

An edit gives a path its new content, or None to remove it. Where the files are written one after another, they are
written in the order of the edits, so that a process may die between any two: an id is noted before anything that it
replaces goes, and an intent goes last. An intent whose resource has an id is settled, even while it is still there.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from emailops.ledger import notes
from emailops.ledger.notes import Intent

INTENTS, LEASE, RESULTS = "intents.json", "lease.json", "results.json"
SNAPSHOT, OBSERVATION = "settings.json", "observation.json"

Edits = dict[str, bytes | None]


class Files(Mapping[str, bytes]):
    """Files by path."""

    @abstractmethod
    def where(self, path: str) -> str:
        """Where a file stands, for people."""


def ids(files: Files) -> dict[str, Mapping[str, str]]:
    """The recorded ids by resource, a table a scope. Raises InvalidInput, so that no damaged file is written over."""
    return {
        path.removeprefix("recorded/").removesuffix(".yaml"): notes.ids_from(files.where(path), files[path])
        for path in files
        if path.startswith("recorded/") and path.endswith(".yaml")
    }


def every_id(files: Files) -> dict[str, str]:
    """The recorded ids of all scopes together."""
    found: dict[str, str] = {}
    for table in ids(files).values():
        found.update(table)
    return found


def with_id(files: Files, scope: str, resource: str, id_: str, instead_of: Collection[str] = ()) -> Edits:
    """`resource` has this id in `scope`; neither it nor its old names stand elsewhere, and its intent is settled."""
    tables = ids(files)
    edits = _tables({scope: {**_without(tables.pop(scope, {}), instead_of), resource: id_}})
    return {**edits, **_without_names(tables, {resource, *instead_of}), **without_intent(files, resource)}


def without_id(files: Files, resource: str) -> Edits:
    """No scope has an id of `resource`. Were its intent still there, it would count again: so it goes first."""
    is_settled = resource in _begun(files) and resource not in intents(files)
    edits = without_intent(files, resource) if is_settled else {}
    return {**edits, **_without_names(ids(files), {resource})}


def intents(files: Files) -> dict[str, Intent]:
    """The creates that were begun and not settled, by resource."""
    settled = every_id(files)
    return {resource: intent for resource, intent in _begun(files).items() if resource not in settled}


def with_intent(files: Files, intent: Intent) -> Edits:
    """`intent` takes the place of an older one of its resource."""
    return _intents({**intents(files), intent.resource: intent})


def without_intent(files: Files, resource: str) -> Edits:
    """The create of `resource` is settled."""
    begun = intents(files)
    kept = {name: intent for name, intent in begun.items() if name != resource}
    return {} if kept == _begun(files) else _intents(kept)


def document(files: Files, path: str, what: str, remedy: str) -> dict[str, Any] | None:
    """What a JSON file of the ledger holds, None where there is none. Raises InvalidInput for what is damaged."""
    return notes.noted(files.where(path), files.get(path), what, remedy)


def with_document(path: str, content: Mapping[str, Any], *, for_people: bool = True) -> Edits:
    """The whole JSON file, anew."""
    return {path: notes.as_text(content, for_people=for_people).encode()}


def log(files: Files) -> Sequence[Mapping[str, Any]]:
    """The audit lines, newest first. A ledger in files once had all of them in one log.jsonl, which sorts first."""
    paths = sorted(path for path in files if path.endswith(".jsonl"))
    return [line for path in paths for line in notes.lines_from(files[path])][::-1]


def with_line(files: Files, line: Mapping[str, Any]) -> Edits:
    """One audit line more; those of a month stand in one file."""
    path = f"log/{str(line.get('at', ''))[:7] or 'undated'}.jsonl"
    return {path: files.get(path, b"") + notes.as_line(line).encode()}


def after_dead_run(files: Files) -> Edits:
    """The audit line of a run that was killed, unless it came to write its own; what it noted so far goes."""
    left = document(files, RESULTS, "a list of results", "remove it; it is of a run that died")
    if left is None:
        return {}
    is_told = any(line.get("nonce") == left.get("nonce") for line in log(files))
    return {**({} if is_told else with_line(files, notes.of_a_dead_run(left))), RESULTS: None}


def lease(files: Files) -> dict[str, Any]:
    """The lease that is held; empty when it is free. What cannot be read is held: only unlock ends it."""
    if LEASE not in files:
        return {}
    try:
        held = json.loads(files[LEASE])
    except ValueError:
        held = None
    of_nobody = {"nonce": "damaged", "who": "somebody unknown"}
    return {**of_nobody, **held} if isinstance(held, dict) and held.get("nonce") else of_nobody


def _begun(files: Files) -> dict[str, Intent]:
    remedy = "restore it from before, and only then apply"
    return notes.intents_from(files.where(INTENTS), document(files, INTENTS, "a list of intents", remedy))


def _intents(begun: Mapping[str, Intent]) -> Edits:
    return {INTENTS: notes.as_text(notes.intents_as_json(begun.values())).encode() if begun else None}


def _tables(tables: Mapping[str, Mapping[str, str]]) -> Edits:
    return {f"recorded/{scope}.yaml": notes.ids_as_text(table) for scope, table in tables.items()}


def _without_names(tables: Mapping[str, Mapping[str, str]], names: Collection[str]) -> Edits:
    return _tables(
        {scope: _without(table, names) for scope, table in tables.items() if not table.keys().isdisjoint(names)}
    )


def _without(table: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    kept = dict(table)
    for name in names:
        kept.pop(name, None)
    return kept
