"""Puts small bugs into what decides and writes, and counts those that no test sees: at most 5 of 100 may survive.

mutmut makes the bugs, and knows from one run of the tests that pyproject.toml names which of them reach a function. Of
all bugs a sample is tried, the same in every run. `survivors.txt` beside this holds those that were seen to survive:
what is new is shown first, as a difference to read. `--number` tries more of them, `--keep` writes the file anew, and
`--go-on` goes on with a run that was stopped. A bug that survives costs five minutes: all tests that reach it are run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

NUMBER, SEED = 100, "2026-11-24"
MOST = 0.05
ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).with_name("survivors.txt")
MUTMUT = Path(sys.executable).with_name("mutmut")
FIRST = "emailops.canonical.x_short*"
"""Three bugs: with them mutmut makes all others, too, and learns which test reaches what."""
_SEEN = {1, 3, -24, -11, -9, 24, 36, 152, 255}
"""How the tests of a bug end that was seen: failed, crashed, or went on for ever."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A bug that no test sees: the function, and the line before and after."""

    function: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.function}\n  - {self.before}\n  + {self.after}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=NUMBER)
    parser.add_argument("--only", default="", help="bugs whose name begins with this, as emailops.policy")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--go-on", action="store_true")
    asked = parser.parse_args()
    if not asked.go_on:
        _mutmut("run", FIRST)
    sample = sorted((name for name in _ends() if name.startswith(asked.only)), key=_drawn)[: asked.number]
    before = _ends() if asked.go_on else {}
    if left := [name for name in sample if before.get(name) is None]:
        _mutmut("run", *left)
    ends = {name: end for name, end in _ends().items() if name in sample}
    survivors = sorted(map(_survivor, (name for name, end in ends.items() if end not in _SEEN)), key=str)
    if asked.keep:
        KEPT.write_text("".join(f"{survivor}\n" for survivor in survivors), encoding="utf-8")
    return _told(ends, survivors)


def _told(ends: dict[str, int], survivors: list[Survivor]) -> int:
    known = KEPT.read_text(encoding="utf-8") if KEPT.exists() else ""
    for survivor in sorted(survivors, key=lambda survivor: str(survivor) in known):
        print(f"{'known' if str(survivor) in known else 'new'}: {survivor}")
    tried = Counter(_package(name) for name in ends)
    left = Counter(_package(survivor.function) for survivor in survivors)
    for package, number in sorted(tried.items()):
        print(f"{package:20} {number:4} tried  {left[package]:3} survived")
    share = len(survivors) / len(ends)
    print(f"{len(survivors)} of {len(ends)} survived: {share:.1%}, and at most {MOST:.0%} may")
    return share > MOST


def _mutmut(*arguments: str) -> str:
    done = subprocess.run([MUTMUT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def _ends() -> dict[str, int]:
    """The name of each bug -> how its tests ended; None where they have not run."""
    metas = (json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "mutants").rglob("*.meta"))
    return {name: end for meta in metas for name, end in meta["exit_code_by_key"].items()}


def _drawn(name: str) -> str:
    """By this they are put in order: no other bug's name changes which of two comes first."""
    return sha256(f"{SEED} {name}".encode()).hexdigest()


def _survivor(name: str) -> Survivor:
    lines = _mutmut("show", name).splitlines()
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign) and not line.startswith(sign * 3))
        for sign in "-+"
    )
    return Survivor(name.rpartition("__mutmut_")[0], before, after)


def _package(name: str) -> str:
    return ".".join(name.split(".")[:2])


if __name__ == "__main__":
    sys.exit(main())
