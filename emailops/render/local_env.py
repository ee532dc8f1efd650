"""What `local-env` says: what it wrote, what nothing reads, and what to do next. Never a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emailops.render import console

if TYPE_CHECKING:
    from emailops.tasks.local_env import Own, Variable


def written(path: Path, variables: Sequence[Variable], *, is_new: bool) -> None:
    """Tell which variables a file holds now, and what each is for."""
    if not variables:
        console.text(f"{path.parent}: no key is declared among its secrets, so there is nothing to write")
        return
    console.text(f"{path}: {'written' if is_new else 'unchanged'}")
    width = max(len(variable.name) for variable in variables)
    console.text("\n".join(f"  {variable.name:<{width}}  {variable.meaning}" for variable in variables))


def unread(path: Path, lines: Mapping[str, int], right: Mapping[str, str]) -> None:
    """Warn of variables that a file sets and no client reads."""
    for name, number in lines.items():
        console.note(f"warning: {path}:{number} sets {name}, which nothing reads; what is read is {right[name]}")


def hidden(path: Path) -> None:
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
