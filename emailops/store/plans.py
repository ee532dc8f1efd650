"""Plan files: JSON by schemas/plan.schema.json, written whole, and read back with both digests worked out again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.plan import (
    Act,
    Action,
    Base,
    Change,
    Control,
    DeclaredChange,
    Difference,
    Ignored,
    Instruction,
    Origin,
    Plan,
    Reason,
    Resource,
    Sort,
    Step,
    Taken,
    Undeclared,
    When,
    declared_as_json,
    fields_as_json,
    ignored_as_json,
)
from emailops.store import schema

FORMAT = 1
_REMEDY = "make one with emailops plan --out FILE"


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as published. Steps stand apart from the changes they belong to."""
    return {
        "format": FORMAT,
        "tool": plan.tool,
        "service": plan.service,
        "made": plan.made,
        "review_only": plan.review_only,
        "scopes": list(plan.scopes),
        "only": plan.only,
        "base": {"kind": plan.base.kind, "ref": plan.base.ref},
        "observed": {"from": plan.observed_from, "at": plan.observed_at},
        "configuration": plan.configuration,
        "accounts": dict(plan.accounts),
        "changes": [_change(one) for one in plan.changes],
        "declared": [_declared(change) for change in plan.declared],
        "steps": [_step(one.resource, one.step) for one in plan.changes if one.step],
        "taken": [{"resource": str(one.resource), "by": one.by, "on": one.on} for one in plan.taken],
        "counts": dict(plan.counts),
        "undeclared": [
            {"kind": one.kind, "account": one.account, "count": one.count, "names": list(one.names)}
            for one in plan.undeclared
        ],
        "ignored": [ignored_as_json(one) for one in plan.ignored],
        "unknown": list(plan.unknown),
        "requests": plan.requests,
        "change": plan.change,
        "digest": plan.digest,
    }


def read(path: Path) -> Plan:
    """The plan in a file. Raises InvalidInput for one that is no plan, or says another thing than its digests."""
    try:
        document = json.loads(path.read_bytes(), parse_float=_no_float, parse_constant=_no_float)
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {(error.strerror or 'failed').lower()}", "name a plan file"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is not the JSON of a plan", _REMEDY) from error
    if isinstance(document, dict) and document.get("format") not in (None, FORMAT):
        raise InvalidInput(f"{path} is a plan of format {document['format']!r}", "make it anew with this version")
    try:
        wrong = schema.check_plain("plan", document)
    except RecursionError:
        wrong = "nested too deeply"
    if wrong:
        raise InvalidInput(f"{path} is not a plan: {wrong[:200]}", _REMEDY)
    try:
        plan = _plan(document)
        now = {"change": plan.change, "digest": plan.digest}
    except (KeyError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is not a plan: it holds what no plan holds", _REMEDY) from error
    for name, digest in now.items():
        if document[name] != digest:
            raise InvalidInput(f"{path} has been edited: its {name} does not fit what it says", "make it anew")
    if document["review_only"] != plan.review_only:
        raise InvalidInput(f"{path} has been edited: its review_only does not fit what it says", "make it anew")
    return plan


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is no integer")


def _change(change: Change) -> dict[str, Any]:
    return {
        "resource": str(change.resource),
        "scope": change.scope,
        "action": change.action.name,
        "control": change.control.name,
        "reason": change.reason.name,
        "fields": fields_as_json(change.fields),
        "id": change.id,
        "requires": [str(one) for one in change.requires],
        "fingerprint": change.fingerprint,
        "notes": list(change.notes),
        "origin": change.origin.name,
    }


def _declared(change: DeclaredChange) -> dict[str, Any]:
    return {**declared_as_json(change), "reaches_production": change.reaches_production, "unsafe": change.unsafe}


def _step(resource: Resource, step: Step) -> dict[str, Any]:
    return {
        "resource": str(resource),
        "when": step.when,
        "why": step.why,
        "open": step.open,
        "enter": [{"act": each.act.name, "value": each.value, "note": each.note} for each in step.enter],
        "then": step.then,
        "ways": [{"outcome": outcome, "act": act} for outcome, act in step.ways],
    }


def _plan(document: dict[str, Any]) -> Plan:
    steps = iter(document["steps"])
    return Plan(
        service=document["service"],
        tool=document["tool"],
        made=document["made"],
        scopes=tuple(document["scopes"]),
        only=document["only"],
        base=Base(**document["base"]),
        observed_from=document["observed"]["from"],
        observed_at=document["observed"]["at"],
        accounts=document["accounts"],
        configuration=document["configuration"],
        changes=tuple(_read_change(one, steps) for one in document["changes"]),
        declared=tuple(DeclaredChange(**{**row, "sort": Sort[row["sort"]]}) for row in document["declared"]),
        taken=tuple(Taken(Resource.parse(one["resource"]), one["by"], one["on"]) for one in document["taken"]),
        counts=document["counts"],
        undeclared=tuple(
            Undeclared(one["kind"], one["account"], one["count"], tuple(one["names"])) for one in document["undeclared"]
        ),
        unknown=tuple(document["unknown"]),
        ignored=tuple(
            Ignored(
                Resource.parse(one["resource"]),
                Difference(one["name"], one["before"], one["after"]),
                one["why"],
                one["until"],
            )
            for one in document["ignored"]
        ),
        requests=document["requests"],
    )


def _read_change(one: dict[str, Any], steps: Iterator[dict[str, Any]]) -> Change:
    """A change, and its step if it is for a person: steps stand in the order of their changes."""
    step = next(steps, None) if one["action"] == Action.person.name else None
    if one["action"] == Action.person.name and (step is None or step["resource"] != one["resource"]):
        raise ValueError(f"no step for {one['resource']}")
    return Change(
        resource=Resource.parse(one["resource"]),
        scope=one["scope"],
        action=Action[one["action"]],
        control=Control[one["control"]],
        reason=Reason[one["reason"]],
        fields=tuple(Difference(**field) for field in one["fields"]),
        id=one["id"],
        requires=tuple(Resource.parse(name) for name in one["requires"]),
        step=_read_step(step) if step else None,
        fingerprint=one["fingerprint"],
        notes=tuple(one["notes"]),
        origin=Origin[one["origin"]],
    )


def _read_step(step: dict[str, Any]) -> Step:
    enter = tuple(Instruction(row["value"], row["note"], Act[row["act"]]) for row in step["enter"])
    return Step(
        When(step["when"]),
        step["why"],
        step["open"],
        enter,
        step["then"],
        tuple((way["outcome"], way["act"]) for way in step["ways"]),
    )
