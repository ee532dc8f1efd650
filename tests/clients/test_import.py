"""The clients stand alone: what an app cannot install is not asked for, and nobody pays for what they do not use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import emailops_clients
import pytest
from emailops_clients import errors

from .loading import command

FOLDER = Path(emailops_clients.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.py"))
NEEDED = {"mailchimp3", "notifications_python_client", "requests", "urllib3"}
BY_COMPAT = {"cryptography", "flask"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_imports_nothing_that_an_app_has_not(path: Path) -> None:
    allowed = NEEDED | (BY_COMPAT if path.parent.name == "compat" else set())
    assert _imported(path) - set(sys.stdlib_module_names if hasattr(sys, "stdlib_module_names") else _STDLIB) <= allowed


def _imported(path: Path) -> set[str]:
    """What is imported by its whole name; relative imports stay inside."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


_STDLIB = {
    "__future__", "base64", "binascii", "collections", "concurrent", "contextlib", "dataclasses", "datetime", "difflib",
    "enum", "functools", "hashlib", "http", "importlib", "inspect", "io", "json", "logging", "os", "random", "re",
    "socket", "struct", "sys", "threading", "time", "types", "typing", "urllib", "warnings",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import emailops_clients", ["requests", "notifications_python_client", "mailchimp3", "flask", "difflib"]),
        ("from emailops_clients import NotifyClient", ["mailchimp3", "flask", "emailops", "typer", "rich", "yaml"]),
        ("from emailops_clients import MailchimpClient", ["notifications_python_client", "flask", "emailops"]),
    ],
)
def test_a_client_loads_no_more_than_it_needs(code: str, absent: list[str]) -> None:
    seen = f"assert not set({absent!r}) & set(sys.modules), set({absent!r}) & set(sys.modules)"
    subprocess.run(command(f"{code}\n{seen}"), check=True)


def test_everything_that_is_offered_is_there() -> None:
    assert all(getattr(emailops_clients, name) for name in emailops_clients.__all__)
    with pytest.raises(AttributeError, match="no attribute 'NotifyClent'"):
        emailops_clients.NotifyClent  # noqa: B018


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    drawn = [line.split("─ ")[1].split()[0] for line in str(errors.__doc__).splitlines() if "─ " in line]
    built = [
        error.__name__
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.ClientError) and error is not errors.ClientError
    ]
    assert sorted(drawn) == sorted(built)
    assert all(getattr(errors, name).__doc__ or getattr(errors, name).remedy is not None for name in built)
