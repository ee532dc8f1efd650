"""Real servers on this machine, each in a folder of its own and on a free port: Debian's PostgreSQL and Redis."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
SECONDS = 30


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database."""
    if not PROGRAMS:
        raise RuntimeError("PostgreSQL is not installed: make test-extra installs it")
    bin_, port = PROGRAMS[-1], _free_port()
    # PostgreSQL does not run as root, and the folders of tests are root's alone.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="emailops-postgresql-"))
    if user:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    start = [bin_ / "pg_ctl", "-D", folder / "base", "-w", "-l", folder / "log", "-o", options, "start"]
    try:
        _run([bin_ / "initdb", "-D", folder / "base", "-U", "emailops", "-A", "trust", "--no-sync", "-E", "UTF8"], user)
        _run(start, user)
        _run([bin_ / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "emailops", "sends"], user)
        yield f"postgresql://emailops@127.0.0.1:{port}/sends"
    finally:
        stop = [bin_ / "pg_ctl", "-D", folder / "base", "-m", "immediate", "stop"]
        subprocess.run(stop, user=user, cwd="/", check=False, capture_output=True, timeout=SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """The URL of an empty Redis."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="emailops-redis-") as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
            try:
                _wait_for(port)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                running.terminate()
                running.wait(SECONDS)


def _run(command: list[object], user: str | None) -> None:
    done = subprocess.run(
        list(map(str, command)), user=user, cwd="/", check=False, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(SECONDS * 10):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on {port}")
