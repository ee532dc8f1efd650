"""A consumer's repository, and the files of ours that belong there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from emailops.declaration.model import Consumer, Declaration
from emailops.declaration.moved import moved_ids
from emailops.declaration.names import require
from emailops.declaration.reviewed import host_of
from emailops.errors import EmailopsError, InvalidInput
from emailops.generate import Generated, generate, is_packaged
from emailops.run import Run
from emailops.store import ignore_files
from emailops.store.checkout import Checkout, fetched

BRANCH = "emailops/settings"
"""One branch a repository: what has not been merged yet is brought up to date, never doubled."""


def named(declaration: Declaration, names: Sequence[str]) -> list[Consumer]:
    """The consumers of these names, or all. Raises NotDeclared for a name that is none."""
    for name in names:
        require("consumer", name, declaration.consumers)
    return [consumer for consumer in declaration.consumers.values() if not names or consumer.name in names]


def files_of(declaration: Declaration, consumer: Consumer) -> list[Generated]:
    """What a consumer gets, as far as ids are recorded."""
    return generate(declaration, moved_ids(declaration), [consumer.name])


def of_repository(declaration: Declaration, repository: str) -> list[Consumer]:
    """The consumers whose code lives there."""
    return [consumer for consumer in declaration.consumers.values() if consumer.source.text("repository") == repository]


def opened(repository: str, paths: Sequence[str], run: Run) -> AbstractContextManager[Checkout]:
    """A checkout. Raises InvalidInput, before anything is asked, for a host that the job does not list."""
    host = host_of(repository)
    if run.repository_hosts and host not in run.repository_hosts:
        message = f"EMAILOPS_REPOSITORY_HOSTS does not list {host}"
        raise InvalidInput(message, "list it there if files may go to it, or correct the consumer's repository")
    return fetched(repository, paths, run.environment)


def left_out(checkout: Checkout, files: Sequence[Generated], run: Run) -> list[ignore_files.LeftOut]:
    """Which of these files, written to the checkout before, its own packaging leaves out."""
    beside = {file.path for file in files if file.insertions or not is_packaged(file.content or "")}
    paths = [file.path for file in files]
    return ignore_files.left_out(checkout.folder, paths, run.environment, packaged=lambda path: path not in beside)


def said(error: EmailopsError) -> str:
    """What went wrong and what to do about it, on one line."""
    return "; ".join([*error.message.splitlines(), *error.remedy.splitlines()])
