"""SQL dumps: rows of COPY and of INSERT, looked at only where an address may stand.

A block is gone through from @ to @. Of an address at a known domain in a plain column only the column is worked out;
whatever else there may be is read whole. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from emailops.scan.cells import Cells
from emailops.scan.columns import Columns
from emailops.scan.recogniser import addresses
from emailops.scan.tally import ColumnTally, Tally

COPY = b"\nCOPY "
_COPY_LINE = re.compile(rb"COPY ([^\n(]+?)(?: \(([^\n]*)\))? FROM stdin[^\n]*;")
_INSERT = re.compile(
    rb"INSERT INTO ([^\s(]+)\s*(?:\(([^)]*)\)\s*)?(?:OVERRIDING \w+ VALUE\s+)?VALUES\s*", re.IGNORECASE
)
_CREATE = re.compile(rb"\nCREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([^\s(]+) \(\n(.*?)\n\)", re.DOTALL)
_CREATED = re.compile(rb'^\s+("[^"]+"|`[^`]+`|[a-z_][\w$]*)\s', re.MULTILINE)
_NO_COLUMN = frozenset({"constraint", "primary", "unique", "check", "foreign", "exclude", "like", "key"})
_TOKEN = re.compile(rb"'(?:[^']|'')*(?:'|\Z)|[(),;]|[^'(),;]+")
_ESCAPING_TOKEN = re.compile(rb"'(?:[^'\\]|''|\\.)*(?:'|\Z)|[(),;]|[^'(),;]+", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"N": b""}
_WHOLE = re.compile(rb"((?!git@|hg@|svn@)[A-Za-z0-9][A-Za-z0-9._+-]*)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?=[\t\n]|\Z)")
"""A value that is an address of the plainest form; what it is has been asked of the recogniser once for its domain."""
_DOMAINS = re.compile(rb"@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?=\n|\Z)")
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-@\n"
_ODD = re.compile(rb"\n(?:[._+@-]|git@|hg@|svn@)")
_MOST_DOMAINS = 50_000
_ENDED = b"\n\\.\n"
_FAR = 4_096
"""Where no other @ stands so near to the first, addresses are few, and counting rows costs more than it saves."""
_RARE = ((b"%", (b"%40", b"%2540")), (b"&", (b"64;", b"40;", b"ommat;")), (b"\xef", (b"\xef\xbc\xa0",)))
"""A byte that seldom stands in a dump, and the forms of @ that begin with it."""
_CODED = (rb"\u0040",)


@dataclass(slots=True)
class _Plain:
    """A column of plain text in which addresses were found: its tally, and what each of them has to fit."""

    tally: ColumnTally
    pattern: re.Pattern[bytes] | None
    is_of_known_domain: bool
    """Whether the pattern ends with a known domain, so that what fits it needs no other look."""


@dataclass(slots=True)
class Copied:
    """The table whose rows are read, its columns' names, and which of them are plain and known to hold addresses."""

    table: str
    names: tuple[str, ...]
    plain: dict[int, _Plain]

    @property
    def tabs(self) -> int:
        """How many tabs a row has."""
        return len(self.names) - 1


Created = dict[str, tuple[str, ...]]
"""Table -> the names of its columns, as what creates it says."""
Earlier = Callable[[], tuple[re.Match[bytes] | None, Created]]
"""What stands before the first block: the COPY in whose rows it may begin, and the tables."""


