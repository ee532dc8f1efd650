"""A `.env` in each checkout on a developer's machine: written, or why it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from emailops.declaration.model import Consumer
from emailops.errors import EmailopsError, InvalidInput
from emailops.store import env_file
from emailops.tasks.local_env import Variable


class EnvStatus(StrEnum):
    """What became of a checkout's `.env`; nothing: no key is declared among its consumers' secrets."""

    written = "written"
    unchanged = "unchanged"
    nothing = "nothing to write"
    failed = "not written"


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One checkout's `.env`, with the variables that it holds now, or the error for which it was not written.

    `excluded` is the file of Git in which it was listed, so that Git does not track it.
    """

    path: Path
    status: EnvStatus
    variables: tuple[Variable, ...] = ()
    excluded: Path | None = None
    error: EmailopsError | None = None


def write_all(
    places: Mapping[Path, Sequence[Consumer]],
    variables: Callable[[Consumer], Sequence[Variable]],
    environment: Mapping[str, str],
    *,
    exclude_locally: bool,
) -> Iterator[EnvFile]:
    """Write the `.env` of each checkout for its consumers; one that cannot be written does not stop the others."""
    for checkout, consumers in places.items():
        path = checkout / env_file.NAME
        try:
            found = _united(checkout, [variables(consumer) for consumer in consumers])
            yield _written(path, found, environment, exclude_locally=exclude_locally)
        except EmailopsError as error:
            yield EnvFile(path, EnvStatus.failed, error=error)


def _written(
    path: Path, variables: tuple[Variable, ...], environment: Mapping[str, str], *, exclude_locally: bool
) -> EnvFile:
    content = env_file.merged(path, {variable.name: variable.value.reveal() for variable in variables})
    excluded = None
    if variables and exclude_locally:
        excluded = env_file.exclude(path, environment)
    if variables:
        env_file.refuse_tracked(path, environment)
    is_new = env_file.put(path, content)
    status = EnvStatus.written if is_new else EnvStatus.unchanged
    return EnvFile(path, status if variables else EnvStatus.nothing, variables, excluded)


def _united(checkout: Path, several: Sequence[Sequence[Variable]]) -> tuple[Variable, ...]:
    found: dict[str, Variable] = {}
    for variable in (variable for group in several for variable in group):
        other = found.setdefault(variable.name, variable)
        if other.value.reveal() != variable.value.reveal():
            message = f"{checkout} serves consumers that want different values of {variable.name}"
            raise InvalidInput(message, "write the .env of one of them: emailops local-env CONSUMER")
    return tuple(found.values())
