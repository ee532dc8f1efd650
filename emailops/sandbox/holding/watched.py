"""A mapping that knows which of its keys were written, and which values were lent to someone who may change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = TypeVar("Value")


class Watched(dict[str, Value]):
    """Lending is by key alone: whoever changes what a walk over all values gave them takes it by its key first."""

    def __init__(self, values: dict[str, Value]) -> None:
        super().__init__(values)
        self._written: dict[str, None] = {}  # in order, for a new key stands behind the others
        self._lent: dict[str, None] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def changed(self, *, lent: bool) -> Iterator[tuple[str, Value | None]]:
        """What was written since the last time, None where it is gone; and what was lent, when that counts."""
        keys = self._written | self._lent if lent else self._written
        self._written, self._lent = {}, {}
        for key in keys:
            yield key, super().get(key)

    def __getitem__(self, key: str) -> Value:
        self._lent[key] = None
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._lent[key] = None
        return super().get(key, default)

    def __setitem__(self, key: str, value: Value) -> None:
        self._written[key] = None
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._written[key] = None
        super().__delitem__(key)

    def pop(self, key: str, *default: Any) -> Any:
        self._written[key] = None
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Value]:
        key, value = super().popitem()
        self._written[key] = None
        return key, value

    def setdefault(self, key: str, default: Any = None) -> Any:
        self._written[key] = None
        return super().setdefault(key, default)

    def update(self, *values: Any, **more: Any) -> None:
        for key, value in dict(*values, **more).items():
            self[key] = value

    def __ior__(self, values: Any) -> Watched[Value]:  # type: ignore[override,misc]
        self.update(values)
        return self

    def clear(self) -> None:
        self._written |= dict.fromkeys(self)
        super().clear()
