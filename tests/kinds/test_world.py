"""What an account holds, found again: by id, and by name."""

from __future__ import annotations

import pytest

from emailops.kinds.world import World
from emailops.resource import Observed


def held(name: str, id_: str) -> Observed:
    return Observed(id=id_, name=name, attributes={})


WORLD = World((held("news", "a1"), held("news", "b2"), held("not there yet", "")))


@pytest.mark.parametrize(("id_", "name"), [("a1", "news"), ("b2", "news"), ("c3", None), ("", None), (None, None)])
def test_by_its_id_and_nothing_by_none(id_: str | None, name: str | None) -> None:
    found = WORLD.of_id(id_)
    assert (found.name if found else None) == name


def test_by_a_name_all_that_have_it() -> None:
    assert [found.id for found in WORLD.named("news")] == ["a1", "b2"]
    assert list(WORLD.named("weather")) == []
