"""The speed budgets, each a ratio of two things measured in this one run: `make bench`.

Wall-clock times move from machine to machine and from minute to minute; a ratio to a tool of the same kind does not.
The sandbox has no such tool beside it: its budgets are the times and sizes themselves.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import yaml

from tests import bench_clients, bench_mailings, bench_sandbox

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ENTRIES, FILES = 5_000, 100


def main() -> int:
    """Prints each ratio beside its budget; ends with 1 when one is over."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state_lines = sum(len(path.read_text().splitlines()) for path in (ROOT / "state").rglob("*.yaml"))
        zone = _zone(folder / "zone", state_lines)
        large, twice = _state(folder / "large", ENTRIES), _state(folder / "twice", 2 * ENTRIES)
        octodns_help = _timed(_command("octodns-validate", "--help"))
        octodns = _timed(_command("octodns-validate", "--config-file", str(zone)))
        validate_large = _timed(_command("emailops", "validate", "--state", str(large)), 5)
        rows = [
            ("emailops --help / octodns-validate --help", _timed(_command("emailops", "--help")) / octodns_help, 0.7),
            (
                f"validate state/ / octodns-validate, {state_lines} lines each",
                _timed(_command("emailops", "validate", "--state", str(ROOT / "state"))) / octodns,
                1.0,
            ),
            (
                f"validate {ENTRIES:,} entries in {FILES} files / CSafeLoader on the same files",
                validate_large / _timed(lambda: _parse(large), 5),
                3.0,
            ),
            (
                f"validate {2 * ENTRIES:,} entries / {ENTRIES:,} entries",
                _timed(_command("emailops", "validate", "--state", str(twice)), 5) / validate_large,
                2.3,
            ),
            *bench_sandbox.rows(folder),
            *bench_clients.rows(),
            *bench_mailings.rows(folder),
        ]
    for what, ratio, budget in rows:
        print(f"{'ok  ' if ratio <= budget else 'OVER'}  {ratio:5.2f}  of {budget:.2f}   {what}")
    return int(any(ratio > budget for _, ratio, budget in rows))


def _timed(run: Callable[[], object], times: int = 11) -> float:
    """The median of several runs, after one that warms the caches."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _command(name: str, *arguments: str) -> Callable[[], object]:
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


if __name__ == "__main__":
    sys.exit(main())
