"""However a dump is cut, into pieces that are read or into parts that others read, the sum is the same."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailops.scan.blocks import line_blocks, statement_blocks
from emailops.scan.declared import declared_columns
from emailops.scan.dump import Part, _together, read_part
from emailops.scan.dump_source import DumpFormat
from emailops.scan.records import CsvRecords, JsonLines
from emailops.scan.sql_rows import SqlRows
from emailops.scan.tally import Tally
from tests.scan.dumps import FORMS, copy, csv_file, inserts, json_lines, many_rows_an_insert, planted
from tests.world import STATES, declaration_of

COLUMNS = declared_columns(declaration_of(STATES / "digital-marketplace"))
SQL = {
    f"{name}, {form}": write(planted(form))
    for name, write in (("COPY", copy), ("INSERT", inserts), ("many", many_rows_an_insert))
    for form in (FORMS[0], FORMS[3], FORMS[6])
}


def told(tally: Tally) -> object:
    """What a tally says, without the sizes of what was read."""
    columns = {
        key: (column.known, column.off_pattern, dict(column.strangers), column.first)
        for key, column in tally.columns.items()
    }
    return columns, tally.tables


def whole(content: bytes) -> Tally:
    tally = Tally()
    SqlRows(COLUMNS, tally).read(content, 0)
    return tally


@pytest.mark.slow
@settings(max_examples=40)
@given(st.sampled_from(sorted(SQL)), st.integers(1, 5_000))
def test_sql_in_pieces_of_any_size(name, size):
    tally = Tally()
    rows = SqlRows(COLUMNS, tally)
    for block, offset in statement_blocks(io.BytesIO(SQL[name]).read, rows, size=size):
        rows.read(block, offset)

    assert told(tally) == told(whole(SQL[name]))


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.sampled_from(sorted(SQL)),
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
)
def test_sql_in_parts_that_begin_anywhere(tmp_path_factory, name, cuts):
    content = SQL[name]
    path = tmp_path_factory.mktemp("dump") / "d.sql"
    path.write_bytes(content)
    bounds = sorted({0, len(content), *(int(cut * len(content)) for cut in cuts)})
    parts = [Part(str(path), Path(), DumpFormat.sql, start, end) for start, end in pairwise(bounds)]
    with ThreadPoolExecutor(2) as cluster:
        tally = _together(parts, COLUMNS, cluster)

    assert tally.size == len(content)
    assert told(tally)[0] == told(whole(content))[0]


@settings(max_examples=30)
@given(st.sampled_from(FORMS), st.integers(1, 3_000))
def test_records_in_pieces_of_any_size(form, size):
    columns, rows = planted(form)["supplier_frameworks"]
    for kind, content in ((CsvRecords, csv_file(columns, rows)), (JsonLines, json_lines(columns, rows))):
        tallies = []
        for step in (size, len(content)):
            tally = Tally()
            records = kind(COLUMNS, tally, "supplier_frameworks")
            for block, offset in line_blocks(io.BytesIO(content).read, size=step):
                records.read(block, offset)
            records.close()
            tallies.append(told(tally))
        assert tallies[0] == tallies[1]


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_json_lines_in_two_parts(tmp_path, cut):
    columns, rows = planted()["supplier_frameworks"]
    path = tmp_path / "supplier_frameworks.jsonl"
    path.write_bytes(json_lines(columns, rows))
    size = path.stat().st_size
    bounds = (0, size * cut // 200, size)
    total = Tally()
    for start, end in ((bounds[0], bounds[1]), (bounds[1], bounds[2])):
        total.add(read_part(Part(str(path), Path(), DumpFormat.jsonl, start, end), COLUMNS))

    alone = read_part(Part(str(path), Path(), DumpFormat.jsonl, 0, size), COLUMNS)
    assert told(total) == told(alone)


def test_another_process_reads_a_part(tmp_path):
    content = copy(planted())
    (tmp_path / "d.sql").write_bytes(content)
    bounds = (0, len(content) // 2, len(content))
    parts = [Part("d.sql", tmp_path, DumpFormat.sql, start, end) for start, end in pairwise(bounds)]

    assert told(_together(parts, COLUMNS, None)) == told(whole(content))


@settings(max_examples=30)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "1@user.marketplace.team",
                    "22@user.marketplace.team",
                    r"\N",
                    "",
                    "nothing",
                    "3@USER.marketplace.team",
                ),
                *(
                    "jane@user.marketplace.team",
                    "4@company.co.uk",
                    "git@github.com",
                    "5@user.marketplace.team, 6@firma.de",
                ),
                *("a@b.c@user.marketplace.team", "<7@user.marketplace.team>", "@user.marketplace.team", "8%40firma.de"),
            ]
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 400),
)
def test_rows_that_are_counted_many_at_once_count_as_they_do_one_by_one(values, size):
    rows = [(number, "Jane", "") for number, _ in enumerate(values)]
    content = copy({"users": (("id", "name", "email_address"), rows)}).decode()
    for number, value in enumerate(values):
        content = content.replace(f"\n{number}\tJane\t\n", f"\n{number}\tJane\t{value}\n", 1)
    tally = Tally()
    reader = SqlRows(COLUMNS, tally)
    for block, offset in statement_blocks(io.BytesIO(content.encode()).read, reader, size=size):
        reader.read(block, offset)
    single = Tally()
    reader = SqlRows(COLUMNS, single)
    for block, offset in statement_blocks(io.BytesIO(content.encode()).read, reader, size=1):
        reader.read(block, offset)

    assert told(tally) == told(single)
