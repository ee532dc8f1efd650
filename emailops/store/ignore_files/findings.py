"""What packaging leaves out, as findings in a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emailops.generate import is_packaged
from emailops.resource import Finding, Place
from emailops.store.generated import marked
from emailops.store.ignore_files import left_out


def findings(checkout: Path, environment: Mapping[str, str]) -> list[Finding]:
    """Generated files that an ignore file of the checkout leaves out, at the line that does."""
    files = dict(marked(checkout))
    found = left_out(checkout, sorted(files), environment, packaged=lambda path: is_packaged(files[path]))
    return [
        Finding.error(
            Place(left.by, left.line, 1),
            "generated-left-out",
            f"it leaves out {left.path}: {left.pattern}",
            left.remedy,
        )
        for left in found
    ]