class SqlRows:
    """Reads blocks of whole lines, in order. `earlier` is asked only once something is found before the first COPY."""

    def __init__(self, columns: Columns, tally: Tally, earlier: Earlier | None = None) -> None:
        self._columns = columns
        self._tally = tally
        self._cells = Cells(columns, tally)
        self._earlier = earlier
        self._copied: Copied | None = None
        self._created: Created = {}
        self._statement: _Statement | None = None
        self._rules: dict[bytes, str] = {}
        shared = {address.rpartition("@")[2] for address in columns.allowed.addresses}
        self._shared = shared - columns.allowed.domains
        """Domains at which some addresses are nobody's, and others may be people's."""

    @property
    def is_copying(self) -> bool:
        """Whether the last block may have ended in rows of a COPY: every line is one."""
        return self._copied is not None

    def read(self, block: bytes, offset: int) -> None:
        """Count the addresses of a block that begins at an offset of the dump, and with a line."""
        start = 0
        self._statement = None
        if block.startswith(COPY[1:]):
            self._begin(block, 0)
        while True:
            header = block.find(COPY, start)
            self._span(block, start, len(block) if header < 0 else header + 1, offset)
            if header < 0:
                return
            start = header + 1
            self._begin(block, start)

    def learn(self, block: bytes) -> None:
        """Take the names of columns from what creates the tables."""
        if b"CREATE " in block:
            self._created |= created_in(block)

    def copied(self, table: str, names: tuple[str, ...]) -> Copied:
        """The table whose rows come next."""
        self._tally.tables[table] = names
        copied = Copied(table, names, {})
        self._copied = copied
        return copied

    def _begin(self, block: bytes, start: int) -> None:
        if found := _COPY_LINE.match(block, start):
            self._earlier = None
            self.copied(*table_of(found))

    def _ask(self) -> None:
        """What was read by somebody else says in which table this part begins."""
        if self._earlier is not None:
            found, self._created = self._earlier()
            self._earlier = None
            if found:
                self.copied(*table_of(found))

    def _span(self, block: bytes, start: int, end: int, offset: int) -> None:
        """The rows up to the next table's. In a row of COPY the column is the number of tabs before."""
        if self._copied is None:
            self.learn(block[start:end])
        done = self._read_rare(block, start, end, offset)
        if self._earlier is not None and block.find(b"@", start, end) >= 0:
            self._ask()
        copied = self._copied
        if copied is not None and copied.plain and not done and self._read_many(block[start:end], copied):
            return
        find, rfind, count, match = block.find, block.rfind, block.count, _WHOLE.match
        plain = copied.plain if copied else {}
        position = start
        while (at := find(b"@", position, end)) >= 0:
            position = at + 1
            line = rfind(b"\n", start, at) + 1 or start
            # All of a clean dump's addresses, and most of any other's, come no further than this.
            column = plain.get(count(b"\t", line, at)) if plain else None
            if column is not None:
                begun = rfind(b"\t", line, at) + 1 or line
                found = match(block, begun, end)
                if found is not None and found.start(2) == position and self._counted(column, found, offset + begun):
                    continue
            position = max(position, self._read_at(block, line, at, end, offset, done))

    def _read_many(self, span: bytes, copied: Copied) -> bool:
        """Count rows at once whose addresses are all of the plainest form, and in plain columns: a clean dump's are.

        Nothing is counted where anything is otherwise, or the first of its sort, whose place is wanted.
        """
        first = span.find(b"@")
        if first < 0 or span.find(b"@", first + 1, first + _FAR) < 0:
            return first < 0
        signs = span.count(b"@")
        if self._read_fitting(span, copied, signs):
            return True
        rows = span.count(b"\n") + (not span.endswith(b"\n"))
        if 4 * signs < rows:
            return False
        span = b"\n" + span.removesuffix(b"\n")
        columns = []
        for number, column in copied.plain.items():
            values = _values_of(number).findall(span)
            many = self._many(column, values) if len(values) == rows else None
            if many is None:
                return False
            signs -= many.total()
            columns.append((column, many, 0 if None in many else self._off_pattern(column, values)))
        if signs or not all(self._has_places(*held) for held in columns):
            return False
        for column, many, off in columns:
            column.tally.off_pattern += off
            for domain, count in many.items():
                if verdict := self._rules[domain] if domain else "":
                    column.tally.strangers[verdict] += count
                else:
                    column.tally.known += count
        return True

    def _read_fitting(self, span: bytes, copied: Copied, signs: int) -> bool:
        """Count rows whose addresses all stand in one column and fit its pattern, which ends with a known domain."""
        (number, column), *others = copied.plain.items()
        if others or column.pattern is None or not column.is_of_known_domain or "known" not in column.tally.first:
            return False
        rows = _rows_fitting(number, column.pattern.pattern)
        if rows is None or len(rows.findall(b"\n" + span)) != signs:
            return False
        column.tally.known += signs
        return True

    def _many(self, column: _Plain, values: list[bytes]) -> Counter[bytes | None] | None:
        """How many addresses at each domain a column's values hold, at None where all fit its pattern.

        None for values of which any may hold more than one address of the plainest form.
        """
        if column.is_of_known_domain and (fitting := _all_fitting(column, values)):
            return Counter({None: fitting})
        text = b"\n".join(values)
        domains = _DOMAINS.findall(text)
        return Counter(domains) if len(domains) == text.count(b"@") and _is_plain(text) else None

    def _off_pattern(self, column: _Plain, values: list[bytes]) -> int:
        """How many addresses at known domains the column's pattern does not fit."""
        if column.pattern is None:
            return 0
        fits = column.pattern.fullmatch
        off = _DOMAINS.findall(b"\n".join([value for value in values if not fits(value)]))
        return sum(count for domain, count in Counter(off).items() if self._rules.get(domain) == "")

    def _has_places(self, column: _Plain, many: Counter[bytes | None], off: int) -> bool:
        """Whether every domain is known, and of each sort that would be counted the first was seen before."""
        verdicts = {self._rules.get(domain) if domain else "" for domain in many}
        first, strangers = column.tally.first, column.tally.strangers
        if off and "off_pattern" not in first:
            return False
        return None not in verdicts and all(
            verdict in strangers if verdict else "known" in first for verdict in verdicts
        )

    def _counted(self, column: _Plain, found: re.Match[bytes], offset: int) -> bool:
        """An address that is all of a value, in a column that is known to hold such: counted without a closer look."""
        verdict = self._rules.get(found[2])
        if verdict is None:
            verdict = self._rules.get(found[0])
        if verdict is None:
            return False
        if verdict:
            column.tally.stranger(verdict, offset)
            return True
        column.tally.known += 1
        if "known" not in column.tally.first:
            column.tally.note("known", offset)
        if column.pattern is not None and not column.pattern.fullmatch(found[0]):
            column.tally.off_pattern += 1
            column.tally.note("off_pattern", offset)
        return True

    def _read_rare(self, block: bytes, start: int, end: int, offset: int) -> set[int]:
        """Read every value that may hold an encoded address; the places where those begin."""
        places: list[int] = []
        for byte, forms in _RARE:
            if block.find(byte, start, end) >= 0:
                for form in forms:
                    places += _places(block, form, start, end)
        for form in _CODED:
            places += _places(block, form, start, end)
        done: set[int] = set()
        last = start
        if places:
            self._ask()
        for at in sorted(places):
            if at >= last:
                last = self._read_at(block, block.rfind(b"\n", start, at) + 1 or start, at, end, offset, done)
        return done

    def _read_at(self, block: bytes, line: int, at: int, end: int, offset: int, done: set[int]) -> int:
        """Read the value that holds this place; where it ends. `done` are those that were read before."""
        copied = self._copied
        ends = block.find(b"\n", at, end)
        ends = end if ends < 0 else ends
        if copied is not None and self._is_row(block, copied, line, ends):
            begun = max(block.rfind(b"\t", line, at) + 1, line)
            after = block.find(b"\t", at, ends)
            after = ends if after < 0 else after
            if begun not in done:
                done.add(begun)
                self._read_copied(block[begun:after], copied, block.count(b"\t", line, begun), offset + begun)
            return after
        return self._read_statement(block, line, at, ends, offset, done)

    def _is_row(self, block: bytes, copied: Copied, line: int, ends: int) -> bool:
        if not copied.names[0]:
            return True
        if block.count(b"\t", line, ends) != copied.tabs:
            return False
        if copied.tabs == 0 and block.rfind(_ENDED, 0, line) > block.rfind(COPY, 0, line):
            self._copied = None
            return False
        return True

    def _read_copied(self, value: bytes, copied: Copied, number: int, offset: int) -> None:
        name = copied.names[number] if number < len(copied.names) and copied.names[0] else f"column {number + 1}"
        text = _ESCAPE.sub(_unescaped, value) if b"\\" in value else value
        self._cells.read(copied.table, name, text, offset)
        self._learn_domain(value)
        if number not in copied.plain and text[:1] not in (b"{", b"[") and not self._columns.inside(copied.table, name):
            declared = self._columns.of(copied.table, name)
            path = declared.name.partition(".")[2] if declared else name
            if (copied.table, path) in self._tally.columns:
                pattern = self._cells.pattern(copied.table, name)
                ends = tuple(f"@{re.escape(domain)}" for domain in self._columns.allowed.domains)
                is_known = pattern is not None and "|" not in pattern.pattern and pattern.pattern.endswith(ends)
                fits = re.compile(pattern.pattern.encode()) if pattern else None
                copied.plain[number] = _Plain(self._tally.columns[copied.table, path], fits, is_known)

    def _learn_domain(self, value: bytes) -> None:
        """What is to be said of each address at this domain: nothing, or its domain where it is a stranger's."""
        found = _WHOLE.fullmatch(value)
        if found is None or len(self._rules) >= _MOST_DOMAINS:
            return
        allowed = self._columns.allowed
        spotted = next(addresses(b"someone@" + found[2]), None)
        if found[0].decode().lower() in allowed.addresses:
            self._rules[found[0]] = ""
        elif spotted and len(spotted.domain) == len(found[2]) and spotted.domain not in self._shared:
            self._rules[found[2]] = spotted.domain if allowed.rule(spotted) else ""

    def _read_statement(self, block: bytes, line: int, at: int, ends: int, offset: int, done: set[int]) -> int:
        """An address outside of COPY: in an INSERT, else in whatever the line is."""
        begun = block.rfind(b"INSERT INTO ", 0, at)
        found = _INSERT.match(block, begun) if begun >= 0 else None
        if found is None or found.end() > at:
            return self._read_line(block, line, ends, offset, done)
        statement = self._statement
        if statement is None or statement.begun != offset + begun or statement.start > at:
            statement = self._statement = self._stated(block, found, offset + begun)
        while statement.stop <= at and (value := next(statement.values, None)):
            statement.number, statement.start, statement.stop = value
        if not statement.start <= at < statement.stop:
            return self._read_line(block, line, ends, offset, done)
        if statement.start not in done:
            done.add(statement.start)
            literal = _literal(block[statement.start : statement.stop])
            self._cells.read(statement.table, statement.name, literal, offset + statement.start)
        return max(statement.stop, at + 1)

    def _stated(self, block: bytes, found: re.Match[bytes], begun: int) -> _Statement:
        table = _table(found[1])
        names = tuple(_unquoted(name) for name in found[2].split(b",")) if found[2] else self._created.get(table, ())
        self._tally.tables.setdefault(table, names)
        token = _ESCAPING_TOKEN if b"`" in found[1] else _TOKEN
        return _Statement(begun, table, names, _values(block, found.end(), token))

    def _read_line(self, block: bytes, line: int, ends: int, offset: int, done: set[int]) -> int:
        if line not in done:
            done.add(line)
            self._cells.read("", "", block[line:ends], offset + line)
        return ends


