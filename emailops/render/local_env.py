"""What `local-env` says: what it wrote, what nothing reads, and what to do next. Never a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emailops.render import console
from emailops.render.escape import one_line
from emailops.store.env_file import names_in

if TYPE_CHECKING:
    from emailops.tasks.env_files import EnvFile
    from emailops.tasks.local_env import Own


def written(done: Sequence[EnvFile], wrong: Mapping[str, str]) -> None:
    """Tell which variables each file holds now, and what each is for; warn of `wrong` names, which nothing reads."""
    for file in done:
        if file.error is None:
            _held(file)
            _unread(file.path, wrong)
            _hidden(file.path)


def table(done: Sequence[EnvFile]) -> None:
    """Every checkout on a line, whatever became of it."""
    rows = [(file.path.parent.name, f"{file.status}{_why(file)}") for file in done]
    width = max(len(name) for name, _ in rows)
    console.text("\n".join(["", *(f"{one_line(name):<{width}}  {one_line(words)}" for name, words in rows), ""]))


def _why(file: EnvFile) -> str:
    return f": {'; '.join([*file.error.message.splitlines(), file.error.remedy])}" if file.error else ""


def _held(file: EnvFile) -> None:
    if file.excluded:
        console.text(f"{file.path}: not tracked by Git in this clone, by {file.excluded}")
    if not file.variables:
        console.text(f"{file.path.parent}: no key is declared among its secrets, so there is nothing to write")
        return
    console.text(f"{file.path}: {file.status}")
    width = max(len(variable.name) for variable in file.variables)
    console.text("\n".join(f"  {variable.name:<{width}}  {variable.meaning}" for variable in file.variables))


def _unread(path: Path, wrong: Mapping[str, str]) -> None:
    for name, number in names_in(path, wrong).items():
        console.note(f"warning: {path}:{number} sets {name}, which nothing reads; what is read is {wrong[name]}")


def _hidden(path: Path) -> None:
    """The nearest file is the only one that dotenv reads."""
    above = next(
        (folder / path.name for folder in path.resolve().parent.parents if (folder / path.name).is_file()), None
    )
    if above and path.is_file():
        console.note(f"warning: apps in {path.parent} no longer read {above}: dotenv takes the nearest file")


def next_steps(own: Own | None, port: int) -> None:
    """Tell what to do so that the apps read the file."""
    if own is not None:
        console.text(f"your own key: {own.told.value}")
        console.text(
            "Whether it is a test or a live key cannot be told: Notify answers both alike, and no request says which.\n"
            "With a live key people would get mail: see in Notify that its type is test."
        )
        return
    console.text(f"start it with: emailops sandbox --from-state --port {port}")
    console.text(
        "The official clients read no variable for their host: give them EMAILOPS_NOTIFY_URL as base_url, and\n"
        "EMAILOPS_MAILCHIMP_URL as mailchimp3's base_url."
    )
