"""In which settings two versions of a generated file differ, in a few words."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

_SHOWN = 3


def difference(old: str, new: str) -> str:
    """`+` what the old one lacks, `-` what it should not hold, `~` what it holds otherwise."""
    try:
        before, after = _settings(old), _settings(new)
    except (ValueError, SyntaxError):
        return "it cannot be read"
    return ", ".join(_differing(before, after)) or "only its header differs"


def _differing(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in before | after:
        if name not in before:
            yield f"+ {name}"
        elif name not in after:
            yield f"- {name}"
        elif before[name] != after[name]:
            yield f"~ {name}{_entries(before[name], after[name])}"


def _entries(before: Any, after: Any) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    entries = list(_differing(_flat(before), _flat(after)))
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    return f" ({', '.join(entries[:_SHOWN])}{more})"


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            flat |= {f"{key}.{rest}": leaf for rest, leaf in _flat(inner).items()}
        else:
            flat[key] = inner
    return flat


def _settings(content: str) -> dict[str, Any]:
    """The settings in a file as emailops wrote it; those of a class with its name in front."""
    if content.startswith("{"):
        settings: dict[str, Any] = json.loads(content)
        settings.pop("_emailops", None)
        return settings
    settings = {}
    for node in ast.parse(content).body:
        inner, prefix = (node.body, f"{node.name}.") if isinstance(node, ast.ClassDef) else ([node], "")
        for one in inner:
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                settings[prefix + one.targets[0].id] = ast.literal_eval(one.value)
    return settings
