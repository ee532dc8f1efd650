"""Makes `emailops_clients` importable where its wheel is not installed: from the folder that the wheel is built of."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "emailops/clients"

if util.find_spec("emailops_clients") is None:
    _spec = util.spec_from_file_location(
        "emailops_clients", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["emailops_clients"] = util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["emailops_clients"])


def command(code: str) -> list[str]:
    """Python that runs this code in a process of its own, with the clients importable."""
    return [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(HERE)!r})\nimport loading\n{code}"]
