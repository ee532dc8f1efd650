"""`scan dump` of Parquet, written by pyarrow itself: https://arrow.apache.org/docs/python/parquet.html."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.playing import Play
from tests.scan.dumps import PLANTED, planted

JANE = "jane@company.co.uk"
CONTACT = pa.struct([("email", pa.string()), ("number", pa.int64())])
SHAPES: dict[str, tuple[pa.DataType, Any, str]] = {
    "plain": (pa.string(), JANE, ""),
    "large": (pa.large_string(), JANE, ""),
    "bytes": (pa.binary(), b"\xff " + JANE.encode(), ""),
    "in a dictionary": (pa.dictionary(pa.int8(), pa.string()), JANE, ""),
    "a list": (pa.list_(pa.string()), ["x", None, JANE], ""),
    "lists of bytes": (pa.list_(pa.list_(pa.binary())), [[JANE.encode()]], ""),
    "a structure": (CONTACT, {"email": JANE, "number": 1}, ".email"),
    "structures": (pa.list_(CONTACT), [None, {"email": JANE, "number": 2}], ".email"),
    "a map": (pa.map_(pa.string(), pa.string()), [("work", JANE)], ""),
    "JSON": (pa.string(), json.dumps({"contact": {"emails": [JANE]}}), ".contact.emails"),
    "coded": (pa.string(), "jane%40company.co.uk", ""),
    "in a sentence": (pa.string(), f"write to {JANE}, please", ""),
}


def found(play: Play, *files: str, code: int = 3) -> list[dict[str, Any]]:
    ran = play.run("scan", "dump", *files, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    assert "jane" not in ran.out
    return ran.json["findings"]


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_address_in_any_shape_is_told_with_its_column_and_row(marketplace, shape, compression):
    kind, value, inside = SHAPES[shape]
    rows = pa.table({"id": range(2_500), "held": pa.array([None] * 2_499 + [value], kind), "day": [64] * 2_500})
    parquet.write_table(rows, marketplace.folder / "people.parquet", row_group_size=900, compression=compression)
    [finding] = found(marketplace, "people.parquet")

    assert (finding["rule"], finding["subject"]) == ("dump-address", f"people.held{inside}")
    assert finding["line"] == 2_500


def test_every_planted_address_is_found(marketplace):
    for table, (columns, rows) in planted().items():
        if rows:
            texts = [[value if isinstance(value, str) else json.dumps(value) for value in row] for row in rows]
            held = pa.table({name: [row[number] for row in texts] for number, name in enumerate(columns)})
            parquet.write_table(held, marketplace.folder / f"{table}.parquet")
    files = sorted(path.name for path in marketplace.folder.glob("*.parquet"))

    assert sorted(
        finding["subject"] for finding in found(marketplace, *files) if finding["rule"] == "dump-address"
    ) == sorted(PLANTED)


def test_a_file_without_text_and_one_without_rows_hold_nothing(marketplace):
    parquet.write_table(pa.table({"id": range(10)}), marketplace.folder / "numbers.parquet")
    parquet.write_table(pa.table({"email": pa.array([], pa.string())}), marketplace.folder / "empty.parquet")

    assert found(marketplace, "numbers.parquet", "empty.parquet", code=0) == []


@pytest.mark.parametrize("left", [0.5, 0.99])
def test_one_that_is_cut_is_a_finding(marketplace, left):
    path = marketplace.folder / "cut.parquet"
    parquet.write_table(pa.table({"email": [JANE] * 1_000}), path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * left)])
    [finding] = found(marketplace, "cut.parquet")

    assert (finding["rule"], finding["line"]) == ("dump-unread", 1)
    assert finding["message"].startswith("it cannot be read to its end: ")


def test_a_large_one_takes_little_more_memory_than_a_small_one(marketplace):
    def peak(count: int) -> int:
        rows = pa.table(
            {"email": [f"{number}@user.marketplace.team" for number in range(count)], "notes": ["x " * 200] * count}
        )
        parquet.write_table(rows, marketplace.folder / "users.parquet", use_dictionary=False)
        command = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
        )
        program = [sys.executable, "-c", command, sys.executable, "-m", "emailops", "scan", "dump", "users.parquet"]
        said = subprocess.run(
            program,
            check=True,
            capture_output=True,
            text=True,
            cwd=marketplace.folder,
            env={**marketplace.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        return int(said.stdout)

    assert peak(300_000) - peak(10) < 40
