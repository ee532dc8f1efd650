"""What is made for the pages: by whom, and where it stands. `make docs` writes it, and a test compares."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path

from emailops.cli import main
from emailops.cli.groups import GROUPS
from tests.docs import fields, flow
from tests.docs.pages import PAGES, read
from tests.docs.shell import written_anew

FIELDS = "docs/fields.md"
RUN = [page for page in PAGES if page in ("README.md", "state/README.md") or page.startswith("docs/")]
"""The pages whose commands are run."""


def made(folder: Path, page: str) -> str:
    """One page or picture as it should be; commands run below `folder`."""
    if page in FILES:
        return FILES[page]()
    return written_anew(_with_regions(read(page)), folder)


def groups() -> Mapping[str, list[tuple[str, str]]]:
    """Group -> (command, what it does), as `emailops --help` has them."""
    blocks = {block.partition(":\n")[0]: block.partition(":\n")[2] for block in help_of().split("\n\n")}
    rows = {group: re.findall(r"^  (\S+)\s+(.+(?:\n    +.+)*)$", blocks[group], re.MULTILINE) for group in GROUPS}
    return {group: [(name, " ".join(words.split())) for name, words in found] for group, found in rows.items()}


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


def _with_regions(text: str) -> str:
    """With what stands between `<!-- made: NAME -->` and `<!-- end -->` made anew."""

    def region(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{REGIONS[found[2]]()}\n\n<!-- end -->"

    return re.sub(r"(<!-- made: ([a-z]+) -->)\n.*?\n<!-- end -->", region, text, flags=re.DOTALL)


REGIONS: dict[str, Callable[[], str]] = {"commands": _commands}
FILES: dict[str, Callable[[], str]] = {FIELDS: fields.page, "docs/pictures/flow.svg": flow.picture}
ALL = [*RUN, *(path for path in FILES if path not in RUN)]
