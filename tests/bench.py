"""The speed budgets, each a ratio of two things measured in this one run: `make bench`.

Wall-clock times move from machine to machine and from minute to minute; a ratio to a tool of the same kind does not.
Both are timed in turns, and behind each ratio stands how wide the turns scatter on this machine. The sandbox has no
such tool beside it: its budgets are the times and sizes themselves.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests import bench_clients, bench_commands, bench_mailings, bench_receipts, bench_sandbox, bench_scan
from tests.bench_pairs import Row


def main() -> int:
    """Prints each row beside its budget; ends with 1 when one is over."""
    over = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in (
            bench_commands.rows(folder),
            bench_sandbox.rows(folder),
            bench_clients.rows(),
            bench_scan.rows(folder),
            bench_mailings.rows(folder),
            bench_receipts.rows(folder),
        ):
            for measured in rows:
                row = Row(*measured)
                print(row, flush=True)
                over |= not row.is_within
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
