"""`templates`: name -> id, of all templates in the consumer's map; `{templates: [NAME, ...]}`: of these."""

from __future__ import annotations

from typing import Any

from emailops.declaration.sources import template
from emailops.declaration.sources.walk import Source, Walk
from emailops.declaration.values import Items


def resolve(walk: Walk, names: Any) -> dict[str, str]:
    """The named templates; else all that the consumer reads through its map or keeps in it."""
    of_map = (*walk.consumer.templates, *walk.consumer.keeps)
    wanted = names.texts() if isinstance(names, Items) else of_map
    return {name: walk.part(name, template.resolve, walk, name) for name in wanted}


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
