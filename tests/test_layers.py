"""What import-linter cannot hold: which errors the pure layers may raise, and what modules and classes are called."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "emailops"
PURE = ("declaration", "generate", "kinds", "policy", "questions")
OF_A_COMMAND = {"UsageError", "FindingsError", "GateError"}


@pytest.mark.parametrize(
    "module", [path for layer in PURE for path in sorted((PACKAGE / layer).rglob("*.py"))], ids=lambda path: path.stem
)
def test_a_pure_layer_knows_no_error_of_the_command_line(module):
    imported = {
        name.name
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "emailops.errors"
        for name in node.names
    }

    assert not imported & OF_A_COMMAND
