"""`scan domains`: the addresses in a test suite, or in any other tree, judged against what is declared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from emailops.scan.allowed import Allowed
from emailops.scan.exemptions import Exemptions, inline_reason, sifted
from emailops.scan.recogniser import AddressForm, Spotted, addresses
from emailops.scan.scanned import Scanned, Sighting, Unread, unread_in_order
from emailops.scan.tree import Text

_MESSAGES = {
    "domain-undeclared": "an address at {domain}, which no stage redirects",
    "address-real": "an address at {domain}, a real domain: mail to it would be delivered",
    "address-built": "an address built with {domain}, which is not declared",
}
RULES = tuple(_MESSAGES)
"""What a scan of addresses can find."""


def scan(files: Iterable[Text | Unread], allowed: Allowed, exemptions: Exemptions, today: date) -> Scanned:
    """Every address that is neither at a redirected or own domain nor nobody's."""
    sightings: list[Sighting] = []
    unread: list[Unread] = []
    seen: set[str] = set()
    count = 0
    for file in files:
        if isinstance(file, Unread):
            unread.append(file)
            continue
        count += 1
        spots = tuple(addresses(file.content, in_code=file.is_code))
        seen.update(spotted.domain for spotted in spots)
        sightings += _sightings(file, spots, allowed)
    unused = sorted(allowed.redirected - seen) if count else []
    notes = (f"redirected, and used by nothing here: {', '.join(unused)}",) if unused else ()
    scanned = Scanned((), unread=unread_in_order(unread), notes=notes, read={"file": count})
    return sifted(sightings, exemptions, today, scanned)


def _sightings(file: Text, spots: Iterable[Spotted], allowed: Allowed) -> Iterable[Sighting]:
    line, start = 1, 0
    for spotted in spots:
        rule = allowed.rule(spotted)
        if not rule:
            continue
        line += file.content.count(b"\n", start, spotted.at)
        start = spotted.at
        begun = file.content.rfind(b"\n", 0, spotted.at) + 1
        column = len(file.content[begun : spotted.at].decode(errors="replace")) + 1
        reason = inline_reason(file.content, spotted.at, spotted.domain)
        message = _MESSAGES[rule].format(domain=spotted.domain)
        remedy = _remedy(allowed, spotted.form)
        if reason == "":
            message, remedy = f"{message}; its waiver gives no reason", "say why behind the domain, after a colon"
        yield Sighting(file.path, line, column, rule, spotted.domain, message, remedy, reason=reason or "")


def _remedy(allowed: Allowed, form: AddressForm) -> str:
    use = ", ".join(sorted(allowed.redirected)) or "a redirected domain"
    what = "build it with" if form is AddressForm.built else "use"
    return f"{what} {use}; or redirect this domain, too: emailops scan domains --fix"
