"""The worked example's campaign for two routes, in processes that can be killed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.scene import Run, Scene, Zygote
from tests.crash.tripping import Tripping
from tests.mailings.marketplace import brief, campaigns, fill, listed, with_mailings
from tests.playing import Play, impatient
from tests.world import STATES, accounts_for, declaration_of, environment_for

CAMPAIGN = ("mail", "opportunities", "--stage", "preview", "--format", "json", "--today", "2026-11-24")
ROUTES = 2
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


def finished(set_: Scene) -> Run:
    """What an operator does: run it again, and once more when it says that Mailchimp may still be at it."""
    ran = set_.run(*CAMPAIGN, pid_file=set_.folder / "operator")
    if ran.code in (5, 6) and "may still be on its way" in ran.out:
        set_.sandbox.advance(SETTLED)
        ran = set_.run(*CAMPAIGN, pid_file=set_.folder / "operator")
    return ran


def assert_sent_once(set_: Scene, drafts: int = 0) -> None:
    """Each route has one campaign that has gone out, and so many more are there that never will."""
    told = campaigns(set_.play)
    gone_out = [held["recipients"]["list_id"] for held in told if held["status"] == "sent"]
    assert len(set(gone_out)) == len(gone_out) == ROUTES, told
    assert len(told) == ROUTES + drafts, told
