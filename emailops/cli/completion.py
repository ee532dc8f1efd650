"""What the shell offers for a word that has been begun: rules, and what is declared here, as far as it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emailops.declaration.model import Declaration


def resources(begun: str) -> list[str]:
    """Declared resources."""
    from emailops.kinds import resources as declared

    return _beginning(begun, [str(desired.resource) for desired in declared(_declaration())])


def frameworks(begun: str) -> list[str]:
    """Declared frameworks."""
    return _beginning(begun, list(_declaration().frameworks))


def keys(begun: str) -> list[str]:
    """Declared keys."""
    return _beginning(begun, list(_declaration().keys))


def stages(begun: str) -> list[str]:
    """Declared stages."""
    return _beginning(begun, list(_declaration().scopes()))


def consumers(begun: str) -> list[str]:
    """Declared consumers."""
    return _beginning(begun, list(_declaration().consumers))


def mailings(begun: str) -> list[str]:
    """Declared mailings."""
    return _beginning(begun, list(_declaration().mailings))


def templates(begun: str) -> list[str]:
    """Declared templates."""
    return _beginning(begun, list(_declaration().templates))


def rules(begun: str) -> list[str]:
    """Ids of rules."""
    from emailops.policy import RULES, TIME_RULES, rule_id

    return _beginning(begun, [*map(rule_id, RULES), *map(rule_id, TIME_RULES)])


def _beginning(begun: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(begun)]


def _declaration() -> Declaration:
    from emailops.declaration.build import declare
    from emailops.run import from_machine
    from emailops.store.state import load
    from emailops.store.tree import read_directory

    return declare(load(read_directory(from_machine().state)))
