"""The speed budgets of commands: against octoDNS, against themselves on a smaller state, and in requests and pushes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from tests.bench_pairs import Row, pairs
from tests.cloning import BRANCH, git, on_a_branch, remote_of
from tests.large import audiences, edited, laid, recorded
from tests.playing import Play, Reused

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ENTRIES, FILES = 5_000, 100
FEW, MANY, CREATES = 200, 2_000, 20
PAGE = 500
"""Audiences a request."""
ASIDE = 3
"""Requests of a plan beside the audiences: whose account it is, and the templates of two services."""


def rows(folder: Path) -> Iterator[Row]:
    yield from _starts(folder)
    yield from _large_files(folder)
    with Reused({}) as sandbox:
        yield from _plans(folder, sandbox)
        yield from _pushes(folder, sandbox)


def _starts(folder: Path) -> Iterator[Row]:
    lines = sum(len(path.read_text().splitlines()) for path in (ROOT / "state").rglob("*.yaml"))
    octodns = ("octodns-validate", "--config-file", str(_zone(folder / "zone", lines)))
    validate = command("emailops", "validate", "--state", str(ROOT / "state"))
    yield pairs(command("emailops", "--help"), command("octodns-validate", "--help")).row(
        "emailops --help / octodns-validate --help", 0.65
    )
    yield pairs(validate, command(*octodns)).row(f"validate state/ / octodns-validate, {lines} lines each", 0.8)
    generate = command(
        "emailops", "generate", "--state", str(ROOT / "state"), "--out", str(folder / "built"), "--force"
    )
    count = sum(1 for path in (ROOT / "state/consumers").glob("[!_]*.yaml"))
    yield pairs(generate, validate).row(f"generate the files of {count} consumers / validate", 1.6)


def _large_files(folder: Path) -> Iterator[Row]:
    large, twice = _state(folder / "large", ENTRIES), _state(folder / "twice", 2 * ENTRIES)
    validate = command("emailops", "validate", "--state", str(large))
    yield pairs(validate, lambda: _parse(large), 5).row(
        f"validate {ENTRIES:,} entries in {FILES} files / CSafeLoader on the same files", 3.0
    )
    yield pairs(command("emailops", "validate", "--state", str(twice)), validate, 5).row(
        f"validate {2 * ENTRIES:,} entries / {ENTRIES:,} entries", 2.3
    )


def _plans(folder: Path, sandbox: Reused) -> Iterator[Row]:
    """A plan of many audiences asks for no page twice, and takes no longer for each than one of few."""
    few = _recorded(folder / "few", FEW, sandbox)
    with Reused({}) as another:
        many = _recorded(folder / "many", MANY, another)
        for play, number in ((few, FEW), (many, MANY)):
            requests = json.loads(_plan(play, "--format", "json")())["requests"]
            expected = ASIDE + -(-number // PAGE)
            yield Row(f"plan {number:,} audiences: {requests} requests / {expected}", requests / expected, 1.0)
        # In this process: what a command costs before it begins would hide what each audience costs.
        work = pairs(many.plan, few.plan, 5)
        yield work.row(f"plan {MANY:,} audiences / {FEW}, without the start", MANY / FEW)


def _pushes(folder: Path, sandbox: Reused) -> Iterator[Row]:
    """Two pushes a create, the intent before and the id after it; and those of the run: lease, settings, end."""
    play = _play(folder / "pushed", CREATES, sandbox)
    play.edit("emailops.yaml", "format: 1\n", "format: 1\nledger: files\n")
    (play.state / "recorded").mkdir()
    (play.state / "recorded/production.yaml").write_text("")
    on_a_branch(play)
    before = _commits(play)
    ran = play.run("apply", "--stage", "production", "--yes")
    assert len(play.audiences()) == CREATES, ran.err
    pushes, allowed = _commits(play) - before, 2 * CREATES + 3
    yield Row(f"apply {CREATES} creates, ledger: git: {pushes} pushes / {allowed}", pushes / allowed, 1.0)


def _play(folder: Path, number: int, sandbox: Reused) -> Play:
    return laid(folder / "play", audiences(number), lambda _: None, sandbox)


def _recorded(folder: Path, number: int, sandbox: Reused) -> Play:
    return laid(folder / "play", recorded(number), edited, sandbox)


def _commits(play: Play) -> int:
    return int(git(remote_of(play), "rev-list", "--count", BRANCH))


def _plan(play: Play, *options: str) -> Callable[[], str]:
    def run() -> str:
        arguments = [BIN / "emailops", "plan", *options]
        done = subprocess.run(
            arguments, cwd=play.folder, env=play.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def command(name: str, *arguments: str) -> Callable[[], object]:
    """Runs an installed command, as a shell does."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run([BIN / name, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)


def _parse(folder: Path) -> None:
    for path in folder.rglob("*.yaml"):
        yaml.load(path.read_bytes(), yaml.CSafeLoader)


def _zone(folder: Path, lines: int) -> Path:
    """An octoDNS zone file of as many lines."""
    folder.mkdir()
    records = [f"host{n}:\n  ttl: 300\n  type: A\n  value: 10.0.{n // 250}.{n % 250 + 1}\n" for n in range(lines // 4)]
    (folder / "example.com.yaml").write_text("---\n" + "".join(records))
    config = folder / "config.yaml"
    config.write_text(
        "providers:\n  config:\n    class: octodns.provider.yaml.YamlProvider\n    enforce_order: false\n"
        f"    directory: {folder}\nzones:\n  example.com.:\n    sources: [config]\n    targets: [config]\n"
    )
    return config


def _state(folder: Path, entries: int) -> Path:
    """The minimal state, and FILES more consumers; an entry is a setting of eight lines and 290 bytes."""
    (folder / "consumers").mkdir(parents=True)
    root = (ROOT / "tests/states/minimal/emailops.yaml").read_text()
    own, _, consumers = root.partition("\nconsumers:\n")
    (folder / "emailops.yaml").write_text(own + "\n")
    web = consumers.partition("  web:\n")[2]
    (folder / "consumers/web.yaml").write_text("".join(line[4:] for line in web.splitlines(keepends=True)))
    for number in range(FILES):
        settings = "".join(_entry(entry) for entry in range(entries // FILES))
        (folder / f"consumers/app-{number}.yaml").write_text(
            f"repository: https://git.example/app-{number}.git\nsends: []\n"
            f"files:\n  settings/{{stage}}.json:\n    format: json\n    settings:\n{settings}"
        )
    return folder


def _entry(number: int) -> str:
    rows = "".join(f"          row_{row}: {{value: the text of row {row} in {number}}}\n" for row in range(6))
    return f"      SETTING_{number}:\n        table:\n{rows}"
