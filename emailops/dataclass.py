"""The dataclass of the standard library, made in a quarter of the time: for what every command imports.

It compiles six functions a class, which is most of what a short command does. Here one is compiled, and the others are
closures that all classes share. From Python 3.13 on the library does much the same, and this file can go.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter, ge, gt, le, lt
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen=False, eq=True, order=False, **options):
        """`dataclasses.dataclass` of these options, in all that is asked of it here."""

        def decorated(cls: type) -> type:
            own = vars(cls)
            # The library would work out a signature to say it in the place of a docstring.
            cls.__doc__ = cls.__doc__ or cls.__name__
            inherits = any(
                base.__dataclass_params__.frozen for base in cls.__mro__[1:] if dataclasses.is_dataclass(base)
            )
            made = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=inherits, **options)(cls)
            made.__dataclass_params__.frozen = frozen
            fields = dataclasses.fields(made)
            made.__init__ = _init(made, fields)
            if "__repr__" not in own:
                made.__repr__ = _repr([field.name for field in fields if field.repr])
            if eq:
                _compare(made, [field.name for field in fields if field.compare], frozen=frozen, order=order, own=own)
            if frozen:
                made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
                made.__getstate__, made.__setstate__ = _state, _restore
            return made

        return decorated


def _init(cls: type, fields: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Sets each field past what keeps a frozen one from being set."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    wanted, lines = ["self"], []
    for field in fields:
        name, value = field.name, field.name
        if field.default_factory is not MISSING:
            known[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}() if {name} is _missing else {name}" if field.init else f"_make_{name}()"
        if field.init:
            has_default = field.default is not MISSING or field.default_factory is not MISSING
            known[f"_default_{name}"] = field.default
            wanted.append(f"{name}=_default_{name}" if has_default else name)
        if field.init or field.default_factory is not MISSING:
            lines.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(wanted)}):\n" + ("\n".join(lines) or " pass"), known)  # noqa: S102 (names of fields)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _repr(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _compare(cls: Any, names: list[str], *, frozen: bool, order: bool, own: Any) -> None:
    """What is compared, hashed and ordered are the values of these fields."""
    values = attrgetter(*names) if names else lambda _: ()

    def equals(self: Any, other: Any) -> Any:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    if "__eq__" not in own:
        cls.__eq__ = equals
    if own.get("__hash__") is None:
        cls.__hash__ = hashed if frozen else None
    if order:
        cls.__lt__, cls.__le__, cls.__gt__, cls.__ge__ = (_ordered(compare, values) for compare in (lt, le, gt, ge))


def _ordered(compare: Callable[[Any, Any], bool], values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: compare(values(self), values(other)) if type(other) is type(self) else NotImplemented


def _refuse_to_set(_: Any, name: str, __: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
