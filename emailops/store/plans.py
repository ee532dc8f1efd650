"""Plan files: JSON by schemas/plan.schema.json, written whole, and read back with both digests worked out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.plan import (
    Act,
    Action,
    Base,
    Change,
    DeclaredChange,
    Difference,
    Ignored,
    Instruction,
    Origin,
    Plan,
    Reason,
    Sort,
    Step,
    Taken,
    Thing,
    Undeclared,
    When,
    declared_as_json,
    fields_as_json,
    ignored_as_json,
)
from emailops.resource import Control, Resource
from emailops.store.documents import DocumentSort

FORMAT = 1
SORT = DocumentSort("a plan", "plan", FORMAT, "emailops plan --out FILE writes one")


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
        "changes": [_change(change) for change in plan.changes],
        "declared": [_declared(change) for change in plan.declared],
        "steps": [_step(change.resource, change.step) for change in plan.changes if change.step],
        "taken": [{"resource": str(taken.resource), "by": taken.by, "on": taken.on} for taken in plan.taken],
        "counts": dict(plan.counts),
        "undeclared": [
            {
                "kind": undeclared.kind,
                "account": undeclared.account,
                "count": undeclared.count,
                "names": list(undeclared.names),
            }
            for undeclared in plan.undeclared
        ],
        "ignored": [ignored_as_json(ignored) for ignored in plan.ignored],
        "unknown": list(plan.unknown),
        "rotations": dict(plan.rotations),
        "requests": plan.requests,
        "change": plan.change,
        "digest": plan.digest,
    }


def read(path: Path) -> Plan:
    """The plan in a file. Raises InvalidInput for one that is no plan, or says another thing than its digests."""
    document = SORT.read(path)
    try:
        plan = _plan(document)
        now = {"change": plan.change, "digest": plan.digest}
    except (KeyError, ValueError, RecursionError) as error:
        raise SORT.refusal(path, "it holds what no plan holds") from error
    for name, digest in now.items():
        if document[name] != digest:
            raise InvalidInput(f"{path} has been edited: its {name} does not fit what it says", "make it anew")
    if document["review_only"] != plan.review_only:
        raise InvalidInput(f"{path} has been edited: its review_only does not fit what it says", "make it anew")
    return plan


def _change(change: Change) -> dict[str, Any]:
    return {
        "resource": str(change.resource),
        "scope": change.scope,
        "action": change.action.name,
        "control": change.control.name,
        "reason": change.reason.name,
        "fields": fields_as_json(change.fields),
        "id": change.id,
        "requires": [str(required) for required in change.requires],
        "fingerprint": change.fingerprint,
        "notes": list(change.notes),
        "origin": change.origin.name,
    }


def _declared(change: DeclaredChange) -> dict[str, Any]:
    return {
        **declared_as_json(change),
        "thing": change.thing.value,
        "reaches_production": change.reaches_production,
        "unsafe": change.unsafe,
        "path": change.path,
        "line": change.line,
    }


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
        changes=tuple(_read_change(change, steps) for change in document["changes"]),
        declared=tuple(
            DeclaredChange(**{**row, "sort": Sort[row["sort"]], "thing": Thing(row["thing"])})
            for row in document["declared"]
        ),
        taken=tuple(Taken(Resource.parse(taken["resource"]), taken["by"], taken["on"]) for taken in document["taken"]),
        counts=document["counts"],
        undeclared=tuple(
            Undeclared(undeclared["kind"], undeclared["account"], undeclared["count"], tuple(undeclared["names"]))
            for undeclared in document["undeclared"]
        ),
        unknown=tuple(document["unknown"]),
        ignored=tuple(
            Ignored(
                Resource.parse(ignored["resource"]),
                Difference(ignored["name"], ignored["before"], ignored["after"]),
                ignored["why"],
                ignored["until"],
            )
            for ignored in document["ignored"]
        ),
        requests=document["requests"],
        rotations=tuple(document.get("rotations", {}).items()),
    )


def _read_change(change: dict[str, Any], steps: Iterator[dict[str, Any]]) -> Change:
    """A change, and its step if it is for a person: steps stand in the order of their changes."""
    step = next(steps, None) if change["action"] == Action.person.name else None
    if change["action"] == Action.person.name and (step is None or step["resource"] != change["resource"]):
        raise ValueError(f"no step for {change['resource']}")
    return Change(
        resource=Resource.parse(change["resource"]),
        scope=change["scope"],
        action=Action[change["action"]],
        control=Control[change["control"]],
        reason=Reason[change["reason"]],
        fields=tuple(Difference(**field) for field in change["fields"]),
        id=change["id"],
        requires=tuple(Resource.parse(name) for name in change["requires"]),
        step=_read_step(step) if step else None,
        fingerprint=change["fingerprint"],
        notes=tuple(change["notes"]),
        origin=Origin[change["origin"]],
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
