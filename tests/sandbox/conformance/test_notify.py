"""Notify's answers, fact by fact: the tables in `notify/`, each row asked of the sandbox over HTTP."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import requests

from emailops.sandbox import Sandbox
from tests.sandbox import accounts
from tests.sandbox.conftest import Clock

from .rows import ALLOWED, filled, holds, rows, sources

ROWS = rows()
NAMES = {
    **{name.replace("-", "_"): template for name, template in accounts.TEMPLATES.items()},
    **{name.lower(): value for name, value in vars(accounts).items() if isinstance(value, str) and name.isupper()},
}
BODIES = {
    "POST /v2/notifications/email": {"email_address": "$stranger", "template_id": "$plain"},
    "POST /v2/notifications/sms": {"phone_number": "07700 900460", "template_id": "$notice"},
    "POST /v2/notifications/letter": {
        "template_id": "$letter",
        "personalisation": {
            "address_line_1": "A. Applicant",
            "address_line_2": "1 High Street",
            "postcode": "SW1A 1AA",
        },
    },
}


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row['file']}: {row['fact']}") for row in ROWS])
def test_a_fact(sandbox: Sandbox, clock: Clock, row: dict[str, Any]) -> None:
    names = {**NAMES, "here": sandbox.notify_url}
    for step in row.get("given", ()):
        clock.advance(step.get("advance", 0))
        if "send" in step:
            key = step.get("key", row.get("key", "live"))
            for _ in range(step.get("times", 1)):
                sent = ask(sandbox, {"request": f"POST /v2/notifications/{step['send']}", **step, "key": key}, names)
            names["sent"] = sent.json().get("id", "")
            names["bare"] = names["sent"].replace("-", "")
    answer = ask(sandbox, row, names)
    status, _, error = str(row["is"]).partition(" ")
    assert answer.status_code == int(status), answer.text
    if error:
        says = row["says"] if isinstance(row["says"], list) else [row["says"]]
        errors = [{"error": error, "message": message} for message in filled(says, names)]
        assert answer.json() == {"status_code": int(status), "errors": errors}
    assert answer.headers["Content-Type"] == row.get("content_type", "application/json")
    if "holds" in row:
        assert holds(filled(row["holds"], names), answer.json()), answer.text


def ask(sandbox: Sandbox, row: dict[str, Any], names: dict[str, str]) -> requests.Response:
    method, path = filled(row["request"], names).split(" ", 1)
    body = filled(row.get("body", body_of(row)), names)
    return requests.request(
        method,
        f"{sandbox.notify_url}{path}",
        headers={**authorization(row, names), **row.get("headers", {})},
        timeout=60,
        **({"data": body.encode()} if isinstance(body, str) else {"json": body}),
    )


def body_of(row: dict[str, Any]) -> dict[str, Any] | None:
    body = {**BODIES.get(row["request"], {}), **row.get("with", {})}
    return {name: value for name, value in body.items() if name not in row.get("without", ())} or None


def authorization(row: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    if "header" in row:
        return {} if row["header"] is None else {"Authorization": row["header"]}
    if "token" not in row:
        return accounts.bearer(row.get("key", "live"))
    token = {"iss": "$live_service", "iat": 0, "secret": "live", "algorithm": "HS256", **row["token"]}
    claims = {"iss": filled(token["iss"], names)}
    if token["iat"] is not None:
        claims["iat"] = token["iat"] if isinstance(token["iat"], str) else int(time.time()) + token["iat"]
    if "exp" in token:
        claims["exp"] = int(time.time()) + token["exp"]
    if token["iss"] is None:
        del claims["iss"]
    secret = accounts.SECRETS.get(token["secret"]) or filled(token["secret"], names)
    return {"Authorization": "Bearer " + accounts.token(claims, secret, token["algorithm"])}


def test_each_row_says_one_fact_and_where_it_stands() -> None:
    twice = [fact for fact, times in Counter((row["file"], row["fact"]) for row in ROWS).items() if times > 1]
    unknown = {name for row in ROWS for name in row if name not in {*ALLOWED, "file"}}
    known = sources()
    nowhere = [row["fact"] for row in ROWS if not row["line"]]
    assert (twice, unknown, nowhere) == ([], set(), [])
    assert {row["source"] for row in ROWS} == set(known)
