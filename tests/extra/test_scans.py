"""The scans against what is not ours: a real PostgreSQL, its own dumps, and a cluster of two workers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from distributed import LocalCluster
from psycopg import sql

from tests.extra.postgres import BINARIES, postgres
from tests.playing import Play
from tests.scan.dumps import PLANTED, TABLES, planted

JSON_COLUMNS = {"data", "declaration"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as running:
        yield running.scheduler_address.replace("tcp://", "dask://")


def database(server: str, name: str, tables: Any) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = server.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(url) as connection:
        for table, (columns, rows) in tables.items():
            types = ", ".join(f"{column} {'jsonb' if column in JSON_COLUMNS else 'text'}" for column in columns)
            connection.execute(f"CREATE TABLE {table} ({types})")
            for row in rows:
                values = [json.dumps(value) if isinstance(value, dict) else str(value) for value in row]
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", values)
    return url


def found(play: Play, *arguments: str) -> tuple[int, list[str], Any]:
    ran = play.run("scan", *arguments, "--format", "json", EMAILOPS_SECRETS="env:DATABASE_URL")
    assert ran.code in (0, 3), ran.err
    return (
        ran.code,
        sorted(finding["subject"] for finding in ran.json["findings"] if finding["rule"] == "dump-address"),
        ran.json,
    )


def wait_for(watching: psycopg.Connection[Any], what: str) -> int:
    """The process of the server that does for a scan what is waited for."""
    scans = f"SELECT pid FROM pg_stat_activity WHERE application_name = 'emailops scan' AND {what}"
    while not (row := watching.execute(scans).fetchone()):
        pass
    return int(row[0])


class TestDatabase:
    def test_every_planted_address_is_found(self, marketplace: Play, server: str) -> None:
        assert found(marketplace, "database", database(server, "planted", planted()))[:2] == (3, sorted(PLANTED))

    def test_a_clean_one_has_no_findings(self, marketplace: Play, server: str) -> None:
        code, _, told = found(marketplace, "database", database(server, "clean", TABLES))

        assert (code, told["findings"]) == (0, [])
        assert told["read"]["table"] == len(TABLES)

    def test_arrays_domains_views_and_other_schemas(self, marketplace: Play, server: str) -> None:
        url = database(server, "shapes", {})
        with psycopg.connect(url) as connection:
            connection.execute("CREATE DOMAIN mail AS text")
            connection.execute("CREATE SCHEMA old")
            connection.execute("CREATE TABLE old.people (emails text[], main mail, words tsvector, photo bytea)")
            row = "ARRAY['x', 'jane@company.co.uk'], 'joe@company.co.uk', to_tsvector('see ann@company.co.uk'), 'x'"
            connection.execute(f"INSERT INTO old.people VALUES ({row})")
            connection.execute("CREATE MATERIALIZED VIEW seen AS SELECT main FROM old.people")
        code, subjects, told = found(marketplace, "database", url)

        assert (code, subjects) == (3, ["old.people.emails", "old.people.main", "old.people.words", "seen.main"])
        assert told["unread"] == [{"path": "old.people.photo", "why": "bytes, not text"}]

    def test_the_url_can_stand_in_a_variable(self, marketplace: Play, server: str) -> None:
        marketplace.environment["DATABASE_URL"] = database(server, "planted", planted())

        assert found(marketplace, "database", "env:DATABASE_URL")[1] == sorted(PLANTED)

    def test_a_sample_says_that_it_is_one(self, marketplace: Play, server: str) -> None:
        url = database(server, "many", {})
        with psycopg.connect(url, autocommit=True) as connection:
            addresses = "SELECT n || '@user.marketplace.team' AS email_address FROM generate_series(1, 50000) n"
            connection.execute(f"CREATE TABLE users AS {addresses}")
            connection.execute("ANALYZE users")
        ran = marketplace.run("scan", "database", url, "--sample", "1000")

        assert "of each table about 1,000 rows were read, and no more" in ran.out

    def test_nothing_can_be_written(self, server: str) -> None:
        from emailops.scan.database import Manner, _connected

        with _connected(server, Manner(5, None)) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE x (y text)")

    def test_a_table_that_takes_too_long_or_is_dropped_or_not_ours_is_a_finding(self, server: str) -> None:
        from emailops.scan.database import Manner, TableToRead, read_table
        from tests.scan.test_any_cut import COLUMNS

        gone = TableToRead("public", "gone", ("a",), 1, ("a",))
        assert read_table(server, gone, COLUMNS, Manner(5, None)).unread == [
            ("it was dropped while the database was read", 0)
        ]
        with psycopg.connect(server) as locking:
            locking.execute("CREATE TABLE slow (a text)")
            locking.commit()
            locking.execute("LOCK TABLE slow")
            slow = TableToRead("public", "slow", ("a",), 1, ("a",))
            [(why, _)] = read_table(server, slow, COLUMNS, Manner(1, None)).unread
        assert why.startswith("reading it took longer than 1 seconds")

    def test_a_table_that_is_dropped_meanwhile(self, marketplace: Play, server: str) -> None:
        url = database(server, "dropped", planted())
        with psycopg.connect(url) as dropping, ThreadPoolExecutor() as beside:
            dropping.execute("DROP TABLE users")
            scanning = beside.submit(found, marketplace, "database", url)
            with psycopg.connect(url, autocommit=True) as watching:
                wait_for(watching, "wait_event_type = 'Lock'")
            dropping.commit()
            code, subjects, told = scanning.result()

        assert (code, subjects) == (3, sorted(set(PLANTED) - {"users.email_address"}))
        unread = [
            (finding["path"], finding["message"]) for finding in told["findings"] if finding["rule"] == "dump-unread"
        ]
        assert unread == [("dropped/users", "it was dropped while the database was read")]

    def test_who_interrupts_it_does_not_wait_for_the_server(self, marketplace: Play, server: str) -> None:
        url = database(server, "locked", planted())
        with psycopg.connect(url) as locking, psycopg.connect(url, autocommit=True) as watching:
            locking.execute("LOCK TABLE users")
            command = [sys.executable, "-m", "emailops", "scan", "database", url]
            environment = {**marketplace.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
            with subprocess.Popen(
                command, cwd=marketplace.folder, env=environment, stderr=subprocess.PIPE, text=True
            ) as scan:
                wait_for(watching, "wait_event_type = 'Lock'")
                scan.send_signal(signal.SIGINT)
                _, said = scan.communicate()

        assert (scan.returncode, said) == (130, "emailops: interrupted\n")

    def test_a_server_that_goes_away_meanwhile(self, marketplace: Play, server: str) -> None:
        url = database(server, "away", {})
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE many AS SELECT repeat('x', 1000) AS a FROM generate_series(1, 300000)")
        with psycopg.connect(url, autocommit=True) as killing, ThreadPoolExecutor() as beside:
            scanning = beside.submit(found, marketplace, "database", url)
            killing.execute("SELECT pg_terminate_backend(%s)", [wait_for(killing, "query LIKE 'COPY%'")])
            code, _, told = scanning.result()

        [finding] = [finding for finding in told["findings"] if finding["rule"] == "dump-unread"]
        assert (code, finding["path"]) == (3, "away/many")
        assert finding["message"].startswith("it cannot be read: ")

    def test_what_the_user_may_not_read_is_a_finding_and_nothing_else_is_missed(
        self, marketplace: Play, server: str
    ) -> None:
        url = database(server, "closed", planted())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS reader")
            connection.execute("CREATE ROLE reader LOGIN")
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
            connection.execute("REVOKE SELECT ON users FROM reader")
            code, subjects, told = found(marketplace, "database", url.replace("//scanner@", "//reader@"))
            connection.execute("DROP OWNED BY reader")

        assert (code, subjects) == (3, sorted(set(PLANTED) - {"users.email_address"}))
        assert [finding["message"] for finding in told["findings"] if finding["rule"] == "dump-unread"] == [
            "it cannot be read: permission denied for table users"
        ]

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("/planted", "/nowhere"), 'database "nowhere" does not exist'),
            (("//scanner@", "//stranger:very-secret-word@"), 'role "stranger" does not exist'),
            (("//scanner@", "//full@"), 'too many connections for role "full"'),
        ],
    )
    def test_a_server_that_refuses_says_why(
        self, marketplace: Play, server: str, change: tuple[str, str], says: str
    ) -> None:
        url = database(server, "planted", {})
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute('DROP ROLE IF EXISTS "full"')
            connection.execute('CREATE ROLE "full" LOGIN CONNECTION LIMIT 0')
        ran = marketplace.run("scan", "database", url.replace(*change))

        assert ran.code == 1
        assert "the database cannot be read: " in ran.err
        assert says in ran.err
        assert "very-secret-word" not in ran.err

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("postgresql://scanner:very-secret-word@127.0.0.1:1/none", "the database cannot be read"),
            ("mysql://x", "is not a URL of PostgreSQL"),
            ("env:NOT_SET", "there is no URL"),
        ],
    )
    def test_one_that_refuses_is_an_error_without_the_password(self, marketplace: Play, url: str, says: str) -> None:
        ran = marketplace.run("scan", "database", url, EMAILOPS_SECRETS="env:NOT_SET")

        assert ran.code in (1, 64)
        assert says in ran.err
        assert "very-secret-word" not in ran.err


@pytest.mark.parametrize("sort", ["custom", "directory", "plain", "tar"])
def test_what_pg_dump_makes(marketplace: Play, server: str, sort: str) -> None:
    url = database(server, "planted", planted())
    target = marketplace.folder / "made"
    command = [str(BINARIES / "pg_dump"), f"--format={sort}", f"--file={target}", url]
    subprocess.run(command, check=True)

    assert found(marketplace, "dump", "made")[1] == sorted(PLANTED)


def test_a_dump_of_pg_dumps_own_format_that_is_cut_is_a_finding(marketplace: Play, server: str) -> None:
    url = database(server, "planted", planted())
    target = marketplace.folder / "made"
    subprocess.run([str(BINARIES / "pg_dump"), "--format=custom", f"--file={target}", url], check=True)
    target.write_bytes(target.read_bytes()[:-900])
    ran = marketplace.run("scan", "dump", "made")

    assert ran.code == 3
    assert "dump-unread: it cannot be read to its end: pg_restore: " in ran.out


class TestCluster:
    def test_says_the_same_of_a_dump_as_this_machine(self, marketplace: Play, server: str, cluster: str) -> None:
        from tests.scan.dumps import copy

        (marketplace.folder / "d.sql").write_bytes(copy(planted()) * 3)
        alone = found(marketplace, "dump", "d.sql")
        together = found(marketplace, "dump", "d.sql", "--engine", cluster, "--cores", "5")

        assert together == alone
        assert alone[0] == 3

    def test_says_the_same_of_a_database(self, marketplace: Play, server: str, cluster: str) -> None:
        url = database(server, "planted", planted())

        assert found(marketplace, "database", url, "--engine", cluster) == found(marketplace, "database", url)

    @pytest.mark.parametrize(
        ("engine", "says"), [("dask://127.0.0.1:1", "no scheduler answers"), ("spark://x:1", "is no engine")]
    )
    def test_one_that_is_not_there(self, marketplace: Play, engine: str, says: str) -> None:
        (marketplace.folder / "d.sql").write_bytes(b"")
        ran = marketplace.run("scan", "dump", "d.sql", "--engine", engine)

        assert ran.code in (1, 64)
        assert says in ran.err


def test_a_url_is_read_as_a_file_is(marketplace: Play) -> None:
    import fsspec

    from tests.scan.dumps import copy

    with fsspec.open("memory://dumps/d.sql", "wb") as file:
        file.write(copy(planted()))

    assert found(marketplace, "dump", "memory://dumps/d.sql")[1] == sorted(PLANTED)


def test_the_command_of_the_page_works_as_it_stands_there(marketplace: Play, server: str) -> None:
    page = (Path(__file__).parents[2] / "docs/scan.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^```text\n(.*emailops scan database .*)\n```$", page, re.MULTILINE)
    section = page.partition("## Addresses in databases")[2].partition("\n## ")[0]
    taken = {"N": "2", "ROWS": "1000", "SECONDS": "60"}
    options = [f"{name} {taken[value]}" for name, value in re.findall(r"`(--[a-z]+) ([A-Z]+)`", section)]
    environment = {
        **marketplace.environment,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": database(server, "page", planted()),
    }
    assert sorted(options) == ["--connections 2", "--sample 1000", "--timeout 60"]
    for more in ("", *options):
        ran = subprocess.run(
            ["bash", "-c", f"{command} {more}"],
            check=False,
            capture_output=True,
            text=True,
            cwd=marketplace.folder,
            env=environment,
        )
        assert (ran.returncode, ran.stderr) == (3, "")
        assert all(f"{column} holds 1 address that may be people's" in ran.stdout for column in PLANTED)
