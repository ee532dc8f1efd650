"""What import contracts cannot see: who reads the environment and the clock, and who may raise what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "emailops"

SURROUNDINGS = {"environ", "environb", "getenv", "getlogin"}
CLOCKS = {
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "clock_gettime", "localtime", "gmtime"),
    *("now", "utcnow", "today"),
}
OWNERS = {"os": SURROUNDINGS, "time": CLOCKS, "datetime": CLOCKS, "date": CLOCKS}
FREE = {"run.py", "sandbox", "clients"}
"""The surroundings of a run; and what runs without one: a process of its own, and what apps import."""
WIRE = ROOT / "providers/wire.py"
"""Counts the seconds of a socket, as the operating system does."""
OF_A_COMMAND = {"UsageError", "FindingsError", "GateError"}
PURE = ("declaration", "generate", "kinds", "policy", "questions", "plan.py", "resource.py", "canonical.py")


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def room(path: Path) -> str:
    """The package or module right below emailops that a file is in."""
    return path.relative_to(ROOT).parts[0]


def read_outside(tree: ast.Module) -> Iterator[str]:
    """Where a module reads the environment or a clock, or takes one of their readers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in OWNERS.get(owner, ()):
                yield f"{node.lineno}: {owner}.{node.attr}"
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "time"):
            taken = {name.name for name in node.names} & OWNERS[node.module]
            yield from (f"{node.lineno}: {node.module}.{name}" for name in taken)


def test_only_a_runs_surroundings_read_the_environment_and_the_clock():
    found = [
        f"{path.name}:{place}"
        for path, tree in trees().items()
        if room(path) not in FREE and path != WIRE
        for place in read_outside(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nos.environ['A']", ["2: os.environ"]),
        ("from os import getenv", ["1: os.getenv"]),
        ("import time\nclock = time.monotonic", ["2: time.monotonic"]),
        ("import datetime\ndatetime.datetime.now(None)", ["2: datetime.now"]),
        ("from datetime import date\ndate.today()", ["2: date.today"]),
        ("run.now\nself.today\nsession.clock\nos.path", []),
    ],
)
def test_reading_them_is_seen(source, found):
    assert list(read_outside(ast.parse(source))) == found


def test_the_surroundings_are_read_where_they_should_be():
    assert {place.partition(": ")[2] for place in read_outside(trees()[ROOT / "run.py"])} >= {
        "os.environ",
        "datetime.now",
    }


@pytest.mark.parametrize("layer", PURE)
def test_a_pure_layer_knows_nothing_of_the_command_line(layer):
    pure = {path: tree for path, tree in trees().items() if room(path) == layer}
    names = {node.id for tree in pure.values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert pure
    assert not names & OF_A_COMMAND