@dataclass(slots=True)
class _Statement:
    """An INSERT that is being read: its values come one by one, since there may be very many."""

    begun: int
    table: str
    names: tuple[str, ...]
    values: Iterator[tuple[int, int, int]]
    number: int = 0
    start: int = 0
    stop: int = 0

    @property
    def name(self) -> str:
        return self.names[self.number] if self.number < len(self.names) else f"column {self.number + 1}"


def created_in(block: bytes) -> Created:
    """The tables that a part of a dump creates."""
    created: Created = {}
    for found in _CREATE.finditer(b"\n" + block):
        names = map(_unquoted, _CREATED.findall(found[2] + b"\n"))
        created[_table(found[1])] = tuple(name for name in names if name.lower() not in _NO_COLUMN)
    return created


def last_table(block: bytes, *, is_first: bool) -> re.Match[bytes] | None:
    """The last COPY of a block, for who starts to read behind it."""
    at = len(block)
    while (at := block.rfind(COPY, 0, at)) >= 0:
        if found := _COPY_LINE.match(block, at + 1):
            return found
    return _COPY_LINE.match(block) if is_first else None


def table_of(found: re.Match[bytes]) -> tuple[str, tuple[str, ...]]:
    """The table that a COPY is for, and its columns."""
    return _table(found[1]), tuple(_unquoted(name) for name in (found[2] or b"").split(b","))


