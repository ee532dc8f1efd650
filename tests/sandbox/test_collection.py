"""A collection knows what was written, so that a file that takes note of it holds the same, in the same order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emailops.sandbox.holding.collection import Collection

IDS = st.sampled_from("abcd")
STEPS = st.lists(st.tuples(st.sampled_from(["put", "remove", "clear", "note"]), IDS, st.integers(0, 9)), max_size=30)


def noted(file: dict[str, int], collection: Collection[int]) -> dict[str, int]:
    """The file after it took note of the collection, as SQLite would have it: what is there keeps its place."""
    for id_, item in collection.take_written():
        if item is None:
            file.pop(id_, None)
        else:
            file[id_] = item
    return file


@given(st.dictionaries(IDS, st.integers(0, 9)), STEPS)
def test_a_file_that_takes_note_holds_the_same(first: dict[str, int], steps: list[tuple[str, str, int]]) -> None:
    collection, file = Collection(first), dict(first)
    for step, id_, item in steps:
        if step == "put":
            collection.put(id_, item)
        elif step == "remove" and id_ in collection:
            collection.remove(id_)
        elif step == "clear":
            collection.clear()
        elif step == "note":
            file = noted(file, collection)
    file = noted(file, collection)
    assert list(file.items()) == list(collection.items())
    assert list(collection.take_written()) == []


def test_reading_is_no_write() -> None:
    collection = Collection({"a": 1, "b": 2})
    assert (collection.get("a"), collection.get("c"), "b" in collection, len(collection)) == (1, None, True, 2)
    assert (list(collection.values()), list(collection.newest_first())) == ([1, 2], [2, 1])
    assert list(collection.take_written()) == []
