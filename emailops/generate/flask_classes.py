"""`flask`: a Python module with a class a key of `classes`, from which the app's own Config classes inherit.

https://flask.palletsprojects.com/en/stable/config/#configuring-from-python-files: upper-case attributes are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.contract import Header, Values
from emailops.generate.header import commented
from emailops.generate.literal import assignment, identifier


def write(header: Header, values: Values) -> str:
    classes = [_class(identifier(name, header.edit), settings, header.edit) for name, settings in values.items()]
    return commented(header, "".join(f"\n\n{one}" for one in classes))


def _class(name: str, settings: Mapping[str, Any], edit: str) -> str:
    body = [assignment(_attribute(setting, edit), value, "    ") for setting, value in settings.items()]
    return "\n".join([f"class {name}:", *(body or ["    pass"])]) + "\n"


def _attribute(name: str, edit: str) -> str:
    # Python renames an attribute that begins with two underscores, and Flask would not find it.
    if not name.isupper() or name.startswith("__"):
        raise InvalidInput(f"{edit}: Flask would not read {name!r}", "write it in upper case, without __ in front")
    return identifier(name, edit)
