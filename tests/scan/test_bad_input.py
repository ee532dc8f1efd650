"""What cannot be read, or changes while it is read: a finding, a word on what was not read, or a clear error."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from emailops.scan.dump import _read_stream
from emailops.scan.dump_source import opened
from emailops.scan.scanned import nobody
from tests.playing import Play
from tests.scan.dumps import PLANTED, copy, planted
from tests.scan.test_any_cut import COLUMNS

JANE = "jane@company.co.uk\n"
ROWS = copy(planted())


def without_powers(play: Play, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run emailops as somebody to whom a file can be closed: to root, without what this takes away, none is."""
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    return subprocess.run(
        [*drop, sys.executable, "-m", "emailops", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=play.folder,
        env={**play.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def put(play: Play, name: str, content: bytes) -> Path:
    path = play.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class TestAClosed:
    @pytest.mark.few(1)
    @pytest.mark.parametrize("with_git", [True, False])
    @pytest.mark.parametrize("scan", ["domains", "secrets"])
    def test_folder_or_file_is_named(self, marketplace, scan, with_git):
        put(marketplace, "t/open.txt", b"nothing\n")
        closed = put(marketplace, "t/file.txt", JANE.encode())
        folder = put(marketplace, "t/folder/inner.txt", JANE.encode()).parent
        if with_git:
            marketplace.git("init", "--quiet")
        closed.chmod(0)
        folder.chmod(0)
        ran = without_powers(marketplace, "scan", scan, "t", "--format", "json")
        folder.chmod(0o755)

        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout)["unread"] == [
            {"path": "t/file.txt", "why": "permission denied"},
            {"path": "t/folder", "why": "permission denied"},
        ]

    @pytest.mark.few(1)
    @pytest.mark.parametrize("arguments", [("domains", "closed"), ("secrets", "closed"), ("dump", "closed/d.sql")])
    def test_path_that_is_named_is_an_error(self, marketplace, arguments):
        folder = put(marketplace, "closed/d.sql", ROWS).parent
        folder.chmod(0)
        ran = without_powers(marketplace, "scan", *arguments)
        folder.chmod(0o755)

        assert ran.returncode == 1, ran.stdout
        assert f"{arguments[1]} cannot be read: permission denied" in ran.stderr


class TestLinksThatLoop:
    @pytest.mark.parametrize("scan", ["domains", "secrets"])
    def test_are_named_and_not_followed(self, marketplace, scan):
        put(marketplace, "t/a/x.txt", b"nothing\n")
        (marketplace.folder / "t/a/up").symlink_to("..")
        (marketplace.folder / "t/one").symlink_to("other")
        (marketplace.folder / "t/other").symlink_to("one")
        told = marketplace.run("scan", scan, "t", "--format", "json").json

        assert told["read"] == {"file": 1}
        assert told["unread"] == [{"path": f"t/{name}", "why": "a link"} for name in ("a/up", "one", "other")]

    @pytest.mark.parametrize("scan", ["domains", "secrets", "dump"])
    def test_one_that_is_named_is_an_error(self, marketplace, scan):
        (marketplace.folder / "loop").symlink_to("loop")
        ran = marketplace.run("scan", scan, "loop")

        assert ran.code == 1
        assert "loop cannot be read: too many levels of symbolic links" in ran.err


class TestADumpThatChangesWhileItIsRead:
    @pytest.mark.parametrize("packed", [bytes, gzip.compress])
    def test_one_that_grows_is_read_as_it_was(self, tmp_path, packed):
        path = tmp_path / "d.sql"
        path.write_bytes(packed(ROWS))
        with opened("d.sql", tmp_path, {}) as source:
            with path.open("ab") as file:
                file.write(packed(ROWS))
            tally = _read_stream(source, COLUMNS, None, nobody)

        assert (tally.size, tally.unread) == (len(ROWS), [])

    def test_one_that_becomes_shorter_is_a_finding(self, tmp_path):
        path = tmp_path / "d.sql"
        path.write_bytes(ROWS + b"-- the end\n" * 100_000)
        with opened("d.sql", tmp_path, {}) as source:
            path.write_bytes(ROWS)
            tally = _read_stream(source, COLUMNS, None, nobody)

        assert [why for why, _ in tally.unread] == ["it cannot be read to its end: it became shorter while it was read"]


class TestWhatIsNoFile:
    @pytest.mark.parametrize("packed", [bytes, gzip.compress])
    def test_a_pipe_is_read(self, marketplace, packed):
        os.mkfifo(marketplace.folder / "pipe")
        writer = threading.Thread(target=lambda: (marketplace.folder / "pipe").write_bytes(packed(ROWS)))
        writer.start()
        told = marketplace.run("scan", "dump", "pipe", "--format", "json").json
        writer.join()

        assert sorted(
            finding["subject"] for finding in told["findings"] if finding["rule"] == "dump-address"
        ) == sorted(PLANTED)


def sqlite(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE users (email)")
        database.execute("INSERT INTO users VALUES (?)", (JANE,))


class TestADumpInWhichNothingWouldBeFound:
    """It is an error, since no finding would say that it is clean."""

    @pytest.mark.parametrize(
        ("content", "says", "remedy"),
        [
            (bz2.compress(ROWS), "packed with bzip2", "bzip2 -dc d.sql | emailops scan dump -"),
            (lzma.compress(ROWS), "packed with xz", "xz -dc d.sql | emailops scan dump -"),
            (b"PK\3\4" + ROWS, "a zip file", "unzip -p d.sql | emailops scan dump -"),
            (ROWS.decode().encode("utf-16"), "in UTF-16", "iconv -f UTF-16 -t UTF-8 d.sql | emailops scan dump -"),
        ],
    )
    def test_says_which_command_unpacks_it(self, marketplace, content, says, remedy):
        put(marketplace, "d.sql", content)
        ran = marketplace.run("scan", "dump", "d.sql")

        assert ran.code == 1
        assert f"d.sql is {says}, which is not read here" in ran.err
        assert remedy in ran.err

    def test_a_database_of_sqlite(self, marketplace):
        sqlite(marketplace.folder / "d.db")
        ran = marketplace.run("scan", "dump", "d.db")

        assert ran.code == 1
        assert "sqlite3 d.db .dump | emailops scan dump -" in ran.err

    def test_pg_dumps_own_format_through_a_pipe(self, marketplace):
        ran = subprocess.run(
            [sys.executable, "-m", "emailops", "scan", "dump", "-"],
            check=False,
            input=b"PGDMP\1\2\3",
            capture_output=True,
            cwd=marketplace.folder,
            env={**marketplace.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

        assert ran.returncode == 1
        assert b"standard input is in a format of which a pipe does not do" in ran.stderr


class TestAUrl:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("memory://dumps/none.sql", "memory://dumps/none.sql cannot be read: no such file"),
            ("nowhere://dumps/d.sql", "nowhere://dumps/d.sql cannot be read: protocol not known: nowhere"),
            ("s3://dumps/d.sql", "s3://dumps/d.sql cannot be read: Install s3fs to access S3"),
        ],
    )
    def test_that_cannot_be_opened_says_why(self, marketplace, url, says):
        ran = marketplace.run("scan", "dump", url)

        assert ran.code == 1
        assert says in ran.err
