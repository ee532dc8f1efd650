"""trace, explain and todo as commands: what they print, their codes, and that they ask nobody and write nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.playing import Play
from tests.stories.telling import nothing_written

Golden = Callable[[str, str], None]
SERVICE = """\
notify:
  permits:
    callback: {url: https://permits.example/callback}
    guest_list: [{person: developers, why: a | b <c> `d`, until: 2026-11-01}]
waivers: [{rule: setting-name, resource: consumer/web, until: 2026-12-01, owner: developers, reason: "[x](y) @z"}]
"""
TRACE = ("trace", "web", "permit_granted", "Made-Up@example.org", "--stage", "production")
DOS5 = "mailchimp-audience/digital-outcomes-and-specialists-5.digital-outcomes"
REDIRECTS = ("explain", "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS", "--consumer", "user-frontend")


@pytest.fixture
def permits(minimal: Play) -> Play:
    """The minimal state with a service's pages, and a key that is attested."""
    state = minimal.state / "emailops.yaml"
    state.write_text(state.read_text() + SERVICE)
    assert minimal.run("attest", "notify-key/production", "--by", "developers").code == 0
    return minimal


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("trace.txt", TRACE),
        ("trace.json", (*TRACE, "--format", "json")),
        ("explain-key.txt", ("explain", "notify-key/production")),
        ("explain-key.json", ("explain", "notify-key/production", "--format", "json")),
        ("explain-guest-list.txt", ("explain", "notify-guest-list/permits")),
        ("todo.txt", ("todo",)),
        ("todo.json", ("todo", "--format", "json")),
        ("todo.md", ("todo", "--format", "markdown")),
    ],
)
def test_of_the_minimal_state(permits: Play, golden: Golden, name: str, command: tuple[str, ...]) -> None:
    with nothing_written(permits):
        ran = permits.run(*command)
    assert (ran.code, ran.err) == (0, "")
    golden(name, ran.out)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("explain-audience.txt", ("explain", DOS5)),
        ("explain-audience.json", ("explain", DOS5, "--format", "json")),
        ("explain-setting.txt", REDIRECTS),
        ("explain-setting.json", (*REDIRECTS, "--format", "json")),
        ("explain-pending.txt", ("explain", "MAILCHIMP_LIST_IDS", "--stage", "production")),
    ],
)
def test_of_the_marketplaces_state(marketplace: Play, golden: Golden, name: str, command: tuple[str, ...]) -> None:
    with nothing_written(marketplace):
        ran = marketplace.run(*command)
    assert ran.code == 0
    golden(name, ran.out)
    assert marketplace.sandbox.requests == []


def test_nothing_to_do_is_said(permits: Play) -> None:
    permits.edit("emailops.yaml", SERVICE, "")
    assert permits.run("attest", "notify-key/development", "--by", "developers").code == 0
    assert permits.run("todo").out == "nothing to do · as of 2026-11-24\n"
    assert json.loads(permits.run("todo", "--format", "json").out) == {"todo": [], "timed": []}


def test_a_state_with_findings_is_answered_and_the_findings_are_mentioned(permits: Play) -> None:
    permits.edit("emailops.yaml", ", REDIRECTS: redirects", "")
    ran = permits.run(*TRACE)
    assert ran.code == 0
    assert "web reads no redirects in production, though production redirects example.org" in ran.out
    assert ran.err == "the declared state has findings, which emailops validate shows; the answer may rest on them\n"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("trace", "wep", "x", "a@b.example", "--stage", "production"), "did you mean web?"),
        (("trace", "web", "x", "a@b.example", "--stage", "producton"), "did you mean production?"),
        (("trace", "web", "x", "a@b.example"), "--stage"),
        (("explain", "REDIRECT"), "did you mean REDIRECTS?"),
        (("explain", "production"), "did you mean notify-key/production?"),
        (("explain", "prodution"), "did you mean notify-key/production?"),
        (("trace", "web", "permit_grantd", "a@b.example", "--stage", "production"), "did you mean permit_granted?"),
        (("explain", "notify-keys/production"), "did you mean notify-key/production?"),
        (("explain", "notify-key/prodution"), "did you mean notify-key/production?"),
        (("explain", "notify-key/production", "--stage", "production"), "--stage and --consumer are for a setting"),
        (("todo", "--format", "html"), "html"),
    ],
)
def test_wrong_usage(permits: Play, command: tuple[str, ...], says: str) -> None:
    ran = permits.run(*command)
    assert (ran.code, ran.out) == (64, "")
    assert says in ran.err


def test_what_a_terminal_would_obey_is_shown_as_it_is_written(permits: Play) -> None:
    ran = permits.run("trace", "web", "permit_granted", "a\x1b[31m@example.org\nx", "--stage", "production")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "a\\x1b[31m@example.org\\nx" in ran.out
