"""Steps that a pull request's own attestations have settled: shown as taken, and ticked in the comment."""

from __future__ import annotations

import pytest

from tests.stories.telling import GUEST_LIST


@pytest.fixture
def attested(marketplace):
    """A branch whose base has not attested the guest list, and which does."""
    base = marketplace.commit_all()
    assert marketplace.run("attest", GUEST_LIST, "--by", "developers").code == 0
    return marketplace, base


def test_an_attestation_that_the_base_does_not_hold_is_a_step_taken(attested):
    play, base = attested
    assert play.plan("--base", base)["taken"] == [{"resource": GUEST_LIST, "by": "developers", "on": "2026-11-24"}]


def test_it_is_ticked_in_the_comment_and_named_in_the_text(attested):
    play, base = attested
    comment = play.run("plan", "--base", base, "--format", "markdown").out
    assert f"- [x] `{GUEST_LIST}`: attested by developers on 2026-11-24" in comment
    assert f"- [ ] `{GUEST_LIST}`" not in comment
    assert f"✓ {GUEST_LIST}      attested by developers on 2026-11-24" in play.run("plan", "--base", base).out


def test_an_attestation_of_the_base_is_not_taken_again(attested):
    play, _ = attested
    assert play.plan("--base", play.commit_all())["taken"] == []


def test_an_attestation_that_does_not_count_is_a_step_and_not_taken(attested):
    play, base = attested
    play.edit("notify.yaml", "success@simulator.amazonses.com", "bounce@simulator.amazonses.com")
    ran = play.run("plan", "--base", base, "--format", "markdown")
    assert f"- [x] `{GUEST_LIST}`" not in ran.out


def test_it_is_outside_both_digests(attested):
    play, base = attested
    after = play.plan("--base", base)
    (play.state / f"attestations/{GUEST_LIST}.yaml").unlink()
    before = play.plan("--base", base)
    assert (before["change"], before["digest"]) == (after["change"], after["digest"])
    assert before["taken"] == []


def test_a_plan_file_keeps_it_and_shows_it_as_a_page(attested):
    play, base = attested
    assert play.run("plan", "--base", base, "--out", "plan.json").code == 0
    page = play.run("show", "plan.json", "--format", "html").out
    assert "<h2>Taken since the base</h2>" in page
    assert f"<code>{GUEST_LIST}</code>: attested by developers on 2026-11-24" in page
