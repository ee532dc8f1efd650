"""Columns of plain text that are known to hold addresses: those of a clean dump are counted without a closer look.

What an address is, the recogniser has been asked once for its domain.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from emailops.scan.allowed import Allowed
from emailops.scan.recogniser import addresses
from emailops.scan.tally import ColumnTally

WHOLE = re.compile(rb"((?!git@|hg@|svn@)[A-Za-z0-9][A-Za-z0-9._+-]*)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?=[\t\n]|\Z)")
"""A value that is an address of the plainest form."""
_DOMAINS = re.compile(rb"@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?=\n|\Z)")
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-@\n"
_ODD = re.compile(rb"\n(?:[._+@-]|git@|hg@|svn@)")
_NARROW = re.compile(rb"(?:\[(?:[\w.+-]|\\[dw.-])+\]|\\[dw.-]|[\w@-]|[+*?]|\{[0-9,]+\})+")
"""A pattern that no tab and no end of a line can be part of."""
_MOST_DOMAINS = 50_000
_FAR = 4_096
"""Where no other @ stands so near to the first, addresses are few, and counting rows costs more than it saves."""


@dataclass(slots=True)
class PlainColumn:
    """Its tally, and what each of its addresses has to fit."""

    tally: ColumnTally
    pattern: re.Pattern[bytes] | None
    is_of_known_domain: bool
    """Whether the pattern ends with a known domain, so that what fits it needs no other look."""

    def count(self, verdict: str, found: re.Match[bytes], offset: int) -> None:
        """Count an address that is all of a value; the verdict is a stranger's domain, or empty."""
        if verdict:
            self.tally.stranger(verdict, offset)
            return
        self.tally.known += 1
        if "known" not in self.tally.first:
            self.tally.note("known", offset)
        if self.pattern is not None and not self.pattern.fullmatch(found[0]):
            self.tally.off_pattern += 1
            self.tally.note("off_pattern", offset)


