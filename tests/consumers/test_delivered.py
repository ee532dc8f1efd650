"""Each reader of the marketplace's state, from the declared value to what the reader works with, at every stage."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.consumers.conftest import WITHOUT_FILES, Delivered, repository
from tests.consumers.reader import DEPLOYED, STAGES, Cells
from tests.consumers.readers import READERS, flask_app, scripts
from tests.repositories import git

pytestmark = pytest.mark.slow

APPS = [name for name, reader in READERS.items() if ".dockerignore" in reader.files]
NEW = f"{scripts.DOS}-6"
WAITING = {"scripts", "jenkins"}
CELLS = [(name, stage) for name, reader in READERS.items() for stage in STAGES if reader.expected[stage]]


@pytest.fixture(scope="package")
def readings(delivered: Delivered) -> Any:
    """Reader -> what it works with; each is started once."""
    return cache(lambda name: READERS[name].read(delivered.checkouts))


@pytest.mark.parametrize(("name", "stage"), CELLS)
def test_a_reader_works_with_what_it_kept_by_hand(readings: Any, name: str, stage: str) -> None:
    held = readings(name)[stage]

    assert {cell: held.get(cell) for cell in READERS[name].expected[stage]} == READERS[name].expected[stage]


def test_every_consumer_that_is_declared_has_a_stand_in(delivered: Delivered) -> None:
    told = delivered.after.json["deliveries"]

    assert {row["consumer"] for row in told} == {*READERS, *WITHOUT_FILES}
    assert {row["consumer"] for row in told if row["status"] == "nothing"} == set(WITHOUT_FILES)


@pytest.mark.parametrize("name", READERS)
def test_a_reader_gets_its_files_and_nothing_else_of_its_repository_changes(delivered: Delivered, name: str) -> None:
    checkout = delivered.checkouts[name]
    first = git(checkout, "rev-list", "--max-parents=0", "HEAD")
    changed = git(checkout, "diff", "--name-status", first, "HEAD~1").splitlines()

    ignores = ["M\t.dockerignore"] if name in APPS else []
    assert sorted(changed) == sorted([*(f"A\t{path}" for path in READERS[name].delivered), *ignores])
    if ignores:
        assert text(delivered, name, ".dockerignore") == f"{flask_app.ALLOWED}!email_config.py\n"


@pytest.mark.parametrize("name", WITHOUT_FILES)
def test_who_reads_nothing_gets_nothing(delivered: Delivered, name: str) -> None:
    assert delivered.repositories.branches(repository(name)).keys() == {"main"}


class TestBeforeTheApply:
    def test_whoever_follows_the_new_iteration_waits_and_nobody_else(self, delivered: Delivered) -> None:
        told = {row["consumer"]: row for row in delivered.before.json["deliveries"]}

        assert {name for name, row in told.items() if row["held"]} == WAITING
        assert {row["status"] for name, row in told.items() if name in READERS and name not in WAITING} == {"pushed"}
        assert {tuple(told[name]["waits_for"]) for name in WAITING} == {
            tuple(f"mailchimp-audience/{NEW}.{lot}" for lot in sorted(scripts.LOTS))
        }

    def test_after_it_the_jobs_and_the_scripts_know_it_alike(self, delivered: Delivered, readings: Any) -> None:
        assert {row["status"] for row in delivered.after.json["deliveries"] if row["consumer"] in WAITING} == {"pushed"}
        assert f" {NEW}\n" in readings("jenkins")["production"]["upload-subscribers"]
        assert all(NEW in readings("scripts")[stage]["MAILCHIMP_LIST_IDS"] for stage in STAGES)


class TestTheScripts:
    @pytest.mark.parametrize("stage", STAGES)
    def test_have_the_map_that_they_kept_by_hand_and_the_new_iteration(self, readings: Any, stage: str) -> None:
        held = readings("scripts")[stage]["MAILCHIMP_LIST_IDS"]
        kept = scripts.lists(stage)

        assert {name: held[name] for name in kept} == kept
        assert set(held) == {*kept, scripts.DOS, NEW}

    def test_have_no_first_iteration_where_the_upload_had_none(self, readings: Any) -> None:
        held = readings("scripts")["production"]

        assert held["MAILCHIMP_LIST_IDS"][scripts.DOS] == dict.fromkeys(scripts.LOTS)
        assert held["UPLOAD_MAILCHIMP_LIST_IDS"] == {
            name: lots for name, lots in held["MAILCHIMP_LIST_IDS"].items() if name != scripts.DOS
        }

    @pytest.mark.parametrize("environment", [{}, {"DM_ENVIRONMENT": ""}, {"DM_ENVIRONMENT": "local"}])
    @pytest.mark.parametrize("word", ["development", "local", "dev"])
    def test_can_be_imported_as_their_own_ci_does_and_know_their_words_for_development(
        self, delivered: Delivered, readings: Any, environment: dict[str, str], word: str
    ) -> None:
        assert scripts.run(delivered.checkouts["scripts"], word, environment) == readings("scripts")["development"]

    def test_say_which_stages_there_are(self, delivered: Delivered) -> None:
        with pytest.raises(ImportError, match="there is no stage 'prod': write one of development, local"):
            scripts.run(delivered.checkouts["scripts"], "prod", {})

    def test_have_no_id_of_production_in_any_other_stage(self, readings: Any) -> None:
        of_production = {id_ for ids in scripts.MAILCHIMP_LIST_IDS.values() for id_ in ids}
        others = str([readings("scripts")[stage] for stage in STAGES if stage != "production"])

        assert not [id_ for id_ in of_production if id_ in others]


class TestAnAppsImage:
    @pytest.mark.parametrize("name", APPS)
    def test_would_not_start_without_the_line_that_deliver_added(
        self, delivered: Delivered, tmp_path: Path, name: str
    ) -> None:
        for path in tracked(delivered.checkouts[name]):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text(delivered, name, path))
        (tmp_path / ".dockerignore").write_text(READERS[name].files[".dockerignore"])

        with pytest.raises(ImportError, match="No module named 'email_config'"):
            flask_app.configured(tmp_path)

    def test_has_no_redirects_on_a_developers_machine(self, readings: Any) -> None:
        found: dict[str, Cells] = {name: readings(name) for name in APPS}
        redirecting = {
            stage
            for cells in found.values()
            for stage, held in cells.items()
            if "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS" in held
        }

        assert redirecting == set(DEPLOYED)


def test_everybody_is_up_to_date_and_nothing_is_left_out(delivered: Delivered) -> None:
    held = delivered.play.run("consumers", "--format", "json").json["files"]

    assert {(file["consumer"], file["path"]) for file in held} == {
        (name, path) for name, reader in READERS.items() for path in reader.delivered
    }
    assert {file["status"] for file in held} == {"current"}
    assert [file["left_out"] for file in held if file["left_out"]] == []


@pytest.mark.parametrize("name", READERS)
def test_a_readers_own_ci_is_green(delivered: Delivered, name: str) -> None:
    ran = delivered.play.run("generate", "--check", str(delivered.checkouts[name]), EMAILOPS_STATE=None)

    assert (ran.code, ran.err) == (0, ""), ran.out


def tracked(checkout: Path) -> list[str]:
    return [
        str(path.relative_to(checkout))
        for path in sorted(checkout.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(checkout).parts
    ]


def text(delivered: Delivered, name: str, path: str) -> str:
    return (delivered.checkouts[name] / path).read_text(encoding="utf-8")
