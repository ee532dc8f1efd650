"""What a generated file is, and what every format provides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Generated:
    """One file for one consumer, as far as ids are known.

    `path` is in the consumer's repository; `stage` is None for a file that all stages read. `content` is None while a
    value that is no mapping waits for an id; `pending` holds the resources whose ids the file waits for.
    """

    consumer: str
    path: str
    stage: str | None
    content: str | None
    pending: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself: the file of the state to edit instead, and all those that its values come from.

    `app` is the name that the platform knows the consumer by.
    """

    edit: str
    inputs: tuple[str, ...]
    app: str


Values = Mapping[str, Mapping[str, Any]]
"""Class -> setting -> value, as declared; a format without classes has its settings under the empty name."""

Format = Callable[[Header, Values], str]
