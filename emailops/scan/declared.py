"""What a scan allows: what the state declares, or what a generated file redirects."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emailops.declaration.model import Declaration
from emailops.declaration.vocabulary import DumpAddresses
from emailops.errors import InvalidInput
from emailops.generate import FORMATS, edited, is_marked
from emailops.scan.allowed import Allowed
from emailops.scan.columns import Column, Columns
from emailops.scan.recogniser import as_in_dns
from emailops.simulated import SMOKE_TESTS

_FORMATS = {".py": "python", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".ts": "typescript", ".tfvars": "tfvars"}
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]+")


def declared_addresses(declaration: Declaration) -> Allowed:
    """What the state declares: redirect domains, own domains, and addresses that are nobody's."""
    redirected = {domain for stage in declaration.stages.values() for domain in stage.domains or ()}
    return Allowed(
        frozenset(map(as_in_dns, redirected)),
        frozenset(map(as_in_dns, declaration.words.own_domains)),
        frozenset(address.lower() for address in declaration.known_addresses()) | SMOKE_TESTS,
    )


def declared_columns(declaration: Declaration) -> Columns:
    """What the state says of dumps. Raises InvalidInput for a pattern that is none."""
    columns = {}
    for dump in declaration.dumps.values():
        pattern = dump.source.text("pattern")
        try:
            re.compile(pattern)
        except re.error as error:
            place = dump.source.at("pattern")
            raise InvalidInput(f"{place}: the pattern of {dump.column} cannot be read: {error}", "correct it") from None
        addresses = dump.addresses or DumpAddresses.invented
        columns[dump.column] = Column(dump.column, addresses, pattern, dump.source.text("why"))
    return Columns(columns, declared_addresses(declaration))


def generated_addresses(path: Path) -> Allowed:
    """What a generated file redirects: a consumer's own CI needs no more. Raises InvalidInput."""
    format_ = _FORMATS.get(path.suffix)
    try:
        content = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
        raise InvalidInput(f"{path} cannot be read: {reason}", "name a file that emailops generated") from None
    if format_ is None or not is_marked(content) or edited(content):
        why = edited(content) or f"{path.suffix or 'its name'} is of no format that can hold redirects"
        raise InvalidInput(f"{path} is not a generated file: {why}", f"name one of {', '.join(_FORMATS)} that is whole")
    if format_ == "python" and "\nclass " in content:
        format_ = "flask"
    redirects = [table for table in _tables(FORMATS[format_].read(content)) if _redirects(table)]
    if not redirects:
        raise InvalidInput(f"{path} holds no redirects", "give the consumer a setting: redirects, and generate again")
    domains = {as_in_dns(domain) for table in redirects for domain in table}
    return Allowed(
        frozenset(domains),
        addresses=frozenset(address.lower() for table in redirects for address in table.values()) | SMOKE_TESTS,
    )


def _tables(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        return []
    return [value, *(table for inner in value.values() for table in _tables(inner))]


def _redirects(table: dict[str, Any]) -> bool:
    return bool(table) and all(
        _DOMAIN.fullmatch(str(name)) and isinstance(value, str) and value.count("@") == 1
        for name, value in table.items()
    )
