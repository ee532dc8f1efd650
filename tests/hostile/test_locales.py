"""Whatever language, encoding and time zone a machine has: the same answers, files and codes, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.playing import TODAY, Play
from tests.slices import part

PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LOCALES: dict[str, dict[str, str]] = {
    "C": {**PLAIN, "LC_ALL": "C"},
    "POSIX": {**PLAIN, "LC_ALL": "POSIX"},
    "C.UTF-8": {"LC_ALL": "C.UTF-8"},
    "none at all": {},
    "one that is not installed": {"LC_ALL": "tlh_KX.UTF-8", "LANG": "tlh_KX"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    "Latin-1 output": {"PYTHONIOENCODING": "latin-1"},
    "ASCII output": {"PYTHONIOENCODING": "ascii"},
    "ASCII output that must not fail": {"PYTHONIOENCODING": "ascii:strict"},
    "UTF-16 output": {"PYTHONIOENCODING": "utf-16"},
    "far in the east": {"TZ": "Pacific/Kiritimati"},
    "far in the west": {"TZ": "Etc/GMT+12"},
    "a time zone that there is not": {"TZ": "Mars/Olympus"},
}
COMMANDS = {
    "--help": 0,
    "validate": 0,
    "plan": 0,
    "plan --format markdown": 0,
    "plan --format html": 0,
    "plan --format json": 0,
    "todo": 0,
    "explain notify-template/permit_granted": 0,
    "show notify-template/permit_granted": 0,
    "trace web permit_granted ada@example.com --stage production": 0,
    "rules": 0,
    "kinds": 0,
    "drift": 2,
    "no-such-command": 64,
}
NAME = "Zulässige Genehmigung – İstanbul, Ελλάδα, 例"
ROWS = [(command, locale) for command in COMMANDS for locale in LOCALES]


def run(play: Play, command: str, locale: str) -> subprocess.CompletedProcess[bytes]:
    path = str(Path(__file__).parents[2])
    environment = {**play.environment, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **LOCALES[locale]}
    dated = (
        ["--today", TODAY] if command.split(maxsplit=1)[0] in ("validate", "plan", "todo", "explain", "drift") else []
    )
    arguments = [sys.executable, "-m", "emailops", *command.split(), *dated]
    return subprocess.run(arguments, cwd=play.folder, env=environment, capture_output=True, check=False)


def far_travelled(play: Play) -> None:
    """A service, and a template's words, that no single old encoding can write."""
    play.edit("emailops.yaml", "service: Permits", f"service: {NAME}")
    (play.state / "templates").mkdir()
    words = f"Subject: {NAME}\n\nDear ((name)), {NAME}\n"
    (play.state / "templates/permit_granted.md").write_text(words, encoding="utf-8")


@pytest.mark.few(1)
@pytest.mark.parametrize(("command", "locale"), part(ROWS, 11))
def test_a_command_ends_as_everywhere(minimal: Play, command: str, locale: str) -> None:
    far_travelled(minimal)
    ran = run(minimal, command, locale)

    assert ran.returncode == COMMANDS[command], ran.stderr.decode(errors="replace")
    assert b"Traceback" not in ran.stderr
    assert ran.stdout or ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES)
def test_files_are_the_same_bytes(minimal: Play, locale: str) -> None:
    far_travelled(minimal)
    usual, here = minimal.folder / "usual", minimal.folder / "here"
    assert run(minimal, "generate --out usual", "C.UTF-8").returncode == 0
    assert run(minimal, "generate --out here", locale).returncode == 0

    assert contents(here) == contents(usual)


@pytest.mark.slow
@pytest.mark.parametrize("locale", part(list(LOCALES), 4))
def test_a_plan_is_the_same_plan(minimal: Play, locale: str) -> None:
    far_travelled(minimal)
    digests = set()
    for file, where in (("usual.json", "C.UTF-8"), ("here.json", locale)):
        assert run(minimal, f"plan --out {file}", where).returncode == 0
        content = (minimal.folder / file).read_bytes().decode("utf-8")
        assert NAME in content
        digests.add(next(line for line in content.splitlines() if '"digest"' in line))

    assert len(digests) == 1


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
