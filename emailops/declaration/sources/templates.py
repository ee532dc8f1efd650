"""`templates`: name -> id, of all templates in the consumer's map; `{templates: [NAME, ...]}`: of these."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from emailops.declaration.sources import template
from emailops.declaration.sources.walk import NotYet, Source, Walk
from emailops.declaration.values import Items


def resolve(walk: Walk, names: Any) -> dict[str, str]:
    """The named templates; else all that the consumer reads through its map or keeps in it.

    One that the stage's service has not got yet is left out.
    """
    of_map = (*walk.consumer.templates, *walk.consumer.keeps)
    found = {}
    for name in names.texts() if isinstance(names, Items) else of_map:
        with suppress(NotYet):
            found[name] = walk.part(name, template.resolve, walk, name)
    return found


SOURCE = Source(
    resolve,
    alone="each template in the consumer's `templates` and `keeps`, and its id",
    argument={
        "type": "array",
        "items": {"type": "string", "minLength": 1, "description": "a template"},
        "uniqueItems": True,
        "description": "each of these templates, and its id",
        "examples": [["reset_password", "invite_admin_user"]],
    },
)
