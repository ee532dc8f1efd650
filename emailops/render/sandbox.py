"""What a sandbox that has started says to people: where it is, what to set in an app, and which keys work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ANY_KEY = """\
Any well-formed key works, any template and any audience: what is unknown is made on first sight.
A Notify key counts as live until the sandbox is told all of it, because no request says the key's name:

  emailops sandbox --key team=KEY    or live=KEY, or test=KEY; without it, the word team or test in its name says so"""
MADE_UP_KEYS = """\
It knows what was declared or observed, with made-up keys that are not secrets: the JSON line holds them
under environment, and emailops local-env CONSUMER writes them where an app reads them."""
THESE_KEYS = "It knows only the keys, templates and audiences that it was given; nothing is made on first sight."


@dataclass(frozen=True, slots=True)
class Started:
    """`works` is one of the above; `keys` are the kind and the service of each Notify key that it was told."""

    notify: str
    mailchimp: str
    inbox: str
    works: str
    keys: Sequence[Mapping[str, str]]


def text(started: Started) -> str:
    """Where the sandbox listens, for people."""
    lines = [
        "A Notify and a Mailchimp are running on this machine. Nothing leaves it; Ctrl-C stops them.",
        "",
        f"  see every message   {started.inbox}",
        f"  for Notify, set     base_url = {started.notify}",
        f"  for Mailchimp, set  its base URL to {started.mailchimp} (with the slash at the end)",
        "",
        started.works,
        *(f"Told a {key['kind']} key of the service {key['service']}." for key in started.keys),
        "",
    ]
    return "\n".join(lines)
