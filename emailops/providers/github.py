"""Pull requests and commit statuses at GitHub, or at a GitHub Enterprise that the job's environment names.

https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/commits/statuses
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from emailops.errors import ProviderError
from emailops.patience import Patience
from emailops.private import Secret, mask_strangers
from emailops.providers.transport import MALFORMED, WritingSession
from emailops.providers.wire import in_words

STATUS = "emailops/plan"
"""The commit status whose description is the digest of the change that a pull request showed."""
_HIDDEN = mask_strangers((), ())
"""Nobody's address is of interest here."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REPOSITORY = re.compile(
    r"(?:https://|ssh://git@|git@)(?P<host>[A-Za-z0-9.-]+)(?::\d+)?[/:](?P<owner>[^/\s]+)/(?P<name>[^/\s]+?)(?:\.git)?/?"
)


@dataclass(frozen=True, slots=True)
class GitHub:
    """`url` is the API's address; the token goes nowhere else, whatever a state says of its repositories."""

    url: str
    token: Secret = field(repr=False)
    patience: Patience | None = None

    def propose(self, repository: str, branch: str, into: str, title: str, body: str) -> str:
        """Open a pull request for a branch, or bring the open one up to date; its address. Raises ProviderError."""
        owner, name = self._place(repository)
        pulls = f"/repos/{owner}/{name}/pulls"
        words = {"title": title, "body": body}
        with _readable("the pull request"):
            open_ = self._ask("GET", pulls, params={"head": f"{owner}:{branch}", "base": into, "state": "open"})
            if isinstance(open_, list) and open_:
                answer = self._ask("PATCH", f"{pulls}/{int(open_[0]['number'])}", json=words)
            else:
                answer = self._ask("POST", pulls, json={**words, "head": branch, "base": into})
            return str(answer["html_url"])

    def reviewed(self, repository: str, commit: str) -> str:
        """The change that the merged pull request of a commit showed; empty where there is none. Raises ProviderError.

        The status stands at the head of the pull request's branch, so that it survives a squash.
        """
        owner, name = self._place(repository)
        commits = f"/repos/{owner}/{name}/commits"
        with _readable(f"the statuses of {commit[:12]}"):
            for pull in self._ask("GET", f"{commits}/{commit}/pulls"):
                if not pull.get("merged_at"):
                    continue
                for status in self._ask("GET", f"{commits}/{pull['head']['sha']}/statuses"):
                    if status["context"] == STATUS:
                        return str(status["description"]) if _DIGEST.fullmatch(str(status["description"])) else ""
            return ""

    def _place(self, repository: str) -> tuple[str, str]:
        """Owner and name of a repository that this host serves."""
        found = _REPOSITORY.fullmatch(repository)
        api = urlsplit(self.url).hostname or ""
        if found is None or found["host"].lower() not in (api, api.removeprefix("api.")):
            message = f"{repository} is not at {urlsplit(self.url).netloc}"
            raise ProviderError(message, "EMAILOPS_GITHUB_URL names another GitHub; or open the pull request yourself")
        return found["owner"], found["name"]

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "Accept": "application/vnd.github+json"}
        try:
            with WritingSession(self.url, self.patience) as session:
                answer = session.request(method, f"{self.url}{path}", headers=headers, **content)
        except requests.RequestException as error:
            why = _HIDDEN(in_words(error, self.url))
            raise ProviderError(f"GitHub did not answer {method} {path}: {why}", "run it again later") from None
        if answer.ok:
            return _HIDDEN(answer.json())
        message = f"GitHub refused {method} {path} with {answer.status_code}"
        raise ProviderError(message, "the token needs to read contents and write pull requests of the repository")


@contextmanager
def _readable(what: str) -> Iterator[None]:
    try:
        yield
    except MALFORMED as error:
        message = f"GitHub's answer about {what} could not be read: {type(error).__name__}"
        raise ProviderError(message, "run it again later") from None
