"""The pages: what they say can be run, what they show is what comes of it, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.docs.made import ALL, RUN, groups, help_of, made
from tests.docs.pages import PAGES, ROOT, anchors, blocks, code_spans, links, read
from tests.docs.shell import run_in, written_anew

LONGEST_README = 250
LARGEST_PICTURE = 100_000
COMMAND = re.compile(r"\bemailops ([a-z][a-z-]*)\b(.*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
LATER = {page: pytest.mark.slow for page in RUN if page not in ("README.md", "docs/begin.md")}
"""Pages whose commands `make test-extra` runs."""

SCENES = [
    pytest.param(page, number, id=f"{page}, line {shown[0].first}", marks=LATER.get(page, ()))
    for page in RUN
    for number, shown in run_in(read(page)).items()
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("page", "number"), SCENES)
def test_what_commands_print_is_what_the_page_shows(
    page: str, number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("emailops-docs-")  # stays until the last test: worlds are kept to be copied
    assert read(page) == written_anew(read(page), folder / "page", number), "make docs writes it anew"


@pytest.mark.few(6)
@pytest.mark.parametrize("page", ALL)
def test_all_else_that_is_made_is_as_it_is_made(page: str) -> None:
    assert read(page) == made(page), "make docs writes it anew"


@pytest.mark.parametrize("page", PAGES)
class TestLinks:
    def test_a_page_is_there(self, page: str) -> None:
        inside = [leads for leads in links(read(page)) if "://" not in leads]
        assert [leads for leads in inside if not _target(page, leads).exists()] == []

    def test_an_anchor_is_a_heading(self, page: str) -> None:
        named = [leads for leads in links(read(page)) if "://" not in leads and "#" in leads]
        wrong = [leads for leads in named if leads.partition("#")[2] not in anchors(_target(page, leads).read_text())]
        assert wrong == []


def _target(page: str, leads: str) -> Path:
    path = leads.partition("#")[0]
    return (ROOT / page).parent / path if path else ROOT / page


@pytest.mark.parametrize("page", PAGES)
class TestCommandsInASentence:
    def test_each_is_there(self, page: str) -> None:
        there = {name for rows in groups().values() for name, _ in rows}
        assert {command for command, _ in _named(page)} <= there

    def test_each_has_the_options(self, page: str) -> None:
        wrong = [
            (command, option)
            for command, rest in _named(page)
            for option in OPTION.findall(rest)
            if not re.search(rf"^\s+{option}\b", _help(command, rest), re.MULTILINE)
        ]
        assert wrong == []


def _help(command: str, rest: str) -> str:
    """What tells of the options; of a group the named command of it does."""
    text, words = help_of(command), rest.split()
    return help_of(command, words[0]) if "Commands:" in text and words and f"  {words[0]} " in text else text


def _named(page: str) -> list[tuple[str, str]]:
    """(command, the rest of its words) of each `emailops COMMAND` between backticks, on whatever page."""
    spans = [span for span in code_spans(read(page)) if not span.startswith("emailops/")]
    return [(found[1], found[2]) for span in spans for found in COMMAND.finditer(span)]


def test_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= LONGEST_README


def test_each_page_is_led_to_from_readme() -> None:
    led = {_target("README.md", leads).resolve() for leads in links(read("README.md")) if "://" not in leads}
    assert [page for page in PAGES if (ROOT / page).resolve() not in led | {ROOT / "README.md"}] == []


@pytest.mark.parametrize("page", RUN)
def test_each_command_stands_in_a_block_that_is_run(page: str) -> None:
    others = [block for block in blocks(read(page)) if block.language not in ("sh", "console")]
    assert [line for block in others for line in block.lines if line.startswith(("emailops ", "$ emailops "))] == []


@pytest.mark.parametrize("page", RUN)
def test_each_block_of_yaml_or_json_can_be_read(page: str) -> None:
    for block in blocks(read(page)):
        if block.language in ("yaml", "json"):
            assert yaml.safe_load("\n".join(block.lines)), f"{page}:{block.first}"


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs/pictures").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
