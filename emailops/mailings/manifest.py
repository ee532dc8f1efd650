"""What stands beside an exported file: of which audience and stage it is, when it was made, and its digest.

A list of another audience was once sent to, and nobody could have seen it from the file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from emailops.errors import GateError, InvalidInput
from emailops.mailings.means import Errand, audience_of
from emailops.store import files

FORMAT = 1
_CHUNK = 1_000_000


def beside(path: Path) -> Path:
    """Where the manifest of a file is."""
    return path.with_name(f"{path.name}.manifest.json")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file. Raises InvalidInput."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                found.update(chunk)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise InvalidInput(f"{path} cannot be read: {why}", "see its path") from None
    return found.hexdigest()


def write(path: Path, values: dict[str, Any]) -> None:
    """Put the manifest beside the file."""
    content = {"format": FORMAT, **values, "digest": digest_of(path)}
    files.write(beside(path), json.dumps(content, indent=2) + "\n", mode=0o600)


def check(path: Path, errand: Errand) -> None:
    """Whether a file is the export that a notice is for, at this stage. Raises GateError `manifest`."""
    remedy = f"emailops export {errand.mailing.export} --stage {errand.stage.name} --out {path}"
    try:
        told = json.loads(beside(path).read_text(encoding="utf-8"))
        audience, stage, content = told["audience"], told["stage"], told["digest"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise GateError("manifest", f"{path} has no manifest beside it that can be read", remedy) from None
    if told.get("mailing") != errand.mailing.export or stage != errand.stage.name:
        message = f"{path} is an export of {told.get('mailing')} at {stage}, not of {errand.mailing.export}"
        raise GateError("manifest", f"{message} at {errand.stage.name}", remedy)
    export = errand.declaration.mailings[errand.mailing.export]
    of_export = Errand(errand.declaration, export, errand.stage, {}, errand.run, errand.mask)
    wanted, id_ = audience_of(of_export)
    if (audience, told.get("audience_id")) != (str(wanted.resource), id_):
        raise GateError("manifest", f"{path} is of the audience {audience}, not of {wanted.resource}", remedy)
    if content != digest_of(path):
        raise GateError("manifest", f"{path} was changed since it was exported", remedy)
