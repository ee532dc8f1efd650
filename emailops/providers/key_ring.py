"""One Notify service through every key of it that is at hand; each is asked once, the least powerful first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emailops.errors import Refused
from emailops.private import Secret
from emailops.providers.notify import NotifyReader
from emailops.resource import Observed


class KeyRing:
    """Reads the templates by the first key that is let in, and of each other key whether it is.

    `keys` are the secrets by name, or why there is none here; `reading` opens a reader with one of them, and is called
    for each at once, so that a key of the wrong form is refused before any is sent. It is used by one thread alone.
    """

    def __init__(
        self, account: str, keys: Mapping[str, tuple[Secret | None, str]], reading: Callable[[Secret], NotifyReader]
    ) -> None:
        self._account = account
        self._readers = {name: reading(secret) for name, (secret, _) in keys.items() if secret is not None}
        self._unread = {name: why for name, (secret, why) in keys.items() if secret is None}
        self._templates: tuple[Observed, ...] | None = None
        self._listing: NotifyReader | None = None
        self._answers: dict[str, str] | None = None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(reader.requests for reader in self._readers.values())

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()

    def templates(self) -> tuple[Observed, ...] | None:
        """Every template of the service; None where no key is let in. Raises Unreachable or ProviderError."""
        self.answers()
        return self._templates

    def is_archived(self, id_: str) -> bool:
        """Whether the service has a template that it does not list. Raises Unreachable or ProviderError."""
        return self._listing is not None and self._listing.is_archived(id_)

    def answers(self) -> Mapping[str, str]:
        """Key -> what Notify says against it; an empty text for one that is let in."""
        if self._answers is None:
            self._answers = {name: self._ask(reader) for name, reader in self._readers.items()}
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

    def _ask(self, reader: NotifyReader) -> str:
        try:
            if self._templates is None:
                self._templates, self._listing = reader.templates(), reader
            else:
                reader.answer()
        except Refused as error:
            return error.said
        return ""
