from __future__ import annotations

import shutil

import pytest

from emailops.store.generated import write_out

from .states import GOLDEN, STATES, files_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files of tests/generate anew")


@pytest.fixture(scope="session", autouse=True)
def written_anew(request: pytest.FixtureRequest) -> None:
    # The option is not known when pytest starts from another folder than this one.
    if request.config.getoption("--golden", default=False):
        shutil.rmtree(GOLDEN, ignore_errors=True)
        for state in STATES:
            write_out(files_of(state), GOLDEN)
