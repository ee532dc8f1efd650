"""A PostgreSQL of Debian's, on loopback, for one run of the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/nowhere"))


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a server that is empty, and gone afterwards. As root it runs as the user postgres."""
    folder = Path(tempfile.mkdtemp(prefix="emailops-postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _run("initdb", "--pgdata", str(folder / "data"), "--username=scanner", "--auth=trust", "--encoding=UTF8")
        _run(
            "pg_ctl",
            "start",
            "--wait",
            "--pgdata",
            str(folder / "data"),
            "--options",
            options,
            "--log",
            f"{folder}/log",
        )
        yield f"postgresql://scanner@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "stop", "--mode=immediate", "--pgdata", str(folder / "data"))
        shutil.rmtree(folder)


def _run(program: str, *arguments: str) -> None:
    command = [str(BINARIES / program), *arguments]
    if os.getuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")
