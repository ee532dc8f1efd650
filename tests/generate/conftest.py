from __future__ import annotations

import shutil

import pytest

from emailops.store.generated import write_out

from .states import GOLDEN, STATES, files_of


@pytest.fixture(scope="session", autouse=True)
def written_anew(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--golden"):
        shutil.rmtree(GOLDEN, ignore_errors=True)
        for state in STATES:
            write_out(files_of(state), GOLDEN)