class Verdicts:
    """What is to be said of an address of the plainest form: nothing, or its domain where it is a stranger's."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._learned: dict[bytes, str] = {}
        shared = {address.rpartition("@")[2] for address in allowed.addresses}
        self._shared = shared - allowed.domains
        """Domains at which some addresses are nobody's, and others may be people's."""

    def learn(self, found: re.Match[bytes]) -> None:
        """Remember what the recogniser says of such an address, for its domain or for it alone."""
        if len(self._learned) >= _MOST_DOMAINS:
            return
        spotted = next(addresses(b"someone@" + found[2]), None)
        if found[0].decode().lower() in self._allowed.addresses:
            self._learned[found[0]] = ""
        elif spotted and spotted.domain.encode() == found[2] and spotted.domain not in self._shared:
            self._learned[found[2]] = spotted.domain if self._allowed.rule(spotted) else ""

    def of(self, found: re.Match[bytes]) -> str | None:
        """The verdict on an address; None for one of which nothing was learned."""
        verdict = self._learned.get(found[2])
        return self._learned.get(found[0]) if verdict is None else verdict

    def of_domain(self, domain: bytes) -> str | None:
        """The verdict on every address at a domain; None where it is not known."""
        return self._learned.get(domain)


def count_rows(rows: bytes, plain: Mapping[int, PlainColumn], verdicts: Verdicts) -> bool:
    """Count the addresses of rows of COPY at once, if all are of the plainest form, and in plain columns.

    Nothing is counted where anything is otherwise, or the first of its sort, whose place is wanted.
    """
    first = rows.find(b"@")
    if first < 0 or rows.find(b"@", first + 1, first + _FAR) < 0:
        return first < 0
    signs = rows.count(b"@")
    if len(plain) == 1 and _count_fitting(rows, *next(iter(plain.items())), signs):
        return True
    lines = rows.count(b"\n") + (not rows.endswith(b"\n"))
    if 4 * signs < lines:
        return False
    rows = b"\n" + rows.removesuffix(b"\n")
    columns = []
    for number, column in plain.items():
        values = _values_of(number).findall(rows)
        many = _by_domain(column, values) if len(values) == lines else None
        if many is None:
            return False
        signs -= many.total()
        columns.append((column, many, 0 if None in many else _off_pattern(column, values, verdicts)))
    if signs or not all(_has_places(*held, verdicts) for held in columns):
        return False
    for column, many, off in columns:
        column.tally.off_pattern += off
        for domain, count in many.items():
            if verdict := verdicts.of_domain(domain) if domain else "":
                column.tally.strangers[verdict] += count
            else:
                column.tally.known += count
    return True


def _count_fitting(rows: bytes, number: int, column: PlainColumn, signs: int) -> bool:
    """Count rows whose addresses all stand in one column and fit its pattern, which ends with a known domain."""
    if column.pattern is None or not column.is_of_known_domain or "known" not in column.tally.first:
        return False
    fitting = _rows_fitting(number, column.pattern.pattern)
    if fitting is None or len(fitting.findall(b"\n" + rows)) != signs:
        return False
    column.tally.known += signs
    return True


def _by_domain(column: PlainColumn, values: list[bytes]) -> Counter[bytes | None] | None:
    """How many addresses at each domain a column's values hold, at None where all fit its pattern.

    None for values of which any may hold more than one address of the plainest form.
    """
    if column.is_of_known_domain and (fitting := _all_fitting(column, values)):
        return Counter({None: fitting})
    text = b"\n".join(values)
    domains = _DOMAINS.findall(text)
    return Counter(domains) if len(domains) == text.count(b"@") and _is_plain(text) else None


def _off_pattern(column: PlainColumn, values: list[bytes], verdicts: Verdicts) -> int:
    """How many addresses at known domains the column's pattern does not fit."""
    if column.pattern is None:
        return 0
    fits = column.pattern.fullmatch
    off = _DOMAINS.findall(b"\n".join([value for value in values if not fits(value)]))
    return sum(count for domain, count in Counter(off).items() if verdicts.of_domain(domain) == "")


def _has_places(column: PlainColumn, many: Counter[bytes | None], off: int, verdicts: Verdicts) -> bool:
    """Whether every domain is known, and of each sort that would be counted the first was seen before."""
    said = {verdicts.of_domain(domain) if domain else "" for domain in many}
    first, strangers = column.tally.first, column.tally.strangers
    if off and "off_pattern" not in first:
        return False
    return None not in said and all(verdict in strangers if verdict else "known" in first for verdict in said)


@cache
def _values_of(number: int) -> re.Pattern[bytes]:
    """Finds what stands in one column of each row; the rows that have none are not found."""
    return re.compile(rb"\n" + rb"[^\t\n]*+\t" * number + rb"([^\t\n]*+)(?=[\t\n]|\Z)")


@cache
def _rows_fitting(number: int, pattern: bytes) -> re.Pattern[bytes] | None:
    """Finds the rows in whose column there is what fits; None for a pattern that might take more than the value.

    Each takes one @ or more: where there are no more rows than @, each took one. Of each only an empty group is kept,
    since they are counted.
    """
    if not _NARROW.fullmatch(pattern):
        return None
    return re.compile(rb"\n" + rb"[^\t\n]*+\t" * number + rb"(?:%b)(?=[\t\n]|\Z)()" % pattern)


def _all_fitting(column: PlainColumn, values: list[bytes]) -> int:
    """How many values fit the pattern, if all others hold no address; else none."""
    fits = column.pattern.fullmatch if column.pattern else None
    others = [value for value in values if not fits(value)] if fits else values
    return 0 if b"@" in b"".join(others) else len(values) - len(others)


def _is_plain(text: bytes) -> bool:
    """Whether each of the lines, but for those that say nothing, is no more than letters, and begins with one."""
    return not text.replace(b"\\N", b"").translate(None, _PLAIN) and not _ODD.search(b"\n" + text)
