"""Edits of the state that are judged together, and written only if they leave it without an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from emailops.declaration.model import Declaration
from emailops.engine.declared import errors_of, judged, refuse_unsound, valid
from emailops.errors import InvalidInput
from emailops.resource import Place
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import drop_at, put, put_at, put_entry, way
from emailops.store.tree import Tree, read_directory


@dataclass
class StateDraft:
    """The state as it will be. `found` is what was learned on the way."""

    run: Run
    declaration: Declaration
    texts: dict[str, bytes]
    edited: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, run: Run) -> Self:
        """The state as it is. Raises FindingsError for one with errors."""
        return cls(run, valid(run), dict(read_directory(run.state).files))

    def put_in(self, section: str, names: Sequence[str], value: Any) -> None:
        """Set a field of an entry, in the file where the entry stands: `names` lead from the entry's to the field's."""
        entry, *fields = names
        path = self.declaration.sections[section].field_places[entry].path
        self._take(path, put(self._text(path), (*way(path, section, entry), *fields), value))

    def put_entry(self, section: str, name: str, value: Mapping[str, Any]) -> None:
        """Add an entry."""
        self._take(*put_entry(self.texts, section, name, value))

    def put_at(self, place: Place, value: str) -> None:
        """Put a value in the place of another."""
        try:
            self._take(place.path, put_at(self._text(place.path), place.line, place.column, value))
        except KeyError:
            message = f"{place.path}:{place.line} is written so that {value!r} cannot be put in"
            raise InvalidInput(message, "write it there, and run it again") from None

    def drop_at(self, place: Place) -> None:
        """Take the entry of a list, or the field of a mapping, whose value stands there out."""
        try:
            self._take(place.path, drop_at(self._text(place.path), place.line, place.column))
        except KeyError:
            message = f"{place.path}:{place.line} is written so that nothing can be taken out"
            raise InvalidInput(message, "take it out there, and run it again") from None
        self.judge()

    def write(self) -> tuple[str, ...]:
        """Write what was edited, and give the paths."""
        for path, text in self.edited.items():
            files.write(self.run.state / path, text)
        return tuple(self.edited)

    def judge(self) -> None:
        """See what the edits make of the state. Raises InvalidInput for an error."""
        after = judged(Tree(self.texts), self.run)
        refuse_unsound(errors_of(after))
        self.declaration = after.declaration

    def _text(self, path: str) -> str:
        return self.texts[path].decode("utf-8-sig")

    def _take(self, path: str, text: str) -> None:
        self.texts[path], self.edited[path] = text.encode(), text
