"""How the notes of both ledgers are written: ids a line each, intents, results, audit lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from emailops.declaration.values import Table
from emailops.errors import InvalidInput
from emailops.store.yaml import parse

HEADER = "# Ids that the providers gave, a line each. Written by emailops only.\n"


@dataclass(frozen=True, slots=True)
class Intent:
    """A create that is about to be sent. `clock` is the provider's own time just before, `nonce` names the run."""

    resource: str
    scope: str
    name: str
    clock: datetime
    nonce: str


def ids_as_text(ids: Mapping[str, str]) -> bytes:
    """The content of a file of recorded/: sorted, an id a line, quoted."""
    names = sorted(ids)
    content = (HEADER + "".join(map(_id_line, names, map(ids.__getitem__, names)))).encode()
    _keep(content, dict(ids))
    return content


def ids_from(where: str, content: bytes) -> Mapping[str, str]:
    """The ids of one scope. Raises InvalidInput, so that a damaged file is never written over."""
    known = _READ.get(content)
    if known is None:
        known = _parsed(where, content)
        _keep(content, known)
    return known


_READ: dict[bytes, Mapping[str, str]] = {}
"""The newest files of ids by their content: a run of many creates reads again what it wrote, after each of them."""
_MOST_READ = 8


def _keep(content: bytes, ids: Mapping[str, str]) -> None:
    _READ[content] = ids
    if len(_READ) > _MOST_READ:
        del _READ[next(iter(_READ))]


@lru_cache(maxsize=100_000)
def _id_line(resource: str, id_: str) -> str:
    return f"{resource}: {json.dumps(id_)}\n"


def _parsed(where: str, content: bytes) -> dict[str, str]:
    table, findings = parse(where, content)
    if findings or not isinstance(table, Table):
        raise InvalidInput(f"{where} is not a list of ids", "emailops validate says where")
    return {resource: id_ for resource, id_ in table.items() if isinstance(id_, str)}


def intents_as_json(intents: Iterable[Intent]) -> dict[str, Any]:
    """What intents.json holds."""
    rows = {
        intent.resource: {
            "scope": intent.scope,
            "name": intent.name,
            "clock": intent.clock.isoformat(),
            "nonce": intent.nonce,
        }
        for intent in intents
    }
    return {"format": 1, "intents": rows}


def intents_from(where: str, noted: Mapping[str, Any] | None) -> dict[str, Intent]:
    """Raises InvalidInput for what is damaged: a lost intent could double an audience."""
    try:
        return {
            resource: Intent(resource, row["scope"], row["name"], datetime.fromisoformat(row["clock"]), row["nonce"])
            for resource, row in (noted or {"intents": {}})["intents"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"{where} is damaged", "restore it from its history before anything is applied") from error


def noted(where: str, content: bytes | None, what: str, remedy: str) -> dict[str, Any] | None:
    """A document of format 1, None where there is none. Raises InvalidInput for anything else."""
    if content is None:
        return None
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != 1:
        raise InvalidInput(f"{where} is not {what}", remedy)
    return document


def as_text(document: Mapping[str, Any], *, for_people: bool = True) -> str:
    """A JSON document as its file holds it; on one line where nobody but us reads it, which is many times faster."""
    if not for_people:
        return json.dumps(document, sort_keys=True, ensure_ascii=False) + "\n"
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_line(entry: Mapping[str, Any]) -> str:
    """An audit line as its file holds it."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n"


def lines_from(content: bytes) -> list[dict[str, Any]]:
    """Audit lines, oldest first; half a line that a dying disk left is passed over."""
    found = []
    for line in content.splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def of_a_dead_run(left: Mapping[str, Any]) -> dict[str, Any]:
    """The audit line of a run that never ended, from what it left."""
    kept = {name: left.get(name, "") for name in ("at", "who", "nonce")}
    return {**kept, "ended": "died, or its lease was broken", "results": left.get("results", [])}
