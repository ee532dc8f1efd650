"""A campaign in processes that can be killed: the worked example's with two routes, and one to a single audience."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.scene import Run, Scene, Zygote
from tests.crash.tripping import Tripping
from tests.mailings.marketplace import brief, campaigns, fill, listed, with_mailings
from tests.mailings.source_api import source_api
from tests.playing import Play, impatient
from tests.world import STATES, accounts_for, declaration_of, environment_for

CAMPAIGN = ("mail", "opportunities", "--stage", "preview", "--format", "json", "--today", "2026-11-24")
ROUTES = 2
NEWS = ("mail", "news", "--stage", "production", "--format", "json", "--today", "2026-11-24")
OF_NEWS = """
mailings:
  news:
    kind: campaign
    stages: {production: anywhere}
    source: {url: "%s", path: /briefs, items: briefs}
    audience: changed
    published: publishedAt
    subject: News of {day} {month}
    title: News [{day}]
    from: {name: Permits, email: news@permits.org.uk}
"""
SETTLED = 131
"""Seconds by Mailchimp's clock after which the claim of a run that was killed has ended."""


@contextmanager
def marketplace_scene(folder: Path, zygote: Zygote, database: str | None = None) -> Iterator[Scene]:
    here = folder / "here"
    here.mkdir()
    shutil.copytree(STATES / "digital-marketplace", here / "state")
    declaration = declaration_of(here / "state")
    briefs = [brief(1, "2026-11-23"), brief(2, "2026-11-23", lot="digital-specialists")]
    with Tripping(accounts_for(declaration)) as sandbox:
        keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
        kept = {"EMAILOPS_DATABASE": database} if database else {}
        play = Play(here, sandbox, {**impatient(folder), **keys, **kept})
        for id_ in ("f0077c516d", "07c21f0451"):
            fill(play, id_, {"reader@user.marketplace.team": "subscribed"})
        with with_mailings(play, {"/briefs": listed("briefs", briefs)}):
            yield Scene(folder, "files", play, sandbox, zygote)


@contextmanager
def news_scene(folder: Path, zygote: Zygote, database: str | None = None) -> Iterator[Scene]:
    """Of one route and a state in one file, which costs a third of the other to read."""
    here = folder / "here"
    here.mkdir()
    shutil.copytree(STATES / "crash", here / "state")
    (here / "state/mailings").mkdir()
    for ending in ("html", "txt"):
        (here / f"state/mailings/news.{ending}").write_text("{% for brief in items %}{{ brief.title }}{% endfor %}")
    declaration = declaration_of(here / "state")
    answers = {"/briefs": {"briefs": [brief(1, "2026-11-23")]}}
    with Tripping(accounts_for(declaration)) as sandbox, source_api(answers) as api:
        with (here / "state/emailops.yaml").open("a") as root:
            root.write(OF_NEWS.removeprefix("\n") % api.url)
        keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
        kept = {"EMAILOPS_DATABASE": database} if database else {}
        play = Play(here, sandbox, {**impatient(folder), **keys, **kept})
        fill(play, "c0c0c0c0c0", {"reader@user.marketplace.team": "subscribed"})
        yield Scene(folder, "files", play, sandbox, zygote)


def finished(set_: Scene, command: tuple[str, ...] = CAMPAIGN) -> Run:
    """What an operator does: run it again, and once more when it says that Mailchimp may still be at it."""
    ran = set_.run(*command, pid_file=set_.folder / "operator")
    if ran.code in (5, 6) and "may still be on its way" in ran.out:
        set_.sandbox.advance(SETTLED)
        ran = set_.run(*command, pid_file=set_.folder / "operator")
    return ran


def assert_sent_once(set_: Scene, drafts: int = 0, routes: int = ROUTES) -> None:
    """Each route has one campaign that has gone out, and so many more are there that never will."""
    told = campaigns(set_.play)
    gone_out = [held["recipients"]["list_id"] for held in told if held["status"] == "sent"]
    assert len(set(gone_out)) == len(gone_out) == routes, told
    assert len(told) == routes + drafts, told
