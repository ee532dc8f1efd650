"""The words that a state may say are the same in the schemas and in the types."""

from __future__ import annotations

from typing import Any

import pytest

from emailops.declaration.vocabulary import (
    ApplyFrom,
    Contact,
    DumpAddresses,
    FrameworkStatus,
    KeyKind,
    SendsWith,
    TemplateType,
    word,
)
from emailops.schema import schema


def at(name: str, *path: str) -> Any:
    node = schema(name)
    for step in path:
        node = node[step]
    return node


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        (KeyKind, at("key", "properties", "kind", "enum")),
        (TemplateType, at("template", "properties", "type", "enum")),
        (DumpAddresses, at("dump", "properties", "addresses", "enum")),
        (SendsWith, at("consumer", "properties", "sends", "items", "enum")),
        (ApplyFrom, at("emailops", "properties", "policy", "properties", "apply_from", "enum")),
        (FrameworkStatus, at("audience", "properties", "status", "enum")),
        (FrameworkStatus, at("file", "$defs", "source", "else", "properties", "frameworks", "items", "enum")),
        (
            Contact,
            [choice["required"][0] for choice in at("notify-service", "properties", "guest_list", "items", "oneOf")],
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_type_has_the_words_of_the_schema(type_, said):
    assert [*type_] == said


@pytest.mark.parametrize("text", ["", "Live", "live ", None, 1, [], {}])
def test_any_other_text_is_no_word(text):
    assert word(KeyKind, text) is None
