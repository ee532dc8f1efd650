"""Things by their id, in the order in which they came, and which of them were written since the file last took note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, Mapping, ValuesView

Item = TypeVar("Item")


class Collection(Generic[Item]):
    """Only `put`, `remove` and `clear` write. Whoever changes an item that it was given puts it again.

    What it is made with counts as known to the file: whoever takes up another state saves all of it.
    """

    __slots__ = ("_items", "_written")

    def __init__(self, items: Mapping[str, Item] | None = None) -> None:
        self._items = dict(items or {})
        self._written: dict[str, bool] = {}  # in order, each with whether something of that id was removed

    def __repr__(self) -> str:
        return f"Collection of {len(self)}"  # items hold keys, and what was written to people

    def __contains__(self, id_: object) -> bool:
        return id_ in self._items

    def __len__(self) -> int:
        return len(self._items)

    def get(self, id_: str) -> Item | None:
        return self._items.get(id_)

    def items(self) -> ItemsView[str, Item]:
        return self._items.items()

    def values(self) -> ValuesView[Item]:
        return self._items.values()

    def newest_first(self) -> Iterator[Item]:
        return reversed(self._items.values())

    def put(self, id_: str, item: Item) -> None:
        if id_ in self._items:
            self._written.setdefault(id_, False)
        else:  # a new item stands behind the others, in the file too
            self._written[id_] = self._written.pop(id_, False)
        self._items[id_] = item

    def remove(self, id_: str) -> None:
        """An item that is there; raises KeyError for any other."""
        del self._items[id_]
        self._written[id_] = True

    def clear(self) -> None:
        for id_ in list(self._items):
            self.remove(id_)

    def take_written(self) -> Iterator[tuple[str, Item | None]]:
        """What to do to the file since the last time: an id with its item, or with None to remove what is there."""
        written, self._written = self._written, {}
        for id_, is_removed in written.items():
            if is_removed:
                yield id_, None
            if id_ in self._items:
                yield id_, self._items[id_]
