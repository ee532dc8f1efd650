"""The world as a state declares it: accounts for the sandbox in which everything is as it should be."""

from __future__ import annotations

from pathlib import Path

from emailops.declaration.build import declare
from emailops.declaration.model import Declaration
from emailops.kinds.mailchimp_audience import CREATED
from emailops.store.state import load
from emailops.store.tree import read_directory
from emailops.tasks.stand_ins import MAILCHIMP_KEY, accounts_for, environment_for

__all__ = ["CREATED", "MAILCHIMP_KEY", "STATES", "accounts_for", "declaration_of", "environment_for"]

STATES = Path(__file__).parent / "states"


def declaration_of(state: Path) -> Declaration:
    return declare(load(read_directory(state)))
