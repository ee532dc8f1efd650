"""The `__init__.py` beside the modules of the stages: the package is the settings of the stage that a variable names.

A setting is looked up when it is read (https://peps.python.org/pep-0562/), so the package can be imported anywhere,
whether the variable is set or not.
"""

from __future__ import annotations

from emailops.generate.format import Chooser, Header
from emailops.generate.header import commented
from emailops.generate.literal import literal

_BODY = '''
"""The settings of one stage: of the one that {variable} names, and of {otherwise} where it names none."""

import os as _os
from importlib import import_module as _import_module
from typing import Any as _Any

_STAGES = {stages}


def of(stage: str) -> _Any:
    """The settings of a stage, by its name. Raises ValueError for a name that no stage has."""
    if stage not in _STAGES:
        raise ValueError("there is no stage " + repr(stage) + ": write one of " + ", ".join(_STAGES))
    return _import_module(__name__ + "." + stage)


def __getattr__(name: str) -> _Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(of(_os.environ.get("{variable}") or "{otherwise}"), name)
'''


def write(header: Header, chooser: Chooser) -> str:
    stages = literal(list(chooser.names))
    return commented(header, _BODY.format(variable=chooser.variable, otherwise=chooser.names[0], stages=stages))
