"""A letter with an accent is one character to some and two to others: that is no difference, and makes no twins."""

from __future__ import annotations

import unicodedata

import pytest

from tests.playing import Play
from tests.stories.telling import DOS6, UPDATES, UPDATES_ID, audience, change_of

FORMS = ["NFC", "NFD"]
NAME = "Nouvelles: résumés, naïveté"


def declare_name(play: Play, form: str) -> None:
    path = play.state / "audiences/framework-updates.yaml"
    lines = path.read_text().splitlines(keepends=True)
    spelt = unicodedata.normalize(form, NAME)
    path.write_text("".join(f'  name: "{spelt}"\n' if line.startswith("  name:") else line for line in lines))
    assert spelt in path.read_text()


def rename(play: Play, form: str) -> None:
    spelt = unicodedata.normalize(form, NAME)
    play.change_world(lambda world: audience(world, UPDATES_ID).update(name=spelt))


@pytest.mark.parametrize("there", FORMS)
@pytest.mark.parametrize("declared", FORMS)
def test_an_audience_is_as_declared(marketplace: Play, declared: str, there: str) -> None:
    declare_name(marketplace, declared)
    rename(marketplace, there)

    assert UPDATES not in [change["resource"] for change in marketplace.plan()["changes"]]


@pytest.mark.parametrize("there", FORMS)
@pytest.mark.parametrize("declared", FORMS)
def test_an_audience_is_found_by_its_name_and_not_made_again(marketplace: Play, declared: str, there: str) -> None:
    declare_name(marketplace, declared)
    rename(marketplace, there)
    recorded = marketplace.state / "recorded/production.yaml"
    kept = [line for line in recorded.read_text().splitlines(keepends=True) if UPDATES not in line]
    recorded.write_text("".join(kept))

    assert change_of(marketplace.plan(), UPDATES)["action"] == "adopt"


@pytest.mark.parametrize("declared", FORMS)
def test_a_digest_is_that_of_the_same_name(marketplace: Play, declared: str) -> None:
    declare_name(marketplace, "NFC")
    composed = marketplace.plan()
    declare_name(marketplace, declared)
    other = marketplace.plan()

    assert change_of(other, DOS6[0]) == change_of(composed, DOS6[0])
    assert (composed["change"], composed["digest"]) == (other["change"], other["digest"])


@pytest.mark.parametrize("there", FORMS)
@pytest.mark.parametrize("kept", FORMS)
def test_the_words_of_a_template_are_the_reviewed_ones(minimal: Play, kept: str, there: str) -> None:
    words = "Bonjour ((prénom)), votre numéro"
    folder = minimal.state / "templates"
    folder.mkdir()
    (folder / "permit_granted.md").write_text(unicodedata.normalize(kept, f"Subject: Accordé\n\n{words}\n"))

    def write(world: object) -> None:
        for service in world["notify"]["services"]:  # type: ignore[index]
            template = next(held for held in service["templates"] if held["id"].endswith("1"))
            template["subject"] = unicodedata.normalize(there, "Accordé")
            template["body"] = unicodedata.normalize(there, words)

    minimal.change_world(write)
    changed = [change["resource"] for change in minimal.plan()["changes"]]
    assert [name for name in changed if name.startswith("notify-template/")] == []


def test_a_field_that_stands_there_in_both_spellings_stands_there_twice(minimal: Play) -> None:
    twice = "".join(f"      {unicodedata.normalize(form, 'é')}: applicant\n" for form in FORMS)
    minimal.edit(
        "emailops.yaml",
        "      domains: {example.org: applicant}\n",
        f"      domains:\n{'  ' + twice.replace(chr(10), chr(10) + '  ').rstrip()}\n",
    )
    ran = minimal.run("validate")

    assert "duplicate-field" in ran.out
