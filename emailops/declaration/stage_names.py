"""What a consumer calls a stage, in the paths and names of its files: `{stage}`, `{Stage}`, `{STAGE}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from emailops.declaration.values import Items, Table

PLACEHOLDER = r"\{(?:stage|Stage|STAGE)\}"
_PLACEHOLDER = re.compile(PLACEHOLDER)


def is_staged(text: str) -> bool:
    """Whether a path or a name is another one at each stage."""
    return _PLACEHOLDER.search(text) is not None


def at_stages(text: str, stages: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What a path or a name becomes -> the stages for which it does; itself for all where it names no stage."""
    if not is_staged(text):
        return {text: tuple(stages)}
    found: dict[str, list[str]] = {}
    for stage in stages:
        for name in names.get(stage, (stage,)):
            found.setdefault(_filled(text, name), []).append(stage)
    return {filled: tuple(of) for filled, of in found.items()}


def names_of(table: Table) -> dict[str, tuple[str, ...]]:
    """Stage -> what the consumer calls it, one name or several."""
    return {
        stage: value.texts() if isinstance(value, Items) else (value,)
        for stage, value in table.items()
        if isinstance(value, Items | str)
    }


def _filled(text: str, name: str) -> str:
    written = {
        "{stage}": name,
        "{Stage}": name[:1].upper() + name[1:],
        "{STAGE}": name.upper().replace("-", "_"),
    }
    return _PLACEHOLDER.sub(lambda found: written[found[0]], text)
