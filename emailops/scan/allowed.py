"""Which addresses may stand in tests and cleaned databases: those at declared domains, and those that are nobody's."""

from __future__ import annotations

from dataclasses import dataclass

from emailops.scan.recogniser import AddressForm, Spotted
from emailops.scan.top_level import is_nobodys
from emailops.simulated import SIMULATOR


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
