"""The repository's own state is sound. Whoever changes it changes nothing here."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from emailops.cli import main
from tests.playing import TODAY

STATE = Path(__file__).parents[1] / "state"


def test_it_validates():
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = main(["validate", "--state", str(STATE), "--today", TODAY])
    assert code == 0, out.getvalue() + err.getvalue()


def test_its_readme_says_what_each_consumer_changes():
    section = (STATE / "README.md").read_text(encoding="utf-8").partition("## What each reader changes, once")[2]
    table = section.partition("\n\n**")[0]
    consumers = {path.stem for path in (STATE / "consumers").glob("[!_]*.yaml")}

    assert consumers
    assert {name for name in consumers if name not in table and not _is_meant(name, table)} == set()


def _is_meant(name: str, table: str) -> bool:
    """Several apps share a row: admin-, briefs- and user-frontend."""
    short = name.replace("-frontend", "-")
    return f"{short}," in table or f"{short} and" in table
