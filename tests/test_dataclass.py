"""Our dataclass is the library's in all that is used of it: each thing is asked of both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from emailops.dataclass import dataclass


def shapes(decorate: Callable[..., Any]) -> tuple[Any, Any]:
    """A frozen one with every sort of field, and one that can be changed, as this decorator makes them."""

    @decorate(frozen=True, slots=True, order=True)
    class Shape:
        """A shape."""

        name: str
        sides: int = 4
        tags: list[str] = field(default_factory=list, compare=False)
        hidden: str = field(default="", repr=False)
        area: int = field(init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "area", self.sides * 2)

    @decorate(slots=True)
    class Pile:
        """A pile."""

        shapes: dict[str, int] = field(default_factory=dict)

    return Shape, Pile


@dataclass(frozen=True, slots=True)
class Kept:
    """One that can be found by its name."""

    name: str
    size: int = 1


OURS, THEIRS = shapes(dataclass), shapes(dataclasses.dataclass)
ASKED: dict[str, Callable[[Any, Any], Any]] = {
    "repr": lambda shape, pile: (repr(shape("a")), repr(shape("a", 3, ["x"])), repr(pile({"a": 1}))),
    "equal": lambda shape, _: (shape("a") == shape("a"), shape("a") == shape("b"), shape("a") == "a"),
    "not compared": lambda shape, _: shape("a", tags=["x"]) == shape("a", tags=["y"]),
    "hash": lambda shape, _: hash(shape("a")) == hash(shape("a", tags=["x"])),
    "in a set": lambda shape, _: len({shape("a"), shape("a"), shape("b")}),
    "order": lambda shape, _: [each.name for each in sorted([shape("b"), shape("a", 9), shape("a", 1)])],
    "replace": lambda shape, _: dataclasses.replace(shape("a", 3), name="b").area,
    "asdict": lambda shape, pile: (dataclasses.asdict(shape("a", tags=["x"])), dataclasses.asdict(pile({"a": 1}))),
    "fields": lambda shape, _: [each.name for each in dataclasses.fields(shape)],
    "a default of its own": lambda shape, _: shape("a").tags is not shape("b").tags,
    "slots": lambda shape, pile: (hasattr(shape("a"), "__dict__"), hasattr(pile(), "__dict__")),
    "match": lambda shape, _: shape.__match_args__,
    "copy": lambda shape, _: (copy.copy(shape("a", 3)).area, copy.deepcopy(shape("a", 3, ["x"])).tags),
    "set": lambda _, pile: setattr(pile(), "shapes", {}),
    "doc": lambda shape, _: shape.__doc__,
}
REFUSED: dict[str, tuple[Callable[[Any, Any], Any], type[Exception]]] = {
    "set a frozen field": (lambda shape, _: setattr(shape("a"), "name", "b"), FrozenInstanceError),
    "delete a frozen field": (lambda shape, _: delattr(shape("a"), "name"), FrozenInstanceError),
    "leave one out": (lambda shape, _: shape(), TypeError),
    "an unknown one": (lambda shape, _: shape("a", colour="red"), TypeError),
    "one that is worked out": (lambda shape, _: shape("a", area=1), TypeError),
    "hash what can be changed": (lambda _, pile: hash(pile()), TypeError),
    "compare with another sort": (lambda shape, pile: shape("a") < pile(), TypeError),
}


@pytest.mark.parametrize("asked", ASKED)
def test_it_answers_as_the_librarys(asked: str) -> None:
    assert ASKED[asked](*OURS) == ASKED[asked](*THEIRS)


@pytest.mark.parametrize("asked", REFUSED)
@pytest.mark.parametrize("made", [OURS, THEIRS], ids=["ours", "the library's"])
def test_it_refuses_what_the_librarys_does(made: tuple[Any, Any], asked: str) -> None:
    do, error = REFUSED[asked]
    with pytest.raises(error):
        do(*made)


@pytest.mark.parametrize("decorate", [dataclass, dataclasses.dataclass], ids=["ours", "the library's"])
def test_one_can_be_made_of_another(decorate: Callable[..., Any]) -> None:
    @decorate(frozen=True, slots=True)
    class Named(Kept):
        """One with a place, too."""

        place: str = "here"

    assert repr(Named("a")).endswith("Named(name='a', size=1, place='here')")
    with pytest.raises(FrozenInstanceError):
        Named("a").place = "there"


def test_it_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept("a", 2))) == Kept("a", 2)
