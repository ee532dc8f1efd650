"""What takes a sighting back: a waiver on its line, in its file or in a file of waivers, and a baseline.

A waiver has a reason. On a line, or alone on the line above: `emailops: allow SUBJECT: REASON`; for a whole file,
anywhere in it: `emailops: allow-file SUBJECT: REASON`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.scan.scanned import Scanned, Sighting, in_order
from emailops.store.yaml import parse

_INLINE = re.compile(rb"emailops:[ \t]*allow(-file)?[ \t]+([^\s:]+)[ \t]*:?[ \t]*([^\r\n]*)")
_COMMENT_ENDS = re.compile(rb"[ \t]*(?:-->|\*/|#\}|%>)[ \t]*$")
_FIELDS = {"rule", "path", "subject", "until", "reason"}


@dataclass(frozen=True, slots=True)
class FileWaiver:
    """What a file of waivers takes back; an empty field fits everything. `path` is a glob."""

    rule: str
    path: str
    subject: str
    until: str
    reason: str

    def fits(self, sighting: Sighting) -> bool:
        """Whether it is about this one."""
        return (
            self.rule in ("", sighting.rule)
            and self.subject in ("", sighting.subject)
            and (not self.path or fnmatchcase(sighting.path, self.path))
        )


@dataclass(frozen=True, slots=True)
class Exemptions:
    """The waivers of a file, and the fingerprints of a baseline."""

    waivers: tuple[FileWaiver, ...] = ()
    baseline: frozenset[str] = frozenset()


def inline_reason(content: bytes, at: int, subject: str) -> str | None:
    """Why a waiver on the line of `at`, above it or of the file allows a subject: empty where it does not say.

    None where there is no such waiver.
    """
    if b"emailops:" not in content:
        return None
    start = content.rfind(b"\n", 0, at) + 1
    above = content.rfind(b"\n", 0, max(start - 1, 0)) + 1
    for found in _INLINE.finditer(content):
        begun = content.rfind(b"\n", 0, found.start()) + 1
        is_alone = begun == above and not re.search(rb"\w", content[begun : found.start()])
        if (found[1] or begun == start or is_alone) and found[2].decode(errors="replace").lower() == subject.lower():
            return _COMMENT_ENDS.sub(b"", found[3]).decode(errors="replace").strip()
    return None


def sifted(sightings: Iterable[Sighting], exemptions: Exemptions, today: date, scanned: Scanned) -> Scanned:
    """The scan with each sighting where it belongs; a waiver that nothing needs, or that ended, is mentioned."""
    reported, waived, known = [], [], []
    used: set[FileWaiver] = set()
    lapsed = {waiver for waiver in exemptions.waivers if waiver.until and waiver.until < today.isoformat()}
    found: set[str] = set()
    for sighting in in_order(sightings):
        waiver = next((held for held in exemptions.waivers if held not in lapsed and held.fits(sighting)), None)
        found.add(sighting.fingerprint)
        if sighting.reason:
            waived.append(sighting)
        elif waiver:
            used.add(waiver)
            waived.append(replace(sighting, reason=waiver.reason))
        elif sighting.fingerprint in exemptions.baseline:
            known.append(sighting)
        else:
            reported.append(sighting)
    notes = [*scanned.notes, *_words(exemptions, used, lapsed, found)]
    return replace(scanned, sightings=tuple(reported), waived=tuple(waived), known=tuple(known), notes=tuple(notes))


def read_waivers(path: Path) -> tuple[FileWaiver, ...]:
    """The waivers of a file: a list of rule, path, subject, until and reason. Raises InvalidInput."""
    document, wrong = parse(str(path), _content(path, "waivers"))
    if wrong:
        raise InvalidInput(f"{wrong[0].path}:{wrong[0].line}: {wrong[0].message}", wrong[0].remedy)
    if not isinstance(document, list):
        raise InvalidInput(f"{path} is not a list of waivers", "begin each with - rule: RULE, and give a reason")
    return tuple(_waiver(path, number, entry) for number, entry in enumerate(document, 1))


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline. Raises InvalidInput."""
    try:
        document = json.loads(_content(path, "the baseline"))
        return frozenset(entry["fingerprint"] for entry in document["findings"])
    except (ValueError, KeyError, TypeError, RecursionError):
        remedy = "write it anew: the same command with --update-baseline"
        raise InvalidInput(f"{path} is not a baseline of emailops", remedy) from None


def baseline_text(sightings: Iterable[Sighting]) -> str:
    """A baseline of these: it holds no secret and no address, so a scan does not find itself in it."""
    entries = [
        {"fingerprint": seen.fingerprint, "rule": seen.rule, "path": seen.path, "subject": seen.subject}
        for seen in in_order(sightings)
    ]
    return json.dumps({"format": 1, "findings": entries}, indent=2, ensure_ascii=False) + "\n"


def _waiver(path: Path, number: int, entry: Any) -> FileWaiver:
    if not isinstance(entry, Mapping) or set(entry) - _FIELDS:
        raise InvalidInput(
            f"{path}: entry {number} is not a waiver", f"it may hold {', '.join(sorted(_FIELDS))}, each a text"
        )
    texts = {name: str(entry.get(name) or "").strip() for name in _FIELDS}
    if not texts["reason"]:
        raise InvalidInput(f"{path}: entry {number} gives no reason", "say why this may be there: reason: ...")
    if not (texts["rule"] or texts["path"] or texts["subject"]):
        raise InvalidInput(f"{path}: entry {number} waives everything", "name a rule, a path or a subject")
    if texts["until"] and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", texts["until"]):
        raise InvalidInput(f"{path}: entry {number}: until is not a day", "write YYYY-MM-DD")
    return FileWaiver(**texts)


def _words(exemptions: Exemptions, used: set[FileWaiver], lapsed: set[FileWaiver], found: set[str]) -> list[str]:
    names = {
        waiver: " ".join(filter(None, (waiver.rule, waiver.subject, waiver.path))) for waiver in exemptions.waivers
    }
    words = []
    for waiver in (held for held in exemptions.waivers if held not in used):
        what = f"ended on {waiver.until}" if waiver in lapsed else "waives nothing: remove it"
        words.append(f"the waiver for {names[waiver]} {what}")
    if gone := len(exemptions.baseline - found):
        words.append(f"{gone} of the baseline {'is' if gone == 1 else 'are'} gone: --update-baseline shortens it")
    return words


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        remedy = "--update-baseline writes one" if what == "the baseline" else "name a file that is there"
        raise InvalidInput(f"{path}: {what} cannot be read: {reason}", remedy) from None