@cache
def _values_of(number: int) -> re.Pattern[bytes]:
    """Finds what stands in one column of each row; the rows that have none are not found."""
    return re.compile(rb"\n(?:[^\t\n]*\t){%d}([^\t\n]*)(?=[\t\n]|\Z)" % number)


@cache
def _rows_fitting(number: int, pattern: bytes) -> re.Pattern[bytes] | None:
    """Finds the rows in whose column one @ stands, and what fits; None for a pattern that must stand at a beginning.

    A pattern may go on into the next value. It takes another @ with it then, so that there are more than rows. Of
    each row only an empty group is kept, since they are counted.
    """
    try:
        return re.compile(rb"\n(?:[^\t\n]*\t){%d}(?=[^\t\n@]*@)(?:%b)(?=[\t\n]|\Z)()" % (number, pattern))
    except re.error:
        return None


def _all_fitting(column: _Plain, values: list[bytes]) -> int:
    """How many values fit the pattern, if all others hold no address; else none."""
    fits = column.pattern.fullmatch if column.pattern else None
    others = [value for value in values if not fits(value)] if fits else values
    return 0 if b"@" in b"".join(others) else len(values) - len(others)


def _is_plain(text: bytes) -> bool:
    """Whether each of the lines, but for those that say nothing, is no more than letters, and begins with one."""
    return not text.replace(b"\\N", b"").translate(None, _PLAIN) and not _ODD.search(b"\n" + text)


