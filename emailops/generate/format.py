"""What a format of generated files provides, and what a generated file is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emailops.errors import InvalidInput

Values = Mapping[str, Mapping[str, Any]]
"""Class -> setting -> value, as declared; a format without classes has its settings under the empty name."""


@dataclass(frozen=True, slots=True)
class Generated:
    """One file for one consumer, as far as ids are known.

    `path` is in the consumer's repository; `stage` is None for a file that several stages read. `content` is None while
    a value that is no mapping waits for an id; `pending` holds the resources whose ids the file waits for.
    """

    consumer: str
    path: str
    stage: str | None
    format: str
    content: str | None
    pending: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself: the file of the state to edit instead, and all those that its values come from.

    `app` is the name that the platform knows the consumer by. A file that is not `packaged` is read in a checkout, and
    nothing that is built of the repository needs it.
    """

    edit: str
    inputs: tuple[str, ...]
    app: str
    packaged: bool = True


@dataclass(frozen=True, slots=True)
class Chooser:
    """What finds the file of a stage, by its name: the one that a variable names; else the first."""

    variable: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a file's settings must look like: for machines, and the same for people.

    `first` are the characters of a regular expression's class that a name may begin with, `rest` those that may follow,
    `words` what no name may be.
    """

    first: str
    rest: str
    description: str
    words: tuple[str, ...] = ()

    def pattern(self, placeholder: str) -> str:
        """As a regular expression; what matches `placeholder` may stand anywhere in a name."""
        first, rest = (f"(?:[{characters}]|{placeholder})" for characters in (self.first, self.rest))
        return f"^{f'(?!(?:{chr(124).join(self.words)})$)' if self.words else ''}{first}{rest}*$"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of generated files: `read` gives back the values that `write` wrote.

    `write` raises InvalidInput for a name or a value that the format cannot say. `read` raises ValueError, SyntaxError
    or RecursionError for a content that is not in the format.

    `names` is None where any name will do. `holds_texts` is for formats in which every value is one text, `has_classes`
    for those that sort their settings into classes, `names_app` for those that name the app. `purpose` says what it is
    for. A format of several `shapes` is its first one unless a file says otherwise; its `read` knows them all.
    `chooser` is the name of a file that can stand beside those of the stages, and what writes it. The schema of a
    consumer's files follows from these.
    """

    write: Callable[[Header, Values], str]
    read: Callable[[str], Values]
    purpose: str
    names: Names | None = None
    holds_texts: bool = False
    has_classes: bool = False
    names_app: bool = False
    shapes: Mapping[str, Format] = field(default_factory=dict)
    chooser: tuple[str, Callable[[Header, Chooser], str]] | None = None

    def shaped(self, shape: str) -> Format:
        """The format in the shape that a file says; itself where it says none."""
        return self.shapes.get(shape, self)


def merged(values: Values) -> dict[str, Any]:
    """Setting -> value, for a format without classes."""
    return {name: value for settings in values.values() for name, value in settings.items()}


def unfit(edit: str, name: str, why: str) -> InvalidInput:
    """The refusal of a value that a format cannot say."""
    return InvalidInput(
        f"{edit}: {name} would not arrive as declared: {why}", "give it another text, or another format"
    )
