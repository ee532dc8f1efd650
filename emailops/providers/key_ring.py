"""One Notify service through every key of it that is at hand; each is asked once, the least powerful first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing

from emailops.errors import Refused
from emailops.private import Secret
from emailops.providers.notify import NotifyReader
from emailops.resource import Observed


class KeyRing:
    """Reads the templates by the first key that is let in, and of each other key whether it is.

    `keys` are the secrets by name, or why there is none here; `reading` opens a reader with one of them. It is used by
    one thread alone.
    """

    def __init__(
        self, account: str, keys: Mapping[str, tuple[Secret | None, str]], reading: Callable[[Secret], NotifyReader]
    ) -> None:
        self.requests = 0
        self._account = account
        self._secrets = {name: secret for name, (secret, _) in keys.items() if secret is not None}
        self._unread = {name: why for name, (secret, why) in keys.items() if secret is None}
        self._reading = reading
        self._templates: tuple[Observed, ...] | None = None
        self._listing: Secret | None = None
        self._answers: dict[str, str] | None = None

    def templates(self) -> tuple[Observed, ...] | None:
        """Every template of the service; None where no key is let in. Raises Unreachable or ProviderError."""
        self.answers()
        return self._templates

    def is_archived(self, id_: str) -> bool:
        """Whether the service has a template that it does not list. Raises Unreachable or ProviderError."""
        if self._listing is None:
            return False
        with closing(self._reading(self._listing)) as reader:
            try:
                return reader.is_archived(id_)
            finally:
                self.requests += reader.requests

    def answers(self) -> Mapping[str, str]:
        """Key -> what Notify says against it; an empty text for one that is let in."""
        if self._answers is None:
            self._answers = {name: self._ask(secret) for name, secret in self._secrets.items()}
        return self._answers

    def unread(self) -> str:
        """The keys whose secrets are not at hand, and why; an empty text where all are."""
        if not self._unread:
            return ""
        keys = ", ".join(f"{name} ({why})" for name, why in self._unread.items())
        return f"keys of {self._account} that are not here: {keys}"

    def no_key(self) -> str:
        """Why no key is let in."""
        if self.answers():
            return f"no key of {self._account} answers"
        reasons = ", ".join(dict.fromkeys(self._unread.values())) or "none is declared"
        return f"no key for {self._account} here: {reasons}"

    def _ask(self, secret: Secret) -> str:
        with closing(self._reading(secret)) as reader:
            try:
                if self._templates is None:
                    self._templates, self._listing = reader.templates(), secret
                else:
                    reader.answer()
            except Refused as error:
                return error.said
            finally:
                self.requests += reader.requests
        return ""
