"""`compare`: what one thing has and another lacks, or has otherwise."""

from __future__ import annotations

import pytest

from emailops.errors import NotDeclared
from emailops.questions.contrast import Contrast, contrasts
from tests.examples.laying import declared
from tests.examples.laying import marketplace as frozen
from tests.playing import Play

DOS5, DOS6 = "digital-outcomes-and-specialists-5", "digital-outcomes-and-specialists-6"


def found(first: str, second: str, *edits: tuple[str, str, str]) -> dict[tuple[str, ...], tuple[object, object]]:
    tree = frozen()
    for path, old, new in edits:
        text = tree.files[path].decode()
        assert old in text
        tree.files[path] = text.replace(old, new, 1).encode()
    return {each.path: (each.first, each.second) for each in contrasts(declared(tree), first, second).found}


def test_stages_with_different_keys_and_redirects() -> None:
    more = ("stages/staging.yaml", "notify:", "redirect: {domains: {example.org: x}}\nnotify:")
    between = found("preview", "staging", more)
    assert between["stages", "", "key"] == ("preview", "staging")
    assert between["redirects", "", "example.org"] == (None, "success@simulator.amazonses.com")
    assert between["keys that consumers hold", "scripts", "DM_NOTIFY_API_KEY"] == ("preview", "staging")


def test_an_iteration_against_the_one_before() -> None:
    between = found(DOS5, DOS6)
    assert between["declared", "", "status"] == ("closing", "open")
    assert not [path for path in between if path[0] == "audience"]


def test_consumers() -> None:
    between = found("briefs-frontend", "user-frontend")
    assert between["delivery", "", "repository"][0] != between["delivery", "", "repository"][1]
    assert between["templates", "", "create_user_account"] == ("reads", None)


def test_what_is_the_same_is_counted() -> None:
    every = contrasts(declared(frozen()), "preview", "preview")
    assert (every.found, every.alike > 50) == ((), True)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("previw", "staging", "no framework, stage or consumer 'previw'"),
        ("preview", "scripts", "not of one sort"),
    ],
)
def test_what_cannot_be_compared(first: str, second: str, says: str) -> None:
    with pytest.raises(NotDeclared, match=says):
        contrasts(declared(frozen()), first, second)


def test_what_is_alike_but_for_its_owner_is_told_once(marketplace: Play) -> None:
    ran = marketplace.run("compare", "preview", "staging")
    assert ran.code == 0
    assert ran.out.count("DM_NOTIFY_API_KEY") == 2
    assert "10 different" in ran.out
    rows = marketplace.run("compare", "preview", "staging", "--format", "json").json
    assert len(rows["different"]) == 10
    assert Contrast(tuple(rows["different"][0]["path"]), "preview", "staging").second == rows["different"][0]["second"]
