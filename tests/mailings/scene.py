"""A state with mailings, the world that it declares, and runs of the command line in processes that can be killed."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.crash.scene import Scene, Zygote
from tests.crash.tripping import Tripping
from tests.playing import Play, impatient
from tests.world import STATES, accounts_for, declaration_of, environment_for

NEWS = """
  news:
    kind: notice
    stages: {development: anywhere, production: anywhere}
    source: file
    template: permit_granted
    placeholders: {name: "{name}"}
"""
TEMPLATE = {"development": "bbbbbbbb-0000-4000-8000-000000000001", "production": "aaaaaaaa-0000-4000-8000-000000000001"}
SETTLED = 121
"""Seconds by Notify's clock after which what is only an intent is certain."""
PATIENCE = 8


def declare(state: Path, mailings: str = NEWS, files: Mapping[str, str] | None = None) -> None:
    """The minimal state with these mailings."""
    root = state / "emailops.yaml"
    root.write_text(f"{root.read_text()}mailings:{mailings}")
    for path, text in (files or {}).items():
        (state / path).parent.mkdir(parents=True, exist_ok=True)
        (state / path).write_text(text)


def people(number: int, *, first: int = 1) -> list[str]:
    return [f"person.{each}@people.example" for each in range(first, first + number)]


def table(addresses: list[str]) -> str:
    """A CSV of them."""
    return "email address,name\n" + "".join(f"{address},Person {n}\n" for n, address in enumerate(addresses, 1))


def sent(sandbox: Any, account: int = 1) -> list[dict[str, Any]]:
    """Every message that a Notify service of the minimal state holds; 1 is the one of development."""
    service = sandbox.state()["notify"]["services"][account]["id"]
    return [held for held in sandbox.state()["messages"] if held["service"] == service]


def got(sandbox: Any, account: int = 1) -> Counter[str]:
    """How many messages each address got."""
    return Counter(held["recipient"] for held in sent(sandbox, account))


@contextmanager
def scene(folder: Path, zygote: Zygote, number: int, database: str | None = None) -> Iterator[Scene]:
    """The minimal state, a mailing, and a file of so many people."""
    here = folder / "here"
    here.mkdir(parents=True)
    shutil.copytree(STATES / "minimal", here / "state")
    declare(here / "state")
    (here / "people.csv").write_text(table(people(number)))
    declaration = declaration_of(here / "state")
    with Tripping(accounts_for(declaration)) as sandbox:
        keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
        environment = {**impatient(folder), **keys, **({"EMAILOPS_DATABASE": database} if database else {})}
        yield Scene(folder, "files", Play(here, sandbox, environment), sandbox, zygote)


MAIL = ("mail", "news", "--stage", "development", "--from", "people.csv", "--format", "json")


def finish(set_: Scene) -> dict[str, Any]:
    """What an operator does after anything: run it again, and wait when told to, until it is done."""
    for _ in range(PATIENCE):
        ran = set_.run(*MAIL, pid_file=set_.folder / "operator")
        assert ran.code in (0, 5, 6), (ran.code, ran.err)
        report: dict[str, Any] = json.loads(ran.out)
        if ran.code != 6:
            return report
        assert report["reason"] == "unsettled", report
        set_.sandbox.advance(SETTLED)
    raise AssertionError(f"not finished: {ran.out} {ran.err}")


def assert_each_once(set_: Scene, number: int) -> None:
    """Everybody has the message, once; no file of any run holds an address."""
    assert got(set_.sandbox) == Counter(people(number))
    for path in set_.folder.rglob("*"):
        if path.is_file() and path.name != "people.csv":
            assert not re.search(rb"person\.\d+@people", path.read_bytes()), path
