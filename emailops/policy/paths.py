"""Rules about where generated files are put."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emailops.declaration.model import Declaration
from emailops.policy.problem import Problem
from emailops.resource import PRODUCTION

_STEERING = re.compile(
    r"(^|/)\.git($|/|[a-z])|(^|/)\.(github|gitlab|circleci|buildkite|woodpecker|drone|jenkins|ssh|husky|devcontainer)(/|$)"
    r"|(^|/)\.(travis|drone|gitlab-ci|woodpecker|pre-commit-config|appveyor|cirrus)\.ya?ml$|(^|/)jenkinsfile[^/]*$"
    r"|(^|/)(azure-pipelines|bitbucket-pipelines)\.ya?ml$|(^|/)(codeowners|makefile|dockerfile|procfile)$"
    r"|(^|/)\.(vscode|idea)(/|$)|(^|/)\.(envrc|npmrc|yarnrc|pypirc|bashrc|zshrc|profile|bash_profile)[^/]*$"
    r"|(^|/)(package\.json|setup\.(py|cfg)|tox\.ini|(conftest|noxfile|sitecustomize|usercustomize)\.py)$"
)
"""Paths that a machine obeys, in the form of a file system that folds names: it runs, or trusts, what stands there."""


def generated_path(declaration: Declaration) -> Iterator[Problem]:
    """A generated file goes nowhere that a CI, Git or SSH obeys, unless the consumer says so: `allow: [PATH]`.

    Whoever can write the state could otherwise run what they like in the CI of every consumer. Names that Windows or a
    Mac takes for such a one count, too.
    """
    for consumer in declaration.consumers.values():
        allowed = consumer.source.items_at("allow").texts()
        for file in consumer.files:
            if file.path in allowed or not any(map(_steers, file.paths)):
                continue
            place = consumer.source.table("files").field_places.get(file.name, consumer.source.place)
            message = f"{file.path} is a path that a CI, Git or SSH obeys"
            remedy = f"put it elsewhere; or write allow: [{file.path}] in the consumer, which a plan marks as unsafe"
            yield Problem(f"consumer/{consumer.name}", place, message, remedy)


def chosen_path(declaration: Declaration) -> Iterator[Problem]:
    """Where a variable names the stage, each stage has a module of its own, and production is never the one by default.

    A job whose variable was missing would otherwise have mailed real people from a developer's machine.
    """
    for consumer in declaration.consumers.values():
        for file in consumer.files:
            place = consumer.source.at("files", file.path, "chosen_by")
            subject = f"consumer/{consumer.name}"
            if file.chosen_by and not file.path.endswith("/{stage}.py"):
                message = f"{file.chosen_by} cannot choose among files at {file.path}"
                yield Problem(subject, place, message, "end the path in /{stage}.py, or remove chosen_by")
            elif file.chosen_by and file.stages[:1] == (PRODUCTION,):
                message = f"without {file.chosen_by}, {consumer.name} would be in production"
                yield Problem(subject, place, message, "name another stage first in stages")


def _steers(path: str) -> bool:
    """Case folded, and without the dots at the end of a name that Windows drops."""
    return _STEERING.search("/".join(part.rstrip(". ") or part for part in path.lower().split("/"))) is not None
