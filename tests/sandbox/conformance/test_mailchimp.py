"""The table of Mailchimp's answers: a row of mailchimp_*.yaml is one fact, and the line of the reference with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from emailops.sandbox import Sandbox

HERE = Path(__file__).parent
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
KEYS = {"own": "0123456789abcdef0123456789abcdef-us1", "full": "fedcba9876543210fedcba9876543210-us1"}
WITHOUT_TYPE = ("Member Exists", "Forgotten Email Not Subscribed", "Member In Compliance State")
TABLES = ("account", "audiences", "batches", "members", "tags", "campaigns", "sending")


def rows() -> list[dict[str, Any]]:
    return [row for table in TABLES for row in yaml.safe_load((HERE / f"mailchimp_{table}.yaml").read_text())["rows"]]


def accounts() -> Any:
    return yaml.safe_load((HERE / "mailchimp_accounts.yaml").read_text())


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(accounts(), clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.mark.parametrize("row", [pytest.param(row, id=row["fact"]) for row in rows()])
def test_mailchimp(row: dict[str, Any], running: Sandbox, session: requests.Session) -> None:
    running.reset()
    for step in row.get("after", []):
        assert asked(step, running, session).ok, step
    answer = asked(row, running, session)
    assert answer.status_code == row.get("status", 200), answer.text
    for name, value in row.get("headers", {}).items():
        assert answer.headers[name] == value
    if row.get("status", 200) >= 400:
        assert_problem(answer, row)
    elif row.get("status") == 204:
        assert answer.content == b""
    assert_holds(row.get("holds", {}), answer.json() if answer.content else {})


def test_a_row_is_one_fact_with_its_source() -> None:
    facts = [row["fact"] for row in rows()]
    assert len(facts) == len(set(facts)) >= 100
    assert all(re.match(r"([23457]\S*|Stand-ins|Second look)[,:;] ", row["source"] + " ") for row in rows())


def asked(row: dict[str, Any], sandbox: Sandbox, session: requests.Session) -> requests.Response:
    method, path = row["request"].split(" ")
    headers = dict(row.get("with", {}))
    return session.request(
        method,
        sandbox.mailchimp_url.rstrip("/") + path,
        json=row.get("body"),
        data=row["raw"].encode() if "raw" in row else None,
        headers=headers,
        auth=None if "Authorization" in headers else ("anyone", KEYS[row.get("key", "own")]),
        timeout=60,
    )


def assert_problem(answer: requests.Response, row: dict[str, Any]) -> None:
    """A document of Mailchimp's: its own status, an instance that is the request's id, and an absent type where real
    answers lack it.
    """
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert problem["status"] == answer.status_code
    assert problem["instance"] == answer.headers["X-Request-Id"]
    assert ("type" not in problem) == (row["title"] in WITHOUT_TYPE)
    assert (problem["title"], problem["detail"]) == (row["title"], row.get("detail", problem["detail"]))
    assert problem.get("errors") == row.get("errors")


def assert_holds(wanted: Any, found: Any) -> None:
    """Objects hold at least the fields that are wanted; all else is equal."""
    if isinstance(wanted, dict):
        assert wanted.keys() <= found.keys(), wanted.keys() - found.keys()
        for name, value in wanted.items():
            assert_holds(value, found[name])
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), found
        for part, item in zip(wanted, found, strict=True):
            assert_holds(part, item)
    else:
        assert found == wanted
