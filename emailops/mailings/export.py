"""An export: the members of an audience, joined by lists, as a CSV with a manifest beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

from emailops.clients.addresses import cleaned
from emailops.errors import Exit
from emailops.mailings import manifest
from emailops.mailings.account import connected
from emailops.mailings.means import Errand
from emailops.mailings.persons import Persons
from emailops.spreadsheet import is_formula
from emailops.store import files

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. `left_out` are addresses that a spreadsheet would run as a formula."""

    mailing: str
    stage: str
    audience: str
    members: int
    count: int
    left_out: int
    path: Path | None

    @property
    def exit_code(self) -> Exit:
        return Exit.PARTIAL if self.left_out else Exit.OK


def export(errand: Errand, out: Path, since: date | None, lists: Iterable[Path], *, dry_run: bool) -> Exported:
    """Write the file and its manifest. Raises GateError, InvalidInput and ProviderError; then nothing is written."""
    persons = Persons(errand)
    with connected(errand) as account:
        declared, held = account.named()
        opted_in = f"{since.isoformat()}T00:00:00+00:00" if since else ""
        spelt: dict[str, str] = {}
        for address in held.addresses("subscribed", since=opted_in):
            spelt.setdefault(cleaned(address).lower(), cleaned(address))
    members = len(spelt)
    for endpoint in errand.mailing.lists:
        spelt = {address: address for address in persons.of_endpoint(endpoint, errand.words)} | spelt
    for path in lists:
        spelt = {address: address for address in persons.of_file(path)} | spelt
    safe = [spelt[key] for key in sorted(spelt) if not is_formula(key)]
    counts = (members, len(safe), len(spelt) - len(safe))
    name, stage, audience = errand.mailing.name, errand.stage.name, str(declared.resource)
    if dry_run:
        return Exported(name, stage, audience, *counts, None)
    files.write(out, "".join(f"{_cell(text)}\r\n" for text in (errand.mailing.address, *safe)), mode=_OWNER_ONLY)
    told = {"mailing": name, "stage": stage, "audience": audience, "audience_id": held.id}
    made = errand.run.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest.write(
        out, {**told, "made": made, "since": since and since.isoformat(), "count": len(safe), "left_out": counts[2]}
    )
    return Exported(name, stage, audience, *counts, out)


def _cell(text: str) -> str:
    """As CSV quotes it."""
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\n\r') else text
