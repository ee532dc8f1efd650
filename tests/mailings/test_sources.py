"""A declared API: every page of it, or an error and no mail."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.mailings.scene import declare, got, people, sent
from tests.mailings.source_api import pages, source_api

FROM_API = """
  news:
    kind: notice
    stages: {development: anywhere}
    source:
      {url: "%s", path: "/people?town={town}", items: people, next: links.next, total: meta.total, token: env:TOKEN}
    parameters: {town: the town}
    template: permit_granted
    address: mail
    placeholders: {name: "{name}", town: "{home.town}"}
"""
MAIL = ("mail", "news", "--stage", "development", "--set", "town=leeds & york")
TOKEN = {"TOKEN": "a-token-of-the-source-api", "EMAILOPS_SECRETS": "env:TOKEN env:NOTIFY_KEY_TRIAL"}
PEOPLE = [{"mail": address, "name": f"Person {n}", "home": {"town": "Leeds"}} for n, address in enumerate(people(5), 1)]
LISTED = pages("people", "/people?town=leeds", PEOPLE)


def never_ends(path):
    return 200, {"people": PEOPLE[:2], "links": {"next": f"{path}&page={len(path)}"}}


BAD = {
    "half a page": (lambda path: (200, b'{"people": [{"mail": "a@peo'), "half a page, or no JSON"),
    "a page of another sort": (lambda path: (200, {"people": "none"}), "gave no list of people"),
    "a list that is no object": (lambda path: (200, [1, 2]), "gave no list of people"),
    "no JSON at all": (lambda path: (200, b"<html>Sign in</html>"), "half a page, or no JSON"),
    "an empty answer": (lambda path: (200, b""), "half a page, or no JSON"),
    "a list of what is no object": (lambda path: (200, {"people": [1, 2]}), "gave no list of people"),
    "nothing in the place of the list": (lambda path: (200, {"people": None}), "gave no list of people"),
    "a next page that is no address": (
        lambda path: (200, {"people": PEOPLE[:2], "links": {"next": 2}}),
        "gave a next page that is not an address",
    ),
    "a next page of another scheme": (
        lambda path: (200, {"people": PEOPLE[:2], "links": {"next": "file:///etc/passwd"}}),
        "sends to another host for its next page",
    ),
    "the same page at another address": (
        lambda path: (200, {"people": PEOPLE[:2], "links": {"next": "/people?again" if "again" not in path else None}}),
        "the same page twice",
    ),
    "the same page again": (lambda path: (200, {"people": PEOPLE[:2], "links": {"next": path}}), "the same page twice"),
    "a listing without an end": (never_ends, "the same page twice"),
    "another host for the next page": (
        lambda path: (200, {"people": PEOPLE[:2], "links": {"next": "https://elsewhere.example/people"}}),
        "sends to another host for its next page",
    ),
    "an error on the second page": (
        lambda path: (500, {}) if "page=2" in path else LISTED(path),
        "answered with 500",
    ),
    "a connection that breaks off": (
        lambda path: (0, {}) if "page=2" in path else LISTED(path),
        "the source did not answer",
    ),
    "fewer than it counts": (
        lambda path: (200, {"people": PEOPLE[:2], "meta": {"total": 5}}),
        "counts 5 people and gave 2",
    ),
    "a token that it refuses": (lambda path: (403, {}), "answered with 403"),
    "a redirect": (lambda path: (302, {}), "another host answers here"),
}


def test_every_page_is_followed_with_the_token_and_the_parameters(minimal):
    with source_api({"/people": LISTED}) as api:
        declare(minimal.state, FROM_API % api.url)
        ran = minimal.run(*MAIL, **TOKEN)

        assert ran.code == 0, ran.err
        assert got(minimal.sandbox) == dict.fromkeys(people(5), 1)
        assert api.asked[0] == "/people?town=leeds%20%26%20york"
        assert set(api.tokens) == {f"Bearer {TOKEN['TOKEN']}"}
        assert {held["personalisation"]["town"] for held in sent(minimal.sandbox)} == {"Leeds"}


@pytest.mark.few(4)
@pytest.mark.parametrize("name", BAD)
def test_an_api_that_is_not_whole_sends_nothing(minimal, name):
    answer, said = BAD[name]
    with source_api({"/people": answer}) as api:
        declare(minimal.state, FROM_API % api.url)
        ran = minimal.run(*MAIL, **TOKEN)

        assert ran.code == 1, (ran.out, ran.err)
        assert said in ran.err
        assert "people.example" not in ran.err
        assert TOKEN["TOKEN"] not in ran.err
        assert sent(minimal.sandbox) == []


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "    several: true\n"])
def test_an_item_that_comes_on_two_pages_is_one_message(minimal, more):
    """A list grows while it is read. Where somebody may get several, what says the same is the same."""
    again = [*PEOPLE[:2], {**PEOPLE[1], "more": 1}, *PEOPLE[1:]]
    with source_api({"/people": pages("people", "/people?town=leeds", again)}) as api:
        declare(minimal.state, (FROM_API % api.url).replace(", total: meta.total", "") + more)
        ran = minimal.run(*MAIL, **TOKEN)

    assert ran.code == 0, ran.err
    assert got(minimal.sandbox) == dict.fromkeys(people(5), 1)


def test_while_an_api_answers_nobody_waits_for_the_send_ledger(minimal):
    """It may take minutes, and other mailings and receipts use the same file."""
    free = []

    def answer(path):
        with closing(sqlite3.connect(minimal.state / ".emailops/sends.sqlite", timeout=0)) as other:
            other.execute("begin immediate")
            free.append(path)
        return LISTED(path)

    with source_api({"/people": answer}) as api:
        declare(minimal.state, FROM_API % api.url)
        assert minimal.run(*MAIL, **TOKEN).code == 0
    assert len(free) == 3


def test_an_api_that_is_not_there_sends_nothing(minimal):
    declare(minimal.state, FROM_API % "http://127.0.0.1:9")
    ran = minimal.run(*MAIL, **TOKEN)

    assert ran.code == 1
    assert "nothing answers at 127.0.0.1:9" in ran.err


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({**TOKEN, "TOKEN": None}, "the source's token is not here: TOKEN is not set"),
        ({"TOKEN": "a-token-of-the-source-api"}, "env:TOKEN is not in EMAILOPS_SECRETS"),
        ({**TOKEN, "TOKEN": "two words"}, "has a blank"),
    ],
)
def test_without_the_token_nothing_is_asked(minimal, variables, said):
    with source_api({"/people": LISTED}) as api:
        declare(minimal.state, FROM_API % api.url)
        ran = minimal.run(*MAIL, **variables)

        assert ran.code == 1
        assert said in ran.err
        assert api.asked == []


def test_somebody_of_an_api_who_cannot_be_written_to_is_an_outcome(minimal):
    """Nobody can mend a line of an API before the mail goes out, and the others wait for it."""
    listed = [*PEOPLE[:2], {"mail": "no address", "name": "N"}, {"mail": PEOPLE[0]["mail"].upper(), "name": "again"}]
    with source_api({"/people": pages("people", "/people?town=leeds", listed)}) as api:
        declare(minimal.state, FROM_API % api.url)
        ran = minimal.run(*MAIL, "--format", "json", **TOKEN)

        assert ran.code == 5, ran.err
        assert [(held["row"], held["said"]) for held in ran.json["failures"]] == [(3, "this is not an email address")]
        assert got(minimal.sandbox) == dict.fromkeys(people(2), 1)


def test_an_api_takes_no_file(minimal):
    with source_api({"/people": LISTED}) as api:
        declare(minimal.state, FROM_API % api.url)
        ran = minimal.run(*MAIL, "--from", "people.csv", **TOKEN)

        assert ran.code == 64
        assert "reads an API, and takes no --from" in ran.err
