"""Template names: which id each stands for, and what somebody who mistyped one may have meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import Misconfigured, UnknownTemplate

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Templates:
    """The map of an app's template names to ids; an id that stands in code is taken as it is."""

    def __init__(self, ids: Any) -> None:
        if not isinstance(ids, Mapping):
            message = f"templates are {type(ids).__name__}, not a mapping"
            raise Misconfigured(message, "an environment variable cannot hold one: take it from the generated settings")
        for name, id_ in ids.items():
            if not is_template_id(id_):
                raise Misconfigured(f"the template {name!r} has no id of a template", "generate the settings again")
        self._ids: dict[str, str] = dict(ids)

    def id_of(self, name: Any) -> str:
        """Raises UnknownTemplate for what is neither a name nor an id: Notify would take it for an id."""
        if isinstance(name, str) and name in self._ids:
            return self._ids[name]
        if is_template_id(name):
            return str(name)
        raise UnknownTemplate(f"there is no template {name!r}", suggestion(name, self._ids))


def is_template_id(text: Any) -> bool:
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def suggestion(name: Any, names: Mapping[str, Any]) -> str:
    """What to write instead: the nearest name, or all of a few."""
    from difflib import get_close_matches  # noqa: PLC0415 (nobody mistypes often)

    near = get_close_matches(str(name), names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    known = ", ".join(sorted(names)[:10])
    return f"this app has {known}" if known else "this app has none in its settings"
