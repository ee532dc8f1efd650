"""After a lost ledger: ids that are beyond doubt are recorded again, all others are shown."""

from __future__ import annotations

import json
import shutil

from tests.stories.telling import (
    DOS5,
    DOS6,
    DOS6_NAME,
    OTHER_TEAM,
    assert_plain_failure,
    audiences,
    managed,
    nothing_written,
    settled,
    tree,
)


def ids(play):
    """Scope file -> its lines, but for what the tool says about itself."""
    return {
        name: [line for line in text.decode().splitlines() if not line.startswith("#")]
        for name, text in tree(play.state / "recorded").items()
    }


def lost(play):
    """Applied, and then the recorded ids are lost; gives what they were."""
    settled(play)
    recorded = ids(play)
    shutil.rmtree(play.state / "recorded")
    return recorded


def test_every_id_comes_back_as_it_was(marketplace):
    recorded = lost(marketplace)
    ran = marketplace.run("import", "--recorded-only", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "21 recorded; emailops plan shows what differs"
    assert ids(marketplace) == recorded
    assert not managed(marketplace.plan())
    again = marketplace.run("import", "--recorded-only")
    assert (again.code, again.out) == (0, "the id of every declared audience is recorded\n")


def test_it_is_shown_first_and_without_a_terminal_the_flag_is_named(marketplace):
    lost(marketplace)
    with nothing_written(marketplace):
        ran = marketplace.run("import", "--recorded-only")
    assert ran.code == 64
    assert "--yes" in ran.err
    assert f"= {DOS5}  eebeddcc2b, created 2024-03-01" in ran.out


def test_of_several_of_one_name_none_is_taken(marketplace):
    lost(marketplace)
    twin = {**OTHER_TEAM, "name": DOS6_NAME}
    marketplace.change_world(lambda world: audiences(world).append(twin))
    ran = marketplace.run("import", "--recorded-only", "--yes")
    assert f"! {DOS6[0]}  2 have its name; emailops adopt {DOS6[0]} ID" in ran.out
    assert OTHER_TEAM["id"] in ran.out
    assert "20 recorded" in ran.out
    assert DOS6[0] not in (marketplace.state / "recorded/production.yaml").read_text()


def test_what_is_recorded_stays_and_is_nobody_elses(marketplace):
    lost(marketplace)
    (id_,) = (audience["id"] for audience in marketplace.audiences() if audience["name"] == DOS6_NAME)
    (marketplace.state / "recorded").mkdir()
    (marketplace.state / "recorded/production.yaml").write_text(f"{DOS5}: {json.dumps(id_)}\n")
    ran = marketplace.run("import", "--recorded-only", "--yes")
    assert f"{DOS6[0]}  is not in the account" in ran.out
    assert f'{DOS5}: "{id_}"' in (marketplace.state / "recorded/production.yaml").read_text()


def test_what_was_never_made_is_said_to_be_missing(marketplace):
    ran = marketplace.run("import", "--recorded-only")
    assert ran.code == 0
    assert {line.split()[0] for line in ran.out.splitlines()} == set(DOS6)


def test_without_a_key_it_says_so(marketplace):
    assert_plain_failure(marketplace.run("import", "--recorded-only", MAILCHIMP_KEY=None), "MAILCHIMP_KEY is not set")


def test_alone_it_asks_what_to_import(minimal):
    ran = minimal.run("import")
    assert ran.code == 64
    assert "emailops import --recorded-only" in ran.err
    assert minimal.run("import", "--recorded-only").out == "the id of every declared audience is recorded\n"
