"""The tokens with which Notify calls a receiver, from where they are kept."""

from __future__ import annotations

import re

from emailops.errors import InvalidInput
from emailops.private import Secret
from emailops.run import Run

_SHORTEST = 10
_BETWEEN = re.compile(r"[:\s,]+")


def tokens_of(run: Run, reference: str) -> list[Secret]:
    """The tokens behind a reference. One that is short could be guessed."""
    secret = run.required(reference, "there are no tokens")
    texts = [text for text in _BETWEEN.split(secret.reveal()) if text]
    if not texts or any(len(text) < _SHORTEST for text in texts):
        message = f"{reference} holds a token of less than {_SHORTEST} characters"
        raise InvalidInput(message, "Notify takes 10 or more; write several with a colon between")
    return [Secret(text) for text in texts]
