from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare an output with the golden file of that name; `--golden` writes it anew."""

    def compare(name: str, output: str) -> None:
        if request.config.getoption("--golden", default=False):
            GOLDEN.mkdir(exist_ok=True)
            (GOLDEN / name).write_text(output, encoding="utf-8")
        assert output == (GOLDEN / name).read_text(encoding="utf-8")

    return compare
