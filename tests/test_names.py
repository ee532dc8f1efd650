"""What things are called: by a noun that tells the room, and one meaning a word."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1] / "emailops"
STANDS_IN = ROOT / "clients/compat"
"""Takes the place of a service's own clients, and so has their names."""
CODE = sorted(path for path in ROOT.rglob("*.py") if STANDS_IN not in path.parents)
TESTS = [path for path in sorted(Path(__file__).parent.rglob("*.py")) if "node_modules" not in path.parts]
MAY_BIND_ONE = re.compile(r"\bone\b(?: (?:in|=|:=)(?!\w)|[,:=)]|$)", re.MULTILINE)
"""Spares the time to parse every file."""
APART = ("clients", "sandbox")
"""What stands alone, so that nobody reads a name of it beside the same name of another room."""
SAYS_NOTHING = {"data", "helper", "helpers", "manager", "managers", "process", "util", "utils"}
NOUNS = {
    "holding": "what the sandbox holds, as land is held",
    "listing": "what a provider lists, page by page",
    "plumbing": "Git's own name for its commands beneath",
    "ring": "a key ring",
    "serving": "the room of the sandbox in which requests are served",
}
"""What the name of a module may end in all the same, and why."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def modules() -> Iterator[tuple[str, Path]]:
    """The name of every module and package, without the marks of what is private."""
    for path in CODE:
        yield (path.parent.name if path.name == "__init__.py" else path.stem).strip("_"), path


def classes() -> Iterator[tuple[str, Path, ast.ClassDef]]:
    for path in CODE:
        yield from ((node.name, path, node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef))


def bound(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that is given to a value, in a loop, as an argument or otherwise, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def words_of(name: str) -> set[str]:
    """`NotifyAccount` and `notify_account` are the same two words."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_what_is_looked_for_is_found():
    binding = (
        *("for one in a: pass", "{a for a, one in b}", "{one: b for one, b in c}", "sorted(a, key=lambda one: one)"),
        *("def f(one): pass", "def f(a, one): pass", "a = (one := b)", "one = a", "a, one = b", "def f(one=1): pass"),
    )
    for line in binding:
        assert MAY_BIND_ONE.search(line), line
        assert "one" in dict(bound(ast.parse(line))), line
    assert "one" not in dict(bound(ast.parse("two = one")))
    assert words_of("HTTPDataHandler") == {"http", "data", "handler"}
    assert words_of("_data_of_account") == {"data", "of", "account"}


def test_whatever_is_bound_has_a_noun_for_a_name():
    found = [
        f"{path.relative_to(ROOT.parent)}:{line}"
        for path in (*CODE, *TESTS)
        if MAY_BIND_ONE.search(path.read_text(encoding="utf-8"))
        for name, line in bound(tree_of(path))
        if name == "one"
    ]

    assert found == []


def test_a_class_name_exists_once():
    named = defaultdict(list)
    for name, path, node in classes():
        room = path.relative_to(ROOT).parts[0]
        named[name, room if room in APART else "core"].append(place(path, node))

    assert {name: places for name, places in named.items() if len(places) > 1} == {}


def test_a_module_is_called_by_a_noun():
    found = {name.rpartition("_")[2]: str(path.relative_to(ROOT)) for name, path in modules() if name.endswith("ing")}

    assert {name: path for name, path in found.items() if name not in NOUNS} == {}
    assert set(NOUNS) <= set(found), "one that is gone needs no reason"


def test_no_name_holds_a_word_that_fits_anything():
    names = {name: path for name, path, _ in classes()} | dict(modules())

    assert {name: str(path.relative_to(ROOT)) for name, path in names.items() if words_of(name) & SAYS_NOTHING} == {}
