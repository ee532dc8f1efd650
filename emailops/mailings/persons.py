"""Who stands in a source: the address of each, once, in lower case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emailops.clients.addresses import cleaned, is_email_address
from emailops.declaration.mailings import Endpoint, fields_in
from emailops.errors import InvalidInput, Unreachable, UsageError
from emailops.mailings.answers import check_field, items
from emailops.mailings.means import Errand
from emailops.mailings.rows import Mistakes, lines_of, opened


class Persons:
    """Asks each source once for the words that its path names, whatever else changes.

    Where one does not answer, the next is not waited for: they are the parts of one API.
    """

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._away: Unreachable | None = None
        self._answers: dict[tuple[int, tuple[tuple[str, str], ...]], list[dict[str, object]]] = {}

    def of_mailing(self, words: Mapping[str, str], file: Path | None, content: bytes | None) -> set[str]:
        """Everybody of the mailing's own source; with `among`, only who belongs to one of its items."""
        mailing = self._errand.mailing
        if mailing.endpoint is None:
            if file is None:
                raise UsageError(f"{mailing.name} needs a file", "--from FILE, or --from - for standard input")
            return self.of_file(file, content)
        people = self._listed(mailing.endpoint, words)
        if mailing.among is not None:
            table = mailing.source.table("among")
            field, matches = table.text("field"), table.text("matches")
            among = self._listed(mailing.among, words)
            check_field(among, field, "among.field")
            check_field(people, matches, "among.matches")
            known = {str(entry.get(field)) for entry in among}
            people = [person for person in people if str(person.get(matches)) in known]
        return set(_addresses(people, mailing.address))

    def of_endpoint(self, endpoint: Endpoint, words: Mapping[str, str]) -> set[str]:
        """Everybody of another source."""
        return set(_addresses(self._listed(endpoint, words), self._errand.mailing.address))

    def of_file(self, file: Path, content: bytes | None = None) -> set[str]:
        """Everybody of a file. Raises InvalidInput, with each line that has no address."""
        mistakes, column = (
            Mistakes("standard input" if content is not None else str(file)),
            self._errand.mailing.address,
        )
        found: set[str] = set()
        with opened(file, content) as open_:
            header, lines = lines_of(open_, file.suffix, mistakes)
            if header is not None and column not in header:
                raise InvalidInput(f"{mistakes.where}:1: there is no column {column}", f"it has {', '.join(header)}")
            for line in lines:
                address = cleaned(str(line.values.get(column) or ""))
                if is_email_address(address):
                    found.add(address.lower())
                else:
                    mistakes.add(line.number, "this is not an email address")
        mistakes.settle()
        return found

    def _listed(self, endpoint: Endpoint, words: Mapping[str, str]) -> list[dict[str, object]]:
        named = tuple((name, words[name]) for name in _words_of(endpoint) if name in words)
        key = (id(endpoint), named)
        if self._away is not None:
            raise self._away
        if key not in self._answers:
            try:
                self._answers[key] = list(items(endpoint, self._errand.stage.name, words, self._errand.run))
            except Unreachable as away:
                self._away = away
                raise
        return self._answers[key]


def _words_of(endpoint: Endpoint) -> Iterator[str]:
    for part in endpoint.with_inner():
        yield from fields_in(part.path)


def _addresses(people: list[dict[str, object]], column: str) -> Iterator[str]:
    """What is no address is Mailchimp's to refuse, so that it is told by reason."""
    check_field(people, column, "address")
    for person in people:
        address = cleaned(str(person.get(column) or "")).lower()
        if address:
            yield address
