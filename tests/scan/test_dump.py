"""`scan dump`: every planted address is found in its column, whatever the dump is written and packed in."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from tests.playing import Play
from tests.scan.dumps import (
    FORMS,
    PLANTED,
    TABLES,
    copy,
    csv_file,
    inserts,
    json_lines,
    many_rows_an_insert,
    one_a_table,
    planted,
)


def scanned(play: Play, *files: str, code: int = 3) -> dict[str, list]:
    ran = play.run("scan", "dump", *files, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    return ran.json


def put(play: Play, name: str, content: bytes) -> str:
    (play.folder / name).write_bytes(content)
    return name


def subjects(told: dict[str, list], rule: str = "dump-address") -> list[str]:
    return sorted(finding["subject"] for finding in told["findings"] if finding["rule"] == rule)


SQL = {
    "COPY": copy,
    "INSERT": inserts,
    "INSERT with names": lambda tables: inserts(tables, with_names=True),
    "many rows an INSERT": many_rows_an_insert,
}
PACKED = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


class TestEveryPlantedAddress:
    @pytest.mark.few(3)
    @pytest.mark.parametrize("sort", SQL)
    @pytest.mark.parametrize("packed", PACKED)
    def test_is_found_in_sql(self, marketplace, sort, packed):
        told = scanned(marketplace, put(marketplace, f"d.sql{packed}", PACKED[packed](SQL[sort](planted()))))

        assert subjects(told) == sorted(PLANTED)

    @pytest.mark.few(3)
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("sort", ["COPY", "many rows an INSERT"])
    def test_is_found_in_every_form(self, marketplace, form, sort):
        told = scanned(marketplace, put(marketplace, "d.sql", SQL[sort](planted(form))))

        assert subjects(told) == sorted(PLANTED)
        assert all(
            "at company.co.uk (1)" in finding["message"]
            for finding in told["findings"]
            if finding["rule"] == "dump-address"
        )
        assert "jane" not in json.dumps(told).lower()

    @pytest.mark.few(3)
    @pytest.mark.parametrize("sort", ["csv", "jsonl"])
    @pytest.mark.parametrize("form", FORMS)
    def test_is_found_in_a_file_a_table(self, marketplace, sort, form):
        names = [put(marketplace, name, content) for name, content in one_a_table(planted(form), sort)]

        assert subjects(scanned(marketplace, *names)) == sorted(PLANTED)

    def test_is_told_with_its_line(self, marketplace):
        content = copy(planted())
        told = scanned(marketplace, put(marketplace, "d.sql", content))
        for finding in told["findings"]:
            if finding["rule"] == "dump-address":
                assert b"company.co.uk" in content.splitlines()[finding["line"] - 1]
        packed = scanned(marketplace, put(marketplace, "d.sql.gz", gzip.compress(content)))
        assert [finding["line"] for finding in packed["findings"]] == [finding["line"] for finding in told["findings"]]

    @pytest.mark.few(1)
    @pytest.mark.parametrize("packed", PACKED)
    def test_is_found_in_what_comes_from_standard_input(self, marketplace, packed):
        done = subprocess.run(
            [sys.executable, "-m", "emailops", "scan", "dump", "-", "--format", "json"],
            check=False,
            input=PACKED[packed](copy(planted())),
            capture_output=True,
            cwd=marketplace.folder,
            env={**marketplace.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

        assert done.returncode == 3, done.stderr
        assert subjects(json.loads(done.stdout)) == sorted(PLANTED)


class TestACleanDump:
    @pytest.mark.parametrize("sort", SQL)
    def test_has_no_findings_and_says_what_is_exempt(self, marketplace, sort):
        told = scanned(marketplace, put(marketplace, "d.sql", SQL[sort](TABLES)), code=0)
        warnings = [(finding["rule"], finding["subject"]) for finding in told["findings"]]

        assert warnings == []
        assert any(note.startswith("services.data may hold real addresses: ") for note in told["notes"])

    def test_a_table_that_is_not_there_is_mentioned(self, marketplace):
        tables = {name: held for name, held in TABLES.items() if name != "users"}
        notes = scanned(marketplace, put(marketplace, "d.sql", copy(tables)), code=0)["notes"]

        assert notes[-1] == "not in here: users.email_address"


class TestWhatIsDeclared:
    def test_a_column_that_nobody_declared(self, marketplace):
        rows = [(1, "a@company.co.uk"), (2, "b@example.com")]
        told = scanned(marketplace, put(marketplace, "notes.csv", csv_file(("id", "body"), rows)))
        [found] = told["findings"]

        assert (found["rule"], found["subject"]) == ("dump-address", "notes.body")
        assert "declare in dumps what it holds" in found["remedy"]

    def test_one_that_holds_invented_addresses_is_a_warning(self, marketplace):
        rows = [(1, "b@example.com")]
        [found] = scanned(marketplace, put(marketplace, "notes.csv", csv_file(("id", "body"), rows)), code=0)[
            "findings"
        ]

        assert (found["rule"], found["severity"]) == ("dump-undeclared", "warning")

    def test_an_address_off_the_pattern(self, marketplace):
        rows = [(n, "x", "7@user.marketplace.team") for n in range(5)] + [(9, "x", "jane@user.marketplace.team")] * 3
        told = scanned(marketplace, put(marketplace, "d.sql", copy({"users": (TABLES["users"][0], rows)})))
        [found] = told["findings"]

        assert (found["rule"], found["subject"], found["line"]) == ("dump-pattern", "users.email_address", 19)
        assert found["message"].startswith("users.email_address holds 3 addresses that")

    def test_an_emptied_column_that_is_not_empty(self, marketplace):
        tables = {"audit_events": (TABLES["audit_events"][0], [(1, "x", {"to": "a@example.com"})])}
        [found] = scanned(marketplace, put(marketplace, "d.sql", copy(tables)))["findings"]

        assert (found["rule"], found["subject"]) == ("dump-emptied", "audit_events.data")

    def test_a_column_that_holds_none(self, marketplace):
        tables = {"users": (TABLES["users"][0], [(1, "x", "nothing")])}
        [found] = scanned(marketplace, put(marketplace, "d.sql", copy(tables)), code=0)["findings"]

        assert (found["rule"], found["severity"], found["message"]) == (
            "dump-column-empty",
            "warning",
            "users.email_address is declared to hold addresses, and holds none",
        )

    def test_a_column_that_is_gone(self, marketplace):
        tables = {"users": (("id", "name"), [(1, "x")])}
        [found] = scanned(marketplace, put(marketplace, "d.sql", copy(tables)), code=0)["findings"]

        assert found["message"] == "users.email_address is declared, and there is no such column"

    def test_a_name_in_json_that_is_an_address_is_not_repeated(self, marketplace):
        content = json_lines(("data",), [({"jane@company.co.uk": {"note": "a@company.co.uk"}},)])
        told = scanned(marketplace, put(marketplace, "audits.jsonl", content))

        assert subjects(told) == ["audits.data", "audits.data.*.note"]
        assert "jane" not in json.dumps(told)

    def test_a_pattern_that_is_none(self, marketplace):
        marketplace.edit("dumps.yaml", r"[0-9]+@user", r"[0-9+@user")
        ran = marketplace.run("scan", "dump", put(marketplace, "d.sql", b""))

        assert ran.code in (1, 3)
        assert "dumps.yaml:" in ran.err
        assert "the pattern of users.email_address cannot be read" in ran.err


class TestBadInput:
    def test_a_packed_dump_that_ends_too_early_is_judged_up_to_there_and_is_a_finding(self, marketplace):
        packed = gzip.compress(copy(planted()))
        told = scanned(marketplace, put(marketplace, "d.sql.gz", packed[:-40]))

        assert "users.email_address" in subjects(told)
        assert next(finding["message"] for finding in told["findings"] if finding["rule"] == "dump-unread").startswith(
            "it cannot be read to its end: "
        )

    def test_a_packed_dump_that_is_broken_at_once(self, marketplace):
        for name, content in (("d.gz", b"\x1f\x8b\x08\0garbage"), ("d.zst", b"\x28\xb5\x2f\xfdgarbage")):
            told = scanned(marketplace, put(marketplace, name, content))
            assert [finding["rule"] for finding in told["findings"]] == ["dump-unread"]

    @pytest.mark.slow
    def test_lines_without_end_nul_and_no_utf_8(self, marketplace):
        content = b"COPY public.users (id, name, email_address) FROM stdin;\n"
        content += (
            b"1\t"
            + b"x " * 2_000_000
            + b"\0\xff\tjane@company.co.uk\n\\.\n"
            + b"y" * 40_000_000
            + b" joe@company.co.uk"
        )
        told = scanned(marketplace, put(marketplace, "d.sql", content))

        assert subjects(told) == ["users.email_address", "what stands outside of the tables"]

    def test_a_csv_whose_last_line_does_not_end(self, marketplace):
        [found] = scanned(marketplace, put(marketplace, "u.csv", b"id,email\n1,x\n2,y\n3,jane@company.co.uk"))[
            "findings"
        ]

        assert (found["subject"], found["line"]) == ("u.email", 4)

    def test_a_csv_whose_quotes_never_end(self, marketplace):
        content = b'id,email\n1,"open\n2,jane@company.co.uk\n3,x\n'
        assert subjects(scanned(marketplace, put(marketplace, "u.csv", content))) == ["u.email"]

    def test_a_document_of_json_over_many_lines_is_one_finding_with_what_to_do(self, marketplace):
        rows = json.dumps([{"id": number, "email": "jane@company.co.uk"} for number in range(50)], indent=2)
        told = scanned(marketplace, put(marketplace, "people.json", rows.encode()))

        assert [(finding["rule"], finding["subject"]) for finding in told["findings"]] == [
            ("dump-address", "people"),
            ("dump-unread", "people.json"),
        ]
        assert told["findings"][1]["remedy"] == "write one value a line, as jq --compact-output does"

    def test_a_line_that_is_no_json(self, marketplace):
        content = b'{"a": "x@example.com"}\n{"a": "jane@company.co.uk"\n'
        told = scanned(marketplace, put(marketplace, "u.jsonl", content))

        assert {finding["rule"] for finding in told["findings"]} == {"dump-unread", "dump-address", "dump-undeclared"}

    @pytest.mark.parametrize(
        ("path", "says"),
        [("nowhere.sql", "cannot be read: no such file"), ("state", "is a folder, and none of pg_dump's")],
    )
    def test_what_is_not_there(self, marketplace, path, says):
        ran = marketplace.run("scan", "dump", path)

        assert ran.code == 1
        assert says in ran.err

    def test_an_empty_file_holds_nothing(self, marketplace):
        told = scanned(marketplace, put(marketplace, "d.sql", b""), code=0)

        assert told["read"] == {"dump": 1, "MB": 0}
        assert Path(marketplace.folder / "d.sql").stat().st_size == 0
