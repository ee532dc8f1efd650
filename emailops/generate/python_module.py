"""`python`: a module of constants, imported like any other."""

from __future__ import annotations

from emailops.generate.contract import Header, Values
from emailops.generate.header import commented
from emailops.generate.literal import assignment, identifier


def write(header: Header, values: Values) -> str:
    constants = [
        assignment(identifier(name, header.edit), value)
        for settings in values.values()
        for name, value in settings.items()
    ]
    return commented(header, "\n" + "\n".join(constants) + "\n" if constants else "")
