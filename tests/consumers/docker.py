"""What Docker copies of a checkout into an image that copies all."""

from __future__ import annotations

import shutil
from pathlib import Path

from emailops.store.ignore_files.docker import deciding


def context(checkout: Path, image: Path) -> None:
    """Put into `image` what the checkout's `.dockerignore` keeps; `make test-extra` asks Docker itself."""
    ignore = checkout / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    for path in checkout.rglob("*"):
        relative = path.relative_to(checkout)
        if path.is_file() and relative.parts[0] != ".git" and deciding(lines, str(relative)) is None:
            (image / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, image / relative)
