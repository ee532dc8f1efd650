"""`json`: one object, a setting a key; the header is its first key, `_emailops`."""

from __future__ import annotations

from emailops.errors import InvalidInput
from emailops.generate.contract import Header, Values
from emailops.generate.header import keyed


def write(header: Header, values: Values) -> str:
    settings = {name: value for of_class in values.values() for name, value in of_class.items()}
    if "_emailops" in settings:
        raise InvalidInput(f"{header.edit}: _emailops is the header's own key", "give the setting another name")
    return keyed(header, settings)
