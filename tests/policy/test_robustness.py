"""Whatever is declared, findings come out and never an exception: each has a place, words and something to do."""

from __future__ import annotations

import io
import json
import random
import re
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailops.cli import main
from emailops.declaration.build import declare
from emailops.declaration.configuration import configuration
from emailops.declaration.ids import pending, with_ids
from emailops.declaration.moved import attestations, moved_ids
from emailops.declaration.sources import every_setting
from emailops.kinds import resources
from emailops.policy import check
from emailops.resource import Finding
from emailops.store.state import load
from emailops.store.tree import SECTIONS, Tree
from tests.examples.laying import TODAY, minimal, validated, write
from tests.policy.mutating import EDITS, ODD, STATES, every_spot, everything, with_edits, with_odd_values

__all__ = ["EXAMPLES", "ODD", "STATES", "every_spot"]
INSERTED = [
    ": ",
    "- ",
    "{",
    "]",
    "&a ",
    "*a",
    "\t",
    '"',
    "#",
    "|",
    "!x ",
    "<<: ",
    "? ",
    "jo@elsewhere.gov.uk ",
    "mandrill",
]


def examples(number: int) -> Any:
    """A slice that is the same in every run."""
    return settings(
        max_examples=number, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


EXAMPLES = examples(40)
odd_values = st.lists(st.sampled_from(ODD), min_size=1, max_size=4)
line_edits = st.lists(st.sampled_from(EDITS), min_size=1, max_size=4)
insertions = st.one_of(st.text(max_size=3), st.sampled_from(INSERTED))


@pytest.mark.parametrize("name", STATES)
def test_nothing_is_found_before_it_is_spoilt(name):
    assert [finding for finding in validated(STATES[name]()) if finding.is_error] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", STATES)
@EXAMPLES
@given(seed=st.integers(0, 2**32), odd=odd_values)
def test_any_value_in_any_place_is_at_most_a_finding(name, seed, odd):
    assert_only_findings(Tree(with_odd_values(STATES[name]().files, random.Random(seed), odd)))


@pytest.mark.few(1)
@pytest.mark.parametrize("name", STATES)
@EXAMPLES
@given(seed=st.integers(0, 2**32), edits=line_edits, inserted=insertions)
def test_any_edit_of_any_line_is_at_most_a_finding(name, seed, edits, inserted):
    assert_only_findings(Tree(with_edits(STATES[name]().files, random.Random(seed), edits, inserted)))


@pytest.mark.few(30)
@pytest.mark.parametrize("section", ["accounts", "policy", "words", "moved", "stage_order", *SECTIONS])
@pytest.mark.parametrize("value", ["text", "[a, [b]]", "{a: [b]}", "{a: {b: {c: d}}}", "[{a: b}]", "null", "''"])
def test_any_value_of_a_whole_section_is_at_most_a_finding(section, value):
    whole = STATES["minimal in one file"]().files["emailops.yaml"].decode()
    blocks = re.split(r"^(?=\w)", whole, flags=re.MULTILINE)
    kept = "".join(block for block in blocks if not block.startswith(f"{section}:"))
    assert_only_findings(Tree({"emailops.yaml": f"{kept}{section}: {value}\n".encode()}))


@pytest.mark.slow
@examples(60)
@given(st.dictionaries(st.sampled_from(sorted(everything().files)), st.binary(max_size=40), min_size=1))
def test_any_bytes_in_any_file_are_at_most_a_finding(contents):
    assert_only_findings(Tree(everything().files | contents))


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["text", "json", "github"])
@examples(20)
@given(
    name=st.sampled_from(list(STATES)),
    seed=st.integers(0, 2**32),
    odd=odd_values,
    edits=line_edits,
    inserted=insertions,
)
def test_the_command_line_ends_with_0_or_3(format_, name, seed, odd, edits, inserted):
    draw = random.Random(seed)
    files = with_odd_values(STATES[name]().files, draw, odd[:2])
    tree = Tree(with_edits(files, draw, edits[:2], inserted) if draw.random() < 0.5 else files)
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run(write(Path(folder), tree), "validate", "--format", format_, "--today", TODAY.isoformat())

    has_errors = any(finding.is_error for finding in validated(tree))
    assert (code, err if format_ != "text" else "") == (3 if has_errors else 0, "")
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    "command", [("plan",), ("generate", "--out", "build"), ("attest", "notify-team/x", "--by", "y")]
)
def test_what_has_findings_goes_no_further(command):
    files = everything().files | {"people.yaml": b"developers: {role: []}\n"}
    with tempfile.TemporaryDirectory() as folder:
        code, _, err = run(write(Path(folder), Tree(files)), *command)

        assert code == 3
        assert "people.yaml:1:" in err
        assert not (Path(folder) / "build").exists()


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000 + " @ ",
        "a@" * 50_000,
        "a." * 50_000 + "@b",
        "@" * 100_000,
        "a@b." * 30_000,
        "-----BEGIN " * 10_000,
        "0" * 100_000,
        "11111111-1111-4111-8111-" * 5_000,
    ],
    ids=["no address", "all addresses", "dots", "signs", "domains", "private keys", "hex digits", "ids"],
)
def test_a_very_long_text_is_read_to_its_end(text):
    """What takes the square of a length here would take minutes."""
    tree = minimal(
        {
            "consumers/api.yaml": json.dumps(
                {"repository": "https://git.example/x.git", "sends": [], "purpose": f"{text} jo@a.gov.uk"}
            )
        }
    )

    assert {finding.rule for finding in validated(tree)} == {"address-in-state"}


def run(state: Path, *arguments: str) -> tuple[int, str, str]:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main([*arguments, "--state", str(state)])
    return int(code), out.getvalue(), err.getvalue()


def assert_only_findings(tree: Tree) -> None:
    state = load(tree)
    declaration = declare(state)
    for finding in [*state.findings, *check(declaration, TODAY).findings]:
        assert_has_a_place(finding, tree)
        assert finding.severity in ("error", "warning")
        assert finding.message
        assert finding.remedy
    ids = moved_ids(declaration)
    for _, _, _, _, value in every_setting(declaration):
        assert all(isinstance(resource, str) for resource in pending(with_ids(value, ids)))
    assert len(configuration(declaration)) == 64
    assert len(attestations(declaration)) == len(declaration.attestations)
    assert len({desired.resource for desired in resources(declaration)}) == len(resources(declaration))


def assert_has_a_place(finding: Finding, tree: Tree) -> None:
    """In a file that is there, at a line and column of it."""
    assert finding.line >= 1
    assert finding.column >= 1
    content = tree.files.get(finding.path)
    if content is None:
        assert finding.path in (
            "emailops.yaml",
            *(f"{name}.yaml" for name in SECTIONS),
            *(f"{name}/" for name in SECTIONS),
        )
        return
    lines = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").split("\n")
    assert finding.line <= len(lines) + 1
    if finding.line <= len(lines) and content.isascii():
        assert finding.column <= len(lines[finding.line - 1]) + 1
