"""Where a state mentions a framework: what a successor has to have, too, or to be considered for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emailops.declaration.model import Declaration, Framework
from emailops.declaration.sources import Use, uses
from emailops.declaration.values import Table
from emailops.resource import Place

_EDGE = "[A-Za-z0-9_-]"


@dataclass(frozen=True, slots=True)
class Mention:
    """A line that mentions a framework, and what to ask oneself there."""

    place: Place
    text: str
    ask: str


def mentions(framework: Framework, entry: Place, files: Mapping[str, bytes]) -> list[Mention]:
    """Every line of every file that names the framework, but for those of its entry that do and must.

    Recorded ids are left out: an apply gives them.
    """
    names = {framework.name, framework.name.replace("-", "_"), framework.title} - {""}
    named = re.compile(f"(?<!{_EDGE})(?:{'|'.join(map(re.escape, sorted(names)))})(?!{_EDGE})", re.IGNORECASE)
    own = {(place.path, place.line) for place in (entry, framework.source.at("name"))}
    found = []
    for path, content in sorted(files.items()):
        section, _, file_name = path.partition("/")
        if section == "recorded":
            continue
        ask = _ASKS.get(section.removesuffix(".yaml"), "does this hold for the new one, too?")
        if section != "audiences" and named.search(file_name):
            found.append(Mention(Place(path, 1, 1), file_name, ask))
        lines = enumerate(content.decode(errors="replace").splitlines(), 1)
        found += [Mention(Place(path, number, 1), line.strip(), ask) for number, line in lines if named.search(line)]
    return [mention for mention in found if (mention.place.path, mention.place.line) not in own]


def followers(declaration: Declaration, status: str) -> list[tuple[str, str, Place]]:
    """(consumer, setting, place) of what any framework of this status is in by itself."""
    return [
        (consumer.name, setting.name, setting.place)
        for consumer in declaration.consumers.values()
        for _, setting in consumer.settings()
        if any(_follows(use, status) for use in uses(setting))
    ]


def _follows(use: Use, status: str) -> bool:
    if use.word == "per_framework" and isinstance(use.argument, Table):
        return status in use.argument.items_at("statuses")
    return use.word == "audiences" or (use.word == "frameworks" and status in use.argument)


_ASKS = {
    "audiences": "does the new one need a line here?",
    "consumers": "does this reader need the new one beside it, and from when on?",
    "templates": "does the new one get a text of its own?",
    "attestations": "who attests the same of the new one?",
    "waivers": "does the reason hold for the new one?",
}
