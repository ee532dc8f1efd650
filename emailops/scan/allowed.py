"""Which addresses may stand in tests and cleaned databases: those at declared domains, and those that are nobody's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emailops.declaration.model import Declaration
from emailops.errors import InvalidInput
from emailops.generate import FORMATS, edited, is_marked
from emailops.scan.recogniser import AddressForm, Spotted, as_in_dns
from emailops.scan.top_level import is_nobodys
from emailops.simulated import SIMULATOR, SMOKE_TESTS

_FORMATS = {".py": "python", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".ts": "typescript", ".tfvars": "tfvars"}
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """`redirected` are the domains from which mail is sent elsewhere, `own` those of the service."""

    redirected: frozenset[str]
    own: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    @property
    def domains(self) -> frozenset[str]:
        """At which every address is allowed."""
        return self.redirected | self.own

    def rule(self, spotted: Spotted) -> str:
        """The rule that an address breaks; empty where it may stand there."""
        domain = spotted.domain
        if domain in self.redirected or domain in self.own or domain == SIMULATOR:
            return ""
        if spotted.form is AddressForm.whole and f"{spotted.local}@{domain}".lower() in self.addresses:
            return ""
        if spotted.form is AddressForm.built:
            return "address-built"
        return "domain-undeclared" if is_nobodys(domain) else "address-real"


def from_declaration(declaration: Declaration) -> Allowed:
    """What the state declares: redirect domains, own domains, and addresses that are nobody's."""
    redirected = {domain for stage in declaration.stages.values() for domain in stage.domains or ()}
    return Allowed(
        frozenset(map(as_in_dns, redirected)),
        frozenset(map(as_in_dns, declaration.words.own_domains)),
        frozenset(address.lower() for address in declaration.known_addresses()) | SMOKE_TESTS,
    )


def from_settings(path: Path) -> Allowed:
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
