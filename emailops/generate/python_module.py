"""`python`: a module of constants, imported like any other."""

from __future__ import annotations

import ast

from emailops.generate import python_chooser
from emailops.generate.format import Format, Header, Values, merged
from emailops.generate.header import commented
from emailops.generate.literal import assigned, assignment, identifier


def write(header: Header, values: Values) -> str:
    constants = [assignment(identifier(name, header.edit), value) for name, value in merged(values).items()]
    return commented(header, "\n" + "\n".join(constants) + "\n" if constants else "")


def read(content: str) -> Values:
    return {"": assigned(ast.parse(content).body)}


FORMAT = Format(
    write=write,
    read=read,
    purpose="a Python module of constants, for scripts",
    chooser=("__init__.py", python_chooser.write),
)
