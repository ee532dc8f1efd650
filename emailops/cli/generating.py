"""What `generate` does in each of its three ways."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emailops.declaration.resources import moved_ids
from emailops.errors import Exit, UsageError
from emailops.generate import Generated
from emailops.generate import generate as generated
from emailops.reconcile import declared
from emailops.render import console, findings
from emailops.settings import Settings
from emailops.store import generated as on_disk


def out(settings: Settings, directory: Path, consumer: str | None, *, force: bool) -> int:
    files = _files(settings, consumer)
    written = on_disk.write_out(files, settings.directory / directory, force=force)
    return _report(files, written, str(directory))


def into(settings: Settings, checkout: Path, consumer: str | None, *, force: bool) -> int:
    if consumer is None:
        raise UsageError("--into needs the name of a consumer", "emailops generate CONSUMER --into CHECKOUT")
    files = _files(settings, consumer)
    written = on_disk.write_into(files, settings.directory / checkout, force=force)
    return _report(files, written, str(checkout))


def check(checkout: Path, consumer: str | None, settings: Settings | None) -> int:
    """Without settings there is no state: only hand-edited files are found."""
    if not checkout.is_dir():
        raise UsageError(f"there is no folder {checkout}", "--check names the checkout of a consumer")
    if settings is not None and consumer is None:
        raise UsageError("--current needs the name of a consumer", "emailops generate CONSUMER --check DIR --current")
    found = on_disk.check_checkout(checkout, _files(settings, consumer) if settings else None)
    if found:
        console.text("\n".join(findings.text(found, str(checkout))))
        return Exit.FINDINGS
    console.text("every generated file is there and up to date" if settings else "no generated file was edited by hand")
    return Exit.OK


def _files(settings: Settings, consumer: str | None) -> list[Generated]:
    declaration = declared.valid(settings)
    if consumer is not None and consumer not in declaration.consumers:
        raise UsageError(f"there is no consumer {consumer!r}", f"name one of {', '.join(declaration.consumers)}")
    return generated(declaration, moved_ids(declaration), [consumer] if consumer else None)


def _report(files: Sequence[Generated], written: Sequence[Path], where: str) -> int:
    held = [one for one in files if one.content is None]
    same = len(files) - len(held) - len(written)
    console.text(f"{len(written)} files written to {where}, {same} unchanged")
    waiting = sorted({resource for one in files for resource in one.pending})
    if waiting:
        console.text(f"waiting for apply: {len(waiting)} id{'s' * (len(waiting) != 1)}")
        console.text("\n".join(f"  {resource}" for resource in waiting))
    for one in held:
        console.text(f"not written: {one.consumer}/{one.path} needs one of these ids")
    return Exit.OK
