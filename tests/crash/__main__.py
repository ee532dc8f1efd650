"""`make crash-test`: every case with both ledgers, some at a time; ends with 1 if any fails."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.crash.cases import Case, Measure, every_case, measure, play
from tests.crash.scene import Zygote

AT_ONCE = 4
LEDGERS = ("files", "git")
_own = threading.local()


def main(chosen: str = "") -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="emailops-crash-") as folder:
        zygote = Zygote()
        measured = {ledger: measure(Path(folder) / f"undisturbed-{ledger}", ledger, zygote) for ledger in LEDGERS}
        zygote.close()
        cases = [case for ledger in LEDGERS for case in every_case(ledger, measured[ledger]) if chosen in _title(case)]
        for ledger, found in measured.items():
            print(f"{ledger}: {found.requests} requests, {found.writes} of them write, {found.noted} ledger writes")
        # The longest ones sleep, so they begin first and cost little.
        cases.sort(key=lambda case: "stopped" not in case.name)
        numbered = iter(range(len(cases)))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ends = list(pool.map(lambda case: _played(case, Path(folder) / str(next(numbered)), measured), cases))
    wrong = [end for end in ends if end]
    print("\n".join(wrong))
    print(f"{len(cases)} cases, {len(wrong)} failed, {time.monotonic() - began:.0f} seconds")
    return 1 if wrong or not cases else 0


def _title(case: Case) -> str:
    return f"{case.ledger}: {case.name}"


def _played(case: Case, folder: Path, measured: dict[str, Measure]) -> str:
    """Why a case failed, or an empty text."""
    if not hasattr(_own, "zygote"):
        _own.zygote = Zygote()
    try:
        play(case, folder, measured[case.ledger], _own.zygote)
    except Exception:
        _own.zygote = Zygote()
        return f"FAILED {_title(case)}\n{traceback.format_exc(limit=-4)}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
