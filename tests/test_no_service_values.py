"""The tool holds no value of the service that it was first made for: another team's emailops is the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from emailops.declaration.build import plain
from tests.world import STATES, declaration_of

ROOT = Path(__file__).parents[1]
STANDS_IN = ROOT / "emailops/clients/compat"
"""Takes the place of the service's own clients, and so has their names."""
CODE = (path for path in ROOT.glob("emailops/**/*.py") if STANDS_IN not in path.parents)
FILES = [*sorted(CODE), *sorted(ROOT.glob("schemas/*.json"))]
STATE = declaration_of(STATES / "digital-marketplace")
COMMON = {
    # words of the tool's own language and of the providers', which the service happens to use as names
    *("api", "scripts", "jenkins", "mailchimp", "notify", "audience", "templates", "users"),
    "mandrill",  # a retired provider of anyone's
    "example.com",  # RFC 2606
    "notifications.service.gov.uk",  # Notify's own
    "notify_templates",  # what an app of anyone calls its map of templates
    *("github.com", "simulator.amazonses.com"),  # anyone's host, and a simulator of mail for anyone
}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:uk|com|team|net|org)\b")
_TITLE = re.compile(r"\b[A-Z][a-z]+(?: (?:and )?[A-Z][a-z]+)+\b")


def without_examples(path: Path, text: str) -> str:
    """An example is somebody's: what an editor shows to whoever begins."""
    if path.suffix == ".json":
        text = re.sub(r'"examples": \[.*?\n( *)\]|"examples": \[[^\n]*\]', "", text, flags=re.DOTALL)
    return "\n".join("" if "example=" in line or '"examples":' in line else line for line in text.split("\n"))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


EVERY_TEXT = [text for part in (STATE.root, *STATE.sections.values()) for text in texts(plain(part))]
VALUES = {
    "ids": {*STATE.ids.values(), *(found for text in EVERY_TEXT for found in _UUID.findall(text))},
    "domains": {found for text in EVERY_TEXT for found in _DOMAIN.findall(text.lower())},
    "accounts": {*STATE.notify_accounts, STATE.mailchimp.account_id if STATE.mailchimp else ""},
    "consumers": set(STATE.consumers),
    "audiences and frameworks": {*STATE.frameworks, *STATE.single_audiences},
    "lots": {lot for framework in STATE.frameworks.values() for lot in framework.lots},
    "templates": set(STATE.templates),
    "settings": {setting.name for consumer in STATE.consumers.values() for _, setting in consumer.settings()},
    "secrets": {name for consumer in STATE.consumers.values() for name in consumer.source.table("secrets")},
    "repositories": {consumer.source.text("repository") for consumer in STATE.consumers.values()},
    "keys": {name for name in STATE.keys if name not in STATE.stage_order},
    "columns of dumps": set(STATE.dumps),
    "names": {STATE.service, *(found for text in EVERY_TEXT for found in _TITLE.findall(text))},
}


def place_of(values: Collection[str], text: str) -> str | None:
    """The first line that holds one of the values as a word of its own; the longest counts."""
    either = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    found = re.search(rf"(?<![\w.-])(?:{either})(?![\w-])", text, re.IGNORECASE)
    return f"{text[: found.start()].count(chr(10)) + 1}: {found[0].lower()}" if found else None


@pytest.mark.few(1)
@pytest.mark.parametrize("sort", VALUES)
def test_the_tool_holds_no_value_of_the_service(sort):
    wanted = {value for value in VALUES[sort] if value and value.lower() not in COMMON}
    found = [
        f"{path.relative_to(ROOT)}:{place}"
        for path in FILES
        if (place := place_of(wanted, without_examples(path, path.read_text(encoding="utf-8"))))
    ]

    assert wanted
    assert found == []


def test_the_values_are_the_services_own():
    """The search would find them: what is looked for is in the state, and enough of it."""
    assert STATE.service in VALUES["names"]
    assert len(VALUES["ids"]) > 40
    assert len(VALUES["settings"]) > 15
    assert {len(VALUES[sort]) > 1 for sort in VALUES} == {True}


@pytest.mark.parametrize(
    ("values", "text", "found"),
    [
        (["api"], "an API key", "1: api"),
        (["framework-updates"], "a\nframework-updates-test", None),
        (["framework-updates", "frame"], "a\nsee framework-updates.", "2: framework-updates"),
        (["a.example"], "b.a.example", None),
        (["framework-updates", "18fb1fa411"], '"18FB1FA411"', "1: 18fb1fa411"),
    ],
)
def test_a_value_is_found_as_a_word_of_its_own(values, text, found):
    assert place_of(values, text) == found
