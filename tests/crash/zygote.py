"""Runs `emailops` again and again in forks of one warm process, each with its own directory, environment and files.

Reads a JSON line a command from standard input: {"run": {...}} answers with the process id, {"wait": PID} with that id
and its end; a PID of -1 is whichever ends first.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from emailops.cli import main
from emailops.engine import apply  # noqa: F401 - warm
from emailops.providers import mailchimp, notify  # noqa: F401 - warm
from emailops.render import report  # noqa: F401 - warm
from emailops.store import plans  # noqa: F401 - warm
from emailops.tasks import mail, plan  # noqa: F401 - warm


def serve() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "run" in asked:
            answer: Any = _fork(asked["run"])
        else:
            pid, status = os.waitpid(asked["wait"], 0)
            answer = [pid, os.waitstatus_to_exitcode(status)]
        print(json.dumps(answer), flush=True)


def _fork(run: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    for number, path in ((1, run["out"]), (2, run["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(run["folder"])
    os.environ.clear()
    os.environ.update(run["environment"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Path(run["pid_file"]).write_text(str(os.getpid()))
    if run.get("at_rename"):
        _trip_at_rename(**run["at_rename"])
    code = 70
    try:
        code = main(run["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _trip_at_rename(number: int, when: str, told: int, count_file: str) -> None:
    """Signal this very process at its `number`th rename of a file into place: just before it, or just after."""
    seen = 0
    due = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen, due
        if due and event == "open":
            due = False
            os.kill(os.getpid(), told)
        if event == "os.rename" and ".emailops-" in str(arguments[0]):
            seen += 1
            descriptor = os.open(count_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(descriptor, str(seen).encode())
            os.close(descriptor)
            if seen == number and when == "before":
                os.kill(os.getpid(), told)
            due = seen == number and when == "after"

    sys.addaudithook(hook)


if __name__ == "__main__":
    serve()
