"""The digest of the configuration that an apply must find again."""

from __future__ import annotations

from emailops.canonical import digest
from emailops.declaration.build import plain
from emailops.declaration.model import Declaration


def configuration(declaration: Declaration) -> str:
    """Digest of what a plan is worked out from, resolved.

    Covers accounts, stages, notify, keys (without where they are kept or read, and dates), audiences and templates
    (without text); not people, waivers, attestations, consumers or recorded ids.
    """
    aside = {"kept", "secret", "created", "rotate_by"}
    sections = {
        name: plain(declaration.sections[name]) for name in ("stages", "notify", "keys", "audiences", "templates")
    }
    sections["keys"] = {
        name: {field: value for field, value in key.items() if field not in aside}
        for name, key in sections["keys"].items()
        if isinstance(key, dict)
    }
    accounts = {"first": declaration.first_account, **plain(declaration.root.table("accounts"))}
    return digest({"accounts": accounts, "stage_order": list(declaration.stage_order), **sections})
