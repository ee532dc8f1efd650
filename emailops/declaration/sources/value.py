"""`{value: TEXT}`: a fixed text."""

from __future__ import annotations

from typing import Any

from emailops.declaration.sources.walk import Source, Walk


def resolve(_: Walk, text: Any) -> Any:
    return text


SOURCE = Source(
    resolve, argument={"type": "string", "description": "a fixed text", "examples": ["a fixed text"]}, is_text=True
)