def _places(block: bytes, form: bytes, start: int, end: int) -> Iterator[int]:
    at = block.find(form, start, end)
    while at >= 0:
        yield at
        at = block.find(form, at + 1, end)


def _values(block: bytes, start: int, token: re.Pattern[bytes]) -> Iterator[tuple[int, int, int]]:
    """The values of an INSERT's rows: number of the column, start and end of each."""
    depth = number = 0
    begun = start
    for found in token.finditer(block, start):
        sign = found[0]
        if sign == b"(":
            depth += 1
            if depth == 1:
                number, begun = 0, found.end()
        elif sign == b")":
            depth -= 1
            if depth == 0:
                yield number, begun, found.start()
        elif sign == b"," and depth == 1:
            yield number, begun, found.start()
            number, begun = number + 1, found.end()
        elif sign == b";" and depth == 0:
            return
    if depth:
        yield number, begun, len(block)


def _literal(text: bytes) -> bytes:
    """What a literal of SQL says."""
    text = text.strip()
    start = text.find(b"'")
    if 0 <= start <= 2 and text.endswith(b"'"):
        text = text[start + 1 : -1].replace(b"''", b"'")
    return text


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape[:1] == b"x" and len(escape) > 1:
        return bytes([int(escape[1:], 16)])
    return bytes([int(escape, 8) & 255]) if escape.isdigit() and escape[:1] < b"8" else escape


def _table(name: bytes) -> str:
    """Without quotes, and without the usual schema."""
    parts = [_unquoted(part) for part in name.decode(errors="replace").strip().encode().split(b".")]
    return ".".join(parts[1:] if parts[0] == "public" else parts)


def _unquoted(name: bytes) -> str:
    return name.decode(errors="replace").strip().strip('"`[]')
