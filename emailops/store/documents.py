"""JSON files that emailops writes and reads back, such as plans: one way to read all of them, with one set of words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.store.schema_check import first_mistake
from emailops.strict_json import integers_only

LARGEST = 200_000_000
"""More bytes than any plan of a service has; a larger file is something else."""
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class DocumentSort:
    """A sort of documents: its `name` with its article, its schema, the format that is read, and how to get one."""

    name: str
    schema: str
    format: int
    remedy: str

    def read(self, path: Path) -> dict[str, Any]:
        """The document in a file, as its schema has it. Raises InvalidInput that says what is wrong."""
        document = self._decoded(path, self._content(path))
        if isinstance(document, dict) and document.get("format") not in (None, self.format):
            message = f"{path} is {self.name} of format {document['format']!r}"
            raise InvalidInput(message, f"this version reads format {self.format}; {self.remedy}")
        if wrong := first_mistake(self.schema, document):
            raise self.refusal(path, wrong)
        checked: dict[str, Any] = document
        return checked

    def refusal(self, path: Path, why: str) -> InvalidInput:
        """What a file that is of another sort, or damaged, is refused with."""
        return InvalidInput(f"{path} is not {self.name}: {why[:_LONGEST_REASON]}", self.remedy)

    def _content(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as error:
            reason = (error.strerror or "failed").lower()
            raise InvalidInput(f"{path} cannot be read: {reason}", f"name {self.name}; {self.remedy}") from error
        if len(content) > LARGEST:
            raise self.refusal(path, f"it is larger than {LARGEST:,} bytes")
        return content

    def _decoded(self, path: Path, content: bytes) -> Any:
        try:
            return integers_only(content)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"{path} is not the JSON of {self.name}", self.remedy) from error
