"""What the receiver of a Notify service's callbacks does: how long it keeps addresses, and what a failure sets off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emailops.dataclass import dataclass
from emailops.declaration.build import plain
from emailops.declaration.model import Declaration
from emailops.declaration.values import Table

KEEP_DAYS = 7
"""As long as Notify keeps them."""
FORGET_DAYS = 365
ALARM = 100
"""Percent that are never more: no alarm."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an API of the service's own. `url` and the texts of `body` hold placeholders, as {to} or {id}."""

    method: str
    url: str
    token: str
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class FailureAction:
    """What a permanent failure sets off: `change`, for whom `lookup` finds.

    `item` is the way to what was found, as users.0; `matches` the field that has to be the address, letter by letter;
    `only` what has to stand in it. `lookup` is None for a webhook, which is called for every one.
    """

    lookup: Call | None
    item: str
    matches: str
    only: Mapping[str, Any]
    change: Call


@dataclass(frozen=True, slots=True)
class ReceiverPlan:
    """`keep` of addresses and `forget` of whole receipts, in days; `alarm` in percent of an hour's receipts.

    No mail to one of `aside` sets anything off.
    """

    keep: int
    forget: int
    alarm: int
    action: FailureAction | None
    aside: frozenset[str]


def receiver_plan(declaration: Declaration, account: str) -> ReceiverPlan:
    """What is declared beside the callback of a service. Where its stages redirect to is nobody who could be gone."""
    service = declaration.services.get(account)
    callback = service.source.table("callback") if service else Table(declaration.root.place)
    targets = {
        target
        for stage in declaration.stages.values()
        for target in (stage.redirect_to, stage.redirect_number)
        if stage.account == account and target
    }
    return ReceiverPlan(
        keep=_whole(callback.get("keep"), KEEP_DAYS),
        forget=_whole(callback.get("forget"), FORGET_DAYS),
        alarm=_whole(callback.get("alarm"), ALARM),
        action=_action(callback.table("permanent_failure")),
        aside=frozenset(target.lower() for target in targets),
    )


def _action(table: Table) -> FailureAction | None:
    if "change" not in table:
        return None
    lookup = table.table("lookup")
    return FailureAction(
        lookup=_call(lookup, "GET") if lookup else None,
        item=lookup.text("item"),
        matches=lookup.text("matches"),
        only=_as_json(plain(table.table("only"))),
        change=_call(table.table("change"), "POST"),
    )


def _call(table: Table, method: str) -> Call:
    body = _as_json(plain(table.table("body"))) if "body" in table else None
    return Call(table.text("method", method), table.text("url"), table.text("token"), body)


def _as_json(value: Any) -> Any:
    """Values of JSON from texts: true, false and whole numbers are what they look like."""
    if isinstance(value, dict):
        return {name: _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def _whole(value: Any, default: int) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else default
