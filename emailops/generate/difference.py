"""In which settings two versions of a generated file differ, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emailops.canonical import flat
from emailops.generate.format import Values
from emailops.generate.header import body

_SHOWN = 3


def difference(old: str, new: str, read: Callable[[str], Values]) -> str:
    """`+` what the old content lacks, `-` what it should not hold, `~` what it holds otherwise."""
    try:
        before, after = _settings(old, read), _settings(new, read)
    except (ValueError, SyntaxError, RecursionError):
        return "it cannot be read"
    otherwise = "only its header differs" if body(old) == body(new) else "only how it is written differs"
    return ", ".join(_differing(before, after)) or otherwise


def _settings(content: str, read: Callable[[str], Values]) -> dict[str, Any]:
    """Setting -> value; the settings of a class with its name in front."""
    return {
        f"{class_name}.{name}" if class_name else name: value
        for class_name, settings in read(content).items()
        for name, value in settings.items()
    }


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in {**before, **after}:
        if name not in before:
            yield f"+ {name}"
        elif name not in after:
            yield f"- {name}"
        elif before[name] != after[name]:
            yield f"~ {name}{_entries(before[name], after[name])}"


def _entries(before: Any, after: Any) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    entries = list(_differing(flat(before), flat(after)))
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    return f" ({', '.join(entries[:_SHOWN])}{more})"
