"""What `generate` does in each of its three ways."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emailops.declaration.moved import moved_ids
from emailops.declaration.names import require
from emailops.engine import declared
from emailops.engine.last_observed import with_texts
from emailops.errors import Exit, UsageError
from emailops.generate import Generated
from emailops.generate import generate as generated
from emailops.render import console, findings
from emailops.run import Run
from emailops.store import generated as on_disk
from emailops.store.files import refuse_declared


def out(run: Run, directory: Path, consumer: str | None, *, force: bool) -> int:
    """Write the files of every consumer below `folder`. Returns the exit code."""
    files = _files(run, consumer)
    whole = [file for file in files if not file.insertions and not file.into]
    to = run.directory / directory
    refuse_declared((to / file.consumer / file.path for file in whole), "--out", run.state)
    written = on_disk.write_out(whole, to, force=force)
    code = _report(whole, written, str(directory))
    for file in files:
        if file.insertions:
            checkout = f"emailops generate {file.consumer} --into CHECKOUT"
            console.text(f"not written: people own {file.consumer}/{file.path}; {checkout} sets its settings")
    return code


def into(run: Run, checkout: Path, consumer: str | None, *, force: bool) -> int:
    """Write the files of one consumer into its checkout. Returns the exit code."""
    if consumer is None:
        raise UsageError("--into needs the name of a consumer", "emailops generate CONSUMER --into CHECKOUT")
    files = _files(run, consumer)
    to = run.directory / checkout
    refuse_declared((to / file.path for file in files), "--into", run.state)
    written = on_disk.write_into(files, to, force=force)
    return _report(files, written, str(checkout))


def check(checkout: Path, consumer: str | None, run: Run, *, current: bool) -> int:
    """Find what was edited by hand, or is left out; by the state, where `current`, also what is missing or out of date.

    Returns the exit code.
    """
    from emailops.store.ignore_files.findings import findings as left_out

    if not checkout.is_dir():
        raise UsageError(f"there is no folder {checkout}", "--check names the checkout of a consumer")
    if current and consumer is None:
        raise UsageError("--current needs the name of a consumer", "emailops generate CONSUMER --check DIR --current")
    found = on_disk.check_checkout(checkout, _files(run, consumer) if current else None)
    found += left_out(checkout, run.environment)
    if found:
        console.text("\n".join(findings.text(found, str(checkout))))
        return Exit.FINDINGS
    console.text("every generated file is there and up to date" if current else "no generated file was edited by hand")
    return Exit.OK


def _files(run: Run, consumer: str | None) -> list[Generated]:
    declaration = with_texts(declared.valid(run), run)
    if consumer is not None:
        require("consumer", consumer, declaration.consumers)
    return generated(declaration, moved_ids(declaration), [consumer] if consumer else None)


def _report(files: Sequence[Generated], written: Sequence[Path], where: str) -> int:
    held = [file for file in files if file.content is None]
    same = len(files) - len(held) - len(written)
    console.text(f"{len(written)} files written to {where}, {same} unchanged")
    waiting = sorted({resource for file in files for resource in file.pending})
    if waiting:
        console.text(f"waiting for apply: {len(waiting)} id{'s' * (len(waiting) != 1)}")
        console.text("\n".join(f"  {resource}" for resource in waiting))
    for file in held:
        console.text(f"not written: {file.consumer}/{file.path} needs one of these ids")
    return Exit.OK
