"""What the ledger's branch holds, file by file, and each change of it as a function from files to files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emailops.ledger import notes
from emailops.ledger.notes import Intent

BRANCH = "emailops/ledger"
README = (
    "# emailops/ledger\n\nWhat emailops alone knows: recorded ids, intents, the lease, one line a run in log/.\n"
    "Only emailops writes here, and only fast-forward. Nobody merges this branch into another.\n"
)
INTENTS, LEASE, RESULTS = "intents.json", "lease.json", "results.json"
SETTINGS, OBSERVATION = "settings.json", "observation.json"

Files = dict[str, bytes]


def scopes(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    return {
        path.removeprefix("recorded/").removesuffix(".yaml"): notes.ids_from(path, content)
        for path, content in files.items()
        if path.startswith("recorded/") and path.endswith(".yaml")
    }


def as_files(scopes: Mapping[str, Mapping[str, str]]) -> Files:
    return {f"recorded/{scope}.yaml": notes.ids_as_text(ids).encode() for scope, ids in scopes.items()}


def id_of(files: Mapping[str, bytes], resource: str) -> str | None:
    return next((ids[resource] for ids in scopes(files).values() if resource in ids), None)


def intents(files: Mapping[str, bytes]) -> dict[str, Intent]:
    where = f"{INTENTS} on {BRANCH}"
    return notes.intents_from(where, notes.noted(where, files.get(INTENTS), "a list of intents", "restore the branch"))


def with_intents(files: Files, intents: Mapping[str, Intent]) -> Files:
    if not intents:
        return without(files, INTENTS)
    return {**files, INTENTS: notes.as_text(notes.intents_as_json(intents.values())).encode()}


def without_intent(files: Files, resource: str) -> Files:
    return with_intents(files, {name: one for name, one in intents(files).items() if name != resource})


def without(files: Files, *paths: str) -> Files:
    return {path: content for path, content in files.items() if path not in paths}


def with_line(files: Files, line: Mapping[str, Any]) -> Files:
    """The audit lines of a month stand in one file."""
    path = f"log/{str(line.get('at', ''))[:7] or 'undated'}.jsonl"
    return {**files, path: files.get(path, b"") + notes.as_line(line).encode()}


def lease(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The lease that is held; empty when it is free. What cannot be read is held: only unlock ends it."""
    if LEASE not in files:
        return {}
    try:
        held = json.loads(files[LEASE])
    except ValueError:
        held = None
    return held if isinstance(held, dict) and held.get("nonce") else {"nonce": "damaged", "who": "somebody unknown"}
