"""Large states cost in proportion to their size: no resource is compared with every other one.

Work is how many lines are run, which no machine's speed changes: of twice the state twice as many.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import emailops
from tests.large import audiences, consumers, edited, laid, lots, members, moved, recorded, settings, templates
from tests.playing import Play

pytestmark = pytest.mark.slow

SIZES = (40, 80, 160)
OURS = str(Path(emailops.__file__).parent)
MOST = 2.03
"""What is in proportion gives 2.00; a look through all of them for each shows at once."""


def as_declared(accounts: Any) -> None:
    """Everything is there as it is declared."""


def gone(accounts: Any) -> None:
    """Somebody archived all templates but one."""
    for service in accounts["notify"]["services"]:
        service["templates"] = service["templates"][:1]


def empty(accounts: Any) -> None:
    """Nothing is there yet."""
    for account in accounts["mailchimp"]["accounts"]:
        account["audiences"] = []


CASES: dict[str, tuple[Callable[[int], dict[str, str]], Callable[[Any], None], str]] = {
    "validate settings in one file": (settings, as_declared, "validate"),
    "validate consumers": (consumers, as_declared, "validate"),
    "validate templates": (templates, as_declared, "validate"),
    "plan settings": (settings, as_declared, "plan"),
    "plan consumers": (consumers, as_declared, "plan"),
    "plan new audiences": (audiences, as_declared, "plan"),
    "plan new lots": (lots, as_declared, "plan"),
    "plan recorded audiences": (recorded, as_declared, "plan"),
    "plan edited audiences": (recorded, edited, "plan"),
    "plan renamed audiences": (moved, as_declared, "plan"),
    "plan subscribers and merge fields": (members, as_declared, "plan"),
    "plan templates": (templates, as_declared, "plan"),
    "plan edited templates": (templates, edited, "plan"),
    "plan archived templates": (templates, gone, "plan"),
    "drift of edited templates": (templates, edited, "drift"),
    "todo of archived templates": (templates, gone, "todo"),
}


@pytest.mark.parametrize("case", CASES)
def test_twice_the_state_is_twice_the_work(case, tmp_path, reused):
    write, change, command = CASES[case]
    few, more, most = (work(laid(tmp_path / str(size), write(size), change, reused), command) for size in SIZES)

    assert (most - more) / (more - few) < MOST


def test_audiences_whose_ids_nobody_recorded_are_twice_the_work_too(tmp_path, reused):
    def there(number: int) -> Play:
        play = laid(tmp_path / str(number), recorded(number), as_declared, reused)
        (play.state / "recorded/production.yaml").unlink()
        return play

    few, more, most = (work(there(size), "plan") for size in SIZES)
    assert (most - more) / (more - few) < MOST


def test_twice_the_creates_are_twice_the_work_but_for_the_looks_at_what_is_there(tmp_path, reused):
    """Before each create the whole account is listed three times: a name may have come. Nothing else grows with it."""

    def applied(number: int) -> int:
        play = laid(tmp_path / str(number), audiences(number), empty, reused)
        assert play.run("plan", "--out", "plan.json").code == 0
        lines = counted(lambda: play.run("apply", "plan.json"))
        assert len(play.audiences()) == number
        return lines

    applied(2)
    few, more, most = map(applied, (20, 40, 80))
    assert (most - more) / (more - few) < 2.2


MEASURED = """
import tracemalloc
from emailops.store.yaml import parse
from tests.large import settings

content = settings(2_000)["emailops.yaml"].encode()
tracemalloc.start()
value, findings = parse("emailops.yaml", content)
assert not findings
print(len(value["consumers"]["web"]["files"]["more/{stage}.json"]["settings"]), tracemalloc.get_traced_memory()[1])
"""
"""In a process of its own: whatever threads of other tests take would count, too."""


def test_a_large_file_takes_little_memory():
    """A hundred thousand settings of eight lines stay far below a gigabyte, whatever else is kept of them."""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", MEASURED], cwd=root, capture_output=True, text=True, check=True)
    number, peak = map(int, done.stdout.split())

    assert number == 2_000
    assert peak / number * 100_000 < 700_000_000


def work(play: Play, command: str) -> int:
    """How many lines of ours a command runs in its own thread, each turn of a loop counted; all is imported before."""
    play.run(command)

    def ended_well() -> None:
        ran = play.run(command)
        assert ran.code in (0, 2, 6), ran.out + ran.err

    return counted(ended_well)


def counted(run: Callable[[], object]) -> int:
    """How many lines of ours it runs, each turn of a loop counted."""
    count = 0

    def enter(frame: FrameType, *_: object) -> Callable[..., Any] | None:
        return line if frame.f_code.co_filename.startswith(OURS) else None

    def line(*_: object) -> Callable[..., Any]:
        nonlocal count
        count += 1
        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        run()
    finally:
        sys.settrace(before)
    return count
