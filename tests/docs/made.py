"""What is made for the pages: by whom, and where it stands. `make docs` writes it, and a test compares."""

from __future__ import annotations

import ast
import inspect
import io
import pkgutil
import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import emailops.engine
from emailops.cli import main
from emailops.cli.groups import GROUPS
from tests.docs import fields, flow
from tests.docs.pages import PAGES, read

FIELDS = "docs/fields.md"
RUN = [page for page in PAGES if page in ("README.md", "state/README.md") or page.startswith("docs/")]
"""The pages whose commands are run."""


def made(page: str) -> str:
    """One page or picture as it should be, but for the output of commands."""
    return FILES[page]() if page in FILES else _with_regions(read(page))


def groups() -> Mapping[str, list[tuple[str, str]]]:
    """Group -> (command, what it does), as `emailops --help` has them."""
    blocks = {block.partition(":\n")[0]: block.partition(":\n")[2] for block in help_of().split("\n\n")}
    rows = {group: re.findall(r"^  (\S+)\s+(.+(?:\n    +.+)*)$", blocks[group], re.MULTILINE) for group in GROUPS}
    return {group: [(name, " ".join(words.split())) for name, words in found] for group, found in rows.items()}


@cache
def help_of(*command: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        assert main([*command, "--help"]) == 0
    return out.getvalue()


def _commands() -> str:
    """A table a group."""
    tables = []
    for group, rows in groups().items():
        lines = [f"| `emailops {name}` | {words} |" for name, words in rows]
        tables.append("\n".join([f"| {group} | |", "|---|---|", *lines]))
    return "\n\n".join(tables)


def _flow() -> str:
    """As the engine tells it."""
    told = inspect.cleandoc(emailops.engine.__doc__ or "").split("\n\n")
    steps = next(part for part in told if part.startswith("    "))
    return f"```text\n{inspect.cleandoc(steps)}\n```"


def _map() -> str:
    """Each room, from the top, with the first sentence that it says of itself; then what stands beside the layers."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    rooms = [room.strip("() ").partition(".")[2] for layer in layers for room in re.split("[|:]", layer)]
    beside = sorted(found.name for found in pkgutil.iter_modules(emailops.__path__) if not found.name.startswith("_"))
    rows = [_room(room) for room in (*rooms, *(name for name in beside if name not in rooms))]
    return "\n".join(["| room | what it is |", "|---|---|", *rows])


def _room(name: str) -> str:
    module = Path(emailops.__path__[0]) / name
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(told.partition("\n\n")[0].split())
    sentence = re.split(r"(?<=[.:]) (?=[A-Z])", paragraph)[0]
    return f"| `{name}{'/' if module.is_dir() else '.py'}` | {sentence.rstrip('.:')} |"


def _with_regions(text: str) -> str:
    """With what stands between `<!-- made: NAME -->` and `<!-- end -->` made anew."""

    def region(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{REGIONS[found[2]]()}\n\n<!-- end -->"

    return re.sub(r"(<!-- made: ([a-z]+) -->)\n(?:.*?\n)?<!-- end -->", region, text, flags=re.DOTALL)


REGIONS: dict[str, Callable[[], str]] = {"commands": _commands, "flow": _flow, "map": _map}
FILES: dict[str, Callable[[], str]] = {FIELDS: fields.page, "docs/pictures/flow.svg": flow.picture}
ALL = [*RUN, *(path for path in FILES if path not in RUN)]
