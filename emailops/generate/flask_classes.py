"""`flask`: a Python module with a class an entry of `classes`, from which the app's own Config classes inherit.

https://flask.palletsprojects.com/en/stable/config/#configuring-from-python-files: upper-case attributes are read.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Names, Values
from emailops.generate.header import commented
from emailops.generate.literal import assigned, assignment, identifier


def write(header: Header, values: Values) -> str:
    classes = [_class(identifier(name, header.edit), settings, header.edit) for name, settings in values.items()]
    return commented(header, "".join(f"\n\n{text}" for text in classes))


def read(content: str) -> Values:
    return {node.name: assigned(node.body) for node in ast.parse(content).body if isinstance(node, ast.ClassDef)}


def _class(name: str, settings: Mapping[str, Any], edit: str) -> str:
    body = [assignment(_attribute(setting, edit), value, "    ") for setting, value in settings.items()]
    return "\n".join([f"class {name}:", *(body or ["    pass"])]) + "\n"


def _attribute(name: str, edit: str) -> str:
    # Python renames an attribute that begins with two underscores, and Flask would not find it.
    if not name.isupper() or name.startswith("__"):
        raise InvalidInput(f"{edit}: Flask would not read {name!r}", "write it in upper case, without __ in front")
    return identifier(name, edit)


FORMAT = Format(
    write=write,
    read=read,
    purpose="a Python module of classes, for an app whose Config class inherits from them; the only way to give an app "
    "a mapping",
    names=Names("A-Z_", "A-Z0-9_", "capitals, digits and _"),
    has_classes=True,
)
