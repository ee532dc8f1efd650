"""Plans by hand, and collaborators of an apply that remember what they were asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from emailops.errors import EmailopsError
from emailops.ledger.notes import Intent
from emailops.plan import Action, Base, Change, Difference, Plan, Reason
from emailops.resource import Control, Observed, Resource

FIELDS = (Difference("name", "Old", "New"),)


def audience(name: str) -> Resource:
    return Resource("mailchimp-audience", name)


def change(
    name: str,
    action: Action = Action.create,
    *,
    control: Control = Control.managed,
    requires: tuple[str, ...] = (),
    id: str | None = None,
    fields: tuple[Difference, ...] = FIELDS,
) -> Change:
    return Change(
        audience(name),
        "production",
        action,
        control,
        Reason.missing,
        fields,
        id=id,
        requires=tuple(map(audience, requires)),
        fingerprint=f"of {name}",
    )


def plan(*changes: Change, **more: Any) -> Plan:
    whole: dict[str, Any] = {
        "service": "Permits",
        "tool": "0.1.0",
        "made": "2026-11-24T06:00:00Z",
        "scopes": ("development", "production", "shared"),
        "only": None,
        "base": Base("snapshot", "2026-11-23 06:00 UTC"),
        "observed_at": "2026-11-24T06:00:00Z",
        "accounts": {"notify": {}},
        "configuration": "0" * 64,
        "changes": changes,
        "declared": (),
        "counts": {},
        "undeclared": (),
        "requests": 4,
    }
    return Plan(**{**whole, **more})


class Writer:
    """Gives ids in order; `fails` maps an audience's name or id to what is raised for it."""

    def __init__(self, fails: Mapping[str, EmailopsError] | None = None) -> None:
        self.fails = fails or {}
        self.asked: list[tuple[str, str]] = []
        self.clock: datetime | None = datetime(2026, 11, 24, 6, tzinfo=UTC)
        self.request_ids: list[str] = []

    def audiences_named(self, _: str) -> tuple[Observed, ...]:
        return ()

    def create_audience(self, attributes: Mapping[str, Any]) -> str:
        self._ask("create", attributes.get("name", ""))
        return f"{len(self.asked):010x}"

    def update_audience(self, id_: str, attributes: Mapping[str, Any]) -> None:
        self._ask("update", id_)

    def subscribe(self, audience_id: str, address: Any) -> None:
        self._ask("subscribe", audience_id)

    def _ask(self, what: str, which: str) -> None:
        self.asked.append((what, which))
        if which in self.fails:
            raise self.fails[which]


class Ledger:
    """Ids in memory; `fails` is raised by every record."""

    def __init__(self, fails: EmailopsError | None = None) -> None:
        self.ids: dict[str, tuple[str, str]] = {}
        self.forgotten: list[str] = []
        self.begun: list[str] = []
        self.results: list[dict[str, Any]] = []
        self.age = 0.0
        self._fails = fails

    def record(self, scope: str, resource: str, id_: str, *, instead_of: Collection[str] = ()) -> None:
        if self._fails:
            raise self._fails
        self.ids[resource] = (scope, id_)
        self.forgotten += instead_of

    def intend(self, intent: Intent) -> None:
        self.begun.append(intent.resource)

    def withdraw(self, intent: Intent) -> None:
        self.begun.remove(intent.resource)

    def note(self, result: Mapping[str, Any]) -> None:
        self.results.append(dict(result))

    def forget(self, resource: str) -> None:
        self.forgotten.append(resource)

    def snapshot(self) -> dict[str, Any] | None:
        return None

    def save_snapshot(self, snapshot: dict[str, Any]) -> None:
        raise AssertionError("a run of changes keeps no settings")

    @contextmanager
    def lease(self, who: str) -> Iterator[None]:
        yield
