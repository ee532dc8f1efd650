"""A command line on a terminal, as a person would use it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import emailops
from tests.playing import Play, Ran

_MAIN = "import sys; from emailops.cli import main; sys.exit(main())"


def on_a_terminal(play: Play, typed: str, *arguments: str, **environment: str) -> Ran:
    """Run `emailops ARGUMENTS` on a terminal of its own; `out` is everything that it showed."""
    ours, theirs = pty.openpty()
    variables = {**play.environment, "PYTHONPATH": str(Path(emailops.__file__).parents[1]), **environment}
    command = [sys.executable, "-c", _MAIN, *arguments]
    with subprocess.Popen(command, cwd=play.folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs) as ran:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b"".join(iter(lambda: _more(ours), b""))
        code = ran.wait()
    os.close(ours)
    return Ran(code, shown.decode().replace("\r\n", "\n"), "")


def _more(terminal: int) -> bytes:
    """What comes next; nothing once the other side has gone, which some systems call an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
