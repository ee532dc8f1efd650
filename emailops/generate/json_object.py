"""`json`: one object, a setting a field; the header is its first field, `_emailops`."""

from __future__ import annotations

import json

from emailops.errors import InvalidInput
from emailops.generate.format import Format, Header, Values, merged
from emailops.generate.header import FIELD, keyed


def write(header: Header, values: Values) -> str:
    settings = merged(values)
    if FIELD in settings:
        raise InvalidInput(f"{header.edit}: {FIELD} is the header's own field", "give the setting another name")
    return keyed(header, settings)


def read(content: str) -> Values:
    document = json.loads(content)
    if not isinstance(document, dict):
        raise ValueError("no object")
    return {"": {name: value for name, value in document.items() if name != FIELD}}


FORMAT = Format(
    write=write,
    read=read,
    purpose="one JSON object, for anything else",
)
