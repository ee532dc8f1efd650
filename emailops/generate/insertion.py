"""Settings that are put into a file that people own, and the note of them that lies beside it.

The note is a generated file. By it alone, without the state, a check finds what was edited by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emailops.canonical import digest
from emailops.errors import InvalidInput
from emailops.generate import json_object
from emailops.generate.format import Header, Insertion

FORMATS = ("yaml", "json")
"""What such files are written in."""
FOLDER = ".emailops-values"
"""Where the notes lie in a consumer's repository."""


def note_path(consumer: str, path: str) -> str:
    """Where the note of a file lies."""
    return f"{FOLDER}/{consumer}/{path}.json"


def note(header: Header, path: str, form: str, insertions: Iterable[Insertion]) -> str:
    """The note: which settings stand where, each with the digest of its value."""
    places = [
        {"at": list(insertion.at), "settings": {name: digest(value) for name, value in insertion.values.items()}}
        for insertion in insertions
    ]
    return json_object.write(header, {"": {"into": path, "format": form, "places": places}})


@dataclass(frozen=True, slots=True)
class InsertionNote:
    """A note that was read: the file, its format, and at each place the digests of the settings."""

    path: str
    form: str
    places: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...]


def read_note(content: str) -> InsertionNote | None:
    """What a generated file says of a file that people own; None for any other."""
    try:
        held = json.loads(content)
        places = tuple((tuple(place["at"]), dict(place["settings"])) for place in held["places"])
        return InsertionNote(held["into"], held["format"], places) if held["format"] in FORMATS else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def together(path: str, insertions: Iterable[Insertion]) -> tuple[Insertion, ...]:
    """One a place. Raises InvalidInput for a setting that two want to stand there."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for insertion in insertions:
        values = found.setdefault(insertion.at, {})
        if twice := values.keys() & insertion.values.keys():
            message = f"{path} gets {min(twice)} twice at {insertion.place or 'its top'}"
            raise InvalidInput(message, "keep one of the two")
        values.update(insertion.values)
    return tuple(Insertion(at, values) for at, values in found.items())
