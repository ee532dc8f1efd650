"""An existing Dask cluster that reads parts of a dump or of a database (https://distributed.dask.org/en/stable/api.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from emailops.errors import InvalidInput, UsageError

_ENGINE = re.compile(r"dask://([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):([0-9]{1,5})")
_SECONDS = 10


@contextmanager
def cluster(engine: str) -> Iterator[Executor | None]:
    """What hands work to the cluster; None where no engine is named. Raises UsageError, InvalidInput."""
    if not engine:
        yield None
        return
    found = _ENGINE.fullmatch(engine)
    if found is None:
        raise UsageError(f"{engine!r} is no engine", "--engine dask://HOST:PORT names the scheduler of a cluster")
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise InvalidInput("a cluster needs Dask", "pip install 'emailops[cluster]'") from None
    try:
        client = distributed.Client(f"tcp://{found[1]}:{found[2]}", timeout=_SECONDS, set_as_default=False)
    except (OSError, TimeoutError):
        raise InvalidInput(f"no scheduler answers at {found[1]}:{found[2]}", "see that the cluster runs") from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise InvalidInput(f"the cluster at {found[1]}:{found[2]} has no workers", "start some")
        yield client.get_executor(pure=False)
