"""`{per_framework: {statuses: [STATUS, ...], text: TEXT}}`: a text for each framework with one of these statuses."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from emailops.declaration.model import Framework
from emailops.declaration.sources.walk import Source, Walk
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import FrameworkStatus

_NUMBER = re.compile(r"[0-9]+$")


def resolve(walk: Walk, per_framework: Any) -> list[Any]:
    found: list[Any] = []
    if isinstance(per_framework, Table):
        wanted = per_framework.items_at("statuses").texts()
        for framework in walk.declaration.frameworks.values():
            walk.rests_on(framework.source)
            if framework.status in wanted:
                found.append(walk.of_framework(framework.name, _filled(per_framework.text("text"), framework)))
                walk.decided(partial(framework.source.at, "status"), str(len(found)))
    return found


def _filled(text: str, framework: Framework) -> str:
    number = _NUMBER.search(framework.name)
    words = {"framework": framework.name, "framework_name": framework.title, "number": number[0] if number else "1"}
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text)


SOURCE = Source(
    resolve,
    argument={
        "type": "object",
        "description": "a text for each framework with one of these statuses",
        "properties": {
            "statuses": {
                "type": "array",
                "description": "the statuses of the frameworks",
                "items": {"enum": [status.value for status in FrameworkStatus]},
                "uniqueItems": True,
            },
            "text": {
                "type": "string",
                "description": (
                    "the text; {framework} is the framework's name, {framework_name} what people call it, {number} the "
                    "number at the end of the name, 1 where there is none"
                ),
                "pattern": r"^([^{}]|\{(framework|framework_name|number)\})+$",
            },
        },
        "required": ["statuses", "text"],
        "additionalProperties": False,
        "examples": [{"statuses": ["open", "closing"], "text": "upload-{framework}-emails"}],
    },
)
