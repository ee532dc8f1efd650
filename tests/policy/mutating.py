"""States gone wrong: values of any sort in any place of their trees, and edits of any line of their texts."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from emailops.store.tree import Tree, read_directory
from tests.examples import laying
from tests.examples.laying import marketplace, minimal

ATTESTATION = 'attested: {%s}\nby: developers\n"on": 2026-11-01\ndigest: "' + "0" * 64 + '"\n'
NOTIFY_KEY = "live-11111111-1111-4111-8111-111111111111-5ec5e700-5ec5-4ec5-8ec5-5ec5e7005ec5"
ODD: list[Any] = [
    *(None, "", " ", "null", "~", "yes", "-1", "9" * 40, "²", "_x", "shared", "{lot}", "{", "@", "\ud7ff"),
    "production",
    *("a@b", "2026-02-30", "\n", "key ", "template ", "audience permits", "x" * 5_000, "env:", "..", "a/b", "0" * 10),
    *("jo@elsewhere.gov.uk", f"a {NOTIFY_KEY} b", "0123456789abcdef0123456789abcdef-us1", "forgotten", "mandrill"),
    *("x" * 20_000 + " @ ", "a@" * 2_000, "a." * 4_000 + "@b", "-----BEGIN " * 900, "live", "team", "test", "other"),
    *([], [None], [[]], [{}], ["a", "a"], {}, {"": ""}, {"a": None}, {"a": {"b": [{"c": None}]}}, {"pending": "x"}),
    *({"template": ["x"]}, {"audience": {}}, {"reply_to": [[]]}, {"table": {"a": {"table": []}}}, {"$pending": "a"}),
    *({"value": {"a": "b"}}, {"templates": {"a": "b"}}, {"frameworks": "open"}, {"extends": "_x"}, [{"address": []}]),
    *(["mailchimp", "notify"], ["other"], {"person": "jo"}, {"person": []}, {"subscribers": {"a": {"person": None}}}),
    *({"mandrill": {"patterns": [""]}}, {"a": {"since": [], "why": {}, "patterns": "x"}}, {"addresses": "real"}),
    *({"production": "key production"}, {"production": ["key"]}, {"jo@elsewhere.gov.uk": NOTIFY_KEY}, {"permits": []}),
]  # fmt: skip
"""Values that are wrong in most places, right in some, and hard for a rule to read."""


def everything() -> Tree:
    """The marketplace's state with something of all that it does not hold itself."""
    whole = {path: content.decode() for path, content in marketplace().files.items()}
    whole["audiences/test-opportunities.yaml"] += (
        "subscribers: {anna: anna@user.marketplace.team, dev: {person: developers}}\n"
    )
    whole["notify.yaml"] += "  team: [developers, ccs]\n"
    whole["keys.yaml"] += "next: {extends: _key, kind: live, stages: [production], purpose: x, rotate_by: 2027-01-01}\n"
    whole["waivers.yaml"] = (
        "- {rule: live-keys-limit, resource: policy/live_keys, until: 2027-01-01, owner: ccs, reason: rotation}\n"
    )
    whole["templates/reset_password.md"] = "Subject: Reset\n\nHello ((name))\n"
    whole["attestations/notify-team/marketplace.yaml"] = ATTESTATION % "people: [developers since 2026-11-24]"
    whole["attestations/notify-key/staging.yaml"] = ATTESTATION % "kind: team, created: unknown"
    return marketplace(dict(whole))


STATES: dict[str, Callable[[], Tree]] = {
    "minimal": minimal,
    "minimal in one file": lambda: read_directory(laying.STATES / "minimal"),
    "everything": everything,
}


def with_odd_values(files: dict[str, bytes], draw: random.Random, odd: list[Any]) -> dict[str, bytes]:
    """Each value put in place of another, somewhere in some file."""
    files = dict(files)
    for value in odd:
        path = draw.choice([file for file in files if file.endswith(".yaml")])
        document = yaml.load(files[path], yaml.BaseLoader)
        spots = list(every_spot(document))
        if spots:
            holder, key = draw.choice(spots)
            if isinstance(holder, dict) and isinstance(value, str) and draw.random() < 0.2:
                holder[value] = holder.pop(key)
            else:
                holder[key] = value
        else:
            document = value
        files[path] = json.dumps(document).encode()
    return files


EDITS = ["delete", "double", "swap", "indent", "insert", "cut", "move"]


def with_edits(files: dict[str, bytes], draw: random.Random, edits: list[str], inserted: str) -> dict[str, bytes]:
    """Each edit made to some line of some file."""
    files = dict(files)
    for edit in edits:
        path = draw.choice(list(files))
        lines = files[path].decode(errors="surrogatepass").split("\n")
        at = draw.randrange(len(lines))
        if edit == "delete":
            del lines[at]
        elif edit == "double":
            lines.insert(at, lines[at])
        elif edit == "swap":
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif edit == "indent":
            lines[at] = f"  {lines[at]}"
        elif edit == "cut":
            lines[at] = lines[at][: draw.randrange(len(lines[at]) + 1)]
        elif edit == "move":
            other = draw.choice(list(files))
            files[other] = files[other] + b"\n" + lines[at].encode(errors="surrogatepass")
            if other == path:
                continue
        else:
            column = draw.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:column] + inserted + lines[at][column:]
        files[path] = "\n".join(lines).encode(errors="surrogatepass")
    return files


def every_spot(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each (holder, key) in plain values."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from every_spot(inner)
