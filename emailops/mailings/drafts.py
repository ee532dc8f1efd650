"""From the rows of a source to the messages of a notice: every one is checked before the first is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emailops.clients.addresses import cleaned, is_email_address
from emailops.clients.notify import default_reference
from emailops.clients.private import digest
from emailops.declaration.mailings import Mailing, fields_in
from emailops.declaration.names import near
from emailops.errors import InvalidInput
from emailops.mailings.patterns import LocalTime, Unfilled, compiled
from emailops.mailings.rows import Line, Mistakes
from emailops.mailings.sends import Draft
from emailops.private import Address

RUN = "run"
MESSAGE = "message"
"""In the text of a reference: what tells this message from any other."""
LARGEST = 1_500_000
"""Characters of a personalisation; Notify takes 2 MB for the whole message."""
_FORMULA = "="
_written = json.JSONEncoder().encode


@dataclass(frozen=True, slots=True)
class Fixed:
    """What is the same for every message of a run: `words` are parameters, and common fields as common.NAME.

    `placeholders` are the template's: for any other a row may have no value.
    """

    run: str
    template_id: str
    words: Mapping[str, Any]
    when: LocalTime
    placeholders: tuple[str, ...] = ()


class Drafts:
    """Makes the messages of one run. `is_file`: a bad row is a mistake that somebody can mend; of an API it fails."""

    def __init__(self, mailing: Mailing, fixed: Fixed, mistakes: Mistakes, *, is_file: bool) -> None:
        self._mailing = mailing
        self._fixed = fixed
        self._mistakes = mistakes
        self._is_file = is_file
        self._fill = {name: compiled(pattern, fixed.when) for name, pattern in mailing.placeholders.items()}
        self._reference = {name: compiled(f"{{{name}}}", fixed.when) for name in mailing.reference if name != RUN}
        self._reference_text = compiled(mailing.reference_text, fixed.when) if mailing.reference_text else None
        self._patterned = tuple(
            dict.fromkeys(field for pattern in mailing.placeholders.values() for field in fields_in(pattern))
        )
        self._needed = frozenset(map(_plain, fixed.placeholders))
        self._seen: dict[int, int] = {}
        self._told: dict[int, tuple[int, int]] = {}

    def check_header(self, header: tuple[str, ...]) -> None:
        """Raises InvalidInput for a CSV that lacks a column."""
        known = {*header, *self._fixed.words, RUN, MESSAGE}
        of_reference = (*self._mailing.reference, *fields_in(self._mailing.reference_text))
        wanted = (self._mailing.address, *self._patterned, *of_reference, *self._mailing.recent)
        missing = [name for name in dict.fromkeys(wanted) if name not in known]
        if missing:
            close = near(missing[0], header)
            remedy = f"did you mean {close}?" if close else f"it has {', '.join(header)}"
            named = ", ".join(missing)
            raise InvalidInput(f"{self._mistakes.where}:1: there is no column {named}", remedy)

    def of(self, lines: Iterable[Line]) -> Iterator[Draft]:
        """Every message in turn. Raises InvalidInput at the end where the source has mistakes."""
        for line in lines:
            draft = self._draft(line)
            if draft is not None:
                yield draft
        self._mistakes.settle()

    def _draft(self, line: Line) -> Draft | None:
        values = {**self._fixed.words, **line.values}
        address = str(values.get(self._mailing.address) or "").strip()
        if not is_email_address(address):
            return self._wrong(line, address, "this is not an email address")
        if not self._mailing.several and not self._is_first(line, address):
            return None
        try:
            personalisation = self._personalisation(values)
            reference = self._reference_of(address, personalisation, values)
        except Unfilled as missing:
            return self._wrong(line, address, f"it has no value for {missing.column}")
        written = _as_json(personalisation)
        wrong = self._mistake(line, values, written)
        if not wrong and self._mailing.several:
            first, is_same = self._before(line, reference, written)
            if is_same and not self._is_file:
                return None
            wrong = f"nothing tells it from the message of line {first}" if first else ""
        if wrong:
            return self._wrong(line, address, wrong)
        return Draft(line.number, digest(address), reference, Address(address), written)

    def _mistake(self, line: Line, values: Mapping[str, Any], written: str) -> str:
        """What is wrong with a row that has an address and every value; empty where nothing is."""
        for name, days in self._mailing.recent.items():
            if not self._fixed.when.is_recent(values.get(name), days):
                return f"its {name} is not a day of the last {days}"
        if self._is_file and self._has_formula(line):
            return "a cell begins with =, as a formula does"
        return "its values are too long for a message" if len(written) > LARGEST else ""

    def _personalisation(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Raises Unfilled for a placeholder that the template has, and leaves out any other without a value."""
        filled: dict[str, str] = {}
        for name, fill in self._fill.items():
            try:
                filled[name] = fill(values)
            except Unfilled:
                if _plain(name) in self._needed:
                    raise
        return filled

    def _reference_of(self, address: str, personalisation: Mapping[str, str], values: Mapping[str, Any]) -> str:
        """As the clients make it; with the run's id in it, unless the mailing says otherwise."""
        run = self._fixed.run
        if self._reference_text is not None:
            message = {"email_address": address, "template_id": self._fixed.template_id}
            told = str({**message, "personalisation": dict(personalisation)})
            return self._reference_text({**values, RUN: run, MESSAGE: digest(told)})
        if self._mailing.reference:
            named = {name: run if name == RUN else self._reference[name](values) for name in self._mailing.reference}
        else:
            named = dict(personalisation) if self._mailing.once else {**personalisation, RUN: run}
        return default_reference(address, self._fixed.template_id, named)

    def _is_first(self, line: Line, address: str) -> bool:
        """Whether nobody before has this address, in whatever case."""
        key = hash(cleaned(address).lower())
        first = self._seen.setdefault(key, line.number)
        if first == line.number:
            return True
        if self._is_file:
            self._mistakes.add(line.number, f"the same recipient as on line {first}")
        return False

    def _before(self, line: Line, reference: str, written: str) -> tuple[int, bool]:
        """The line of a message with the same reference, 0 where there is none, and whether it says the same.

        Notify is asked by reference whether it has a message: of two with one reference the second would not be sent.
        """
        told = hash(written)
        first, said = self._told.setdefault(hash(reference), (line.number, told))
        return (0, False) if first == line.number else (first, said == told)

    def _has_formula(self, line: Line) -> bool:
        for value in line.values.values():  # noqa: SIM110 (any() costs twice as much, a million times)
            if value.__class__ is str and value[:1] == _FORMULA:
                return True
        return False

    def _wrong(self, line: Line, address: str, what: str) -> Draft | None:
        if self._is_file:
            self._mistakes.add(line.number, what)
            return None
        return Draft(line.number, digest(address), "", Address(address), "", said=what)


def missing_placeholders(template: Iterable[str], mailing: Mailing) -> list[str]:
    """The placeholders of a template for which a mailing has no value; Notify takes case, blanks, _ and - for alike."""
    filled = {_plain(name) for name in mailing.placeholders}
    return [name for name in dict.fromkeys(template) if _plain(name) not in filled]


def _as_json(texts: Mapping[str, str]) -> str:
    """As json.dumps writes it; text by text, which costs a third."""
    return "{" + ", ".join([f"{_written(name)}: {_written(text)}" for name, text in texts.items()]) + "}"


def _plain(name: str) -> str:
    return name.casefold().translate({ord(sign): None for sign in " _-"})
