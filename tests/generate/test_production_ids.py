"""A production id planted in a file of another stage: impossible in every format, whatever is declared or recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emailops.declaration.build import declare
from emailops.errors import InvalidInput
from emailops.generate import FORMATS, generate
from emailops.resource import PRODUCTION
from emailops.store.state import load
from emailops.store.tree import Tree

from .reading import READERS
from .states import FROZEN, IDS, declared, files_of, formats, generated

MARKETPLACE = declared("digital-marketplace")
FORMAT_OF = formats("digital-marketplace")
AUDIENCES = {str(audience.resource): audience.stages for audience in MARKETPLACE.audiences()}
STAGES = ["development", "preview", "production"]
SINGLES = ["news", "board", "test"]
POOL = ["00000000a1", "0123456789", "9876543210"]
TEXTS_ALONE = {"dotenv", "paas-vars", "shell"}


def test_none_is_in_a_file_of_the_marketplace_that_another_stage_reads():
    lines = (FROZEN / "digital-marketplace" / "recorded" / "production.yaml").read_text().splitlines()
    ids = [line.rpartition(": ")[2].strip('"') for line in lines]
    others = [file for file in files_of("digital-marketplace") if file.stage != PRODUCTION]

    assert len(ids) == 13
    assert {file.stage for file in others} == {None, "development", "preview", "staging"}
    assert [(file.path, id_) for file in others for id_ in ids if id_ in file.content] == []


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    recorded=st.sets(st.sampled_from(sorted(AUDIENCES))),
    digits=st.lists(st.integers(0, 16**10 - 1), unique=True, min_size=len(AUDIENCES), max_size=len(AUDIENCES)),
)
def test_none_is_there_whatever_is_recorded(recorded, digits):
    ids = {name: f"{digit:010x}" for name, digit in zip(AUDIENCES, digits, strict=True) if name in recorded}
    of_production = {id_ for name, id_ in ids.items() if PRODUCTION in AUDIENCES[name]}
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for file in generate(MARKETPLACE, ids):
        if file.content is not None:
            read = READERS[FORMAT_OF[file.consumer, file.path]](file.content)
            found[file.stage == PRODUCTION].update(texts(read))

    assert of_production <= found[True]
    assert of_production & found[False] == set()


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("path", "source", "ids"),
    [
        ("a", "audience board", IDS),
        ("'{stage}'", "audience news", {**IDS, "mailchimp-audience/test": "aaaaaaaaa1"}),
        ("'{stage}'", "{value: 'https://list.example/?id=aaaaaaaaa1'}", IDS),
        ("'{stage}'", "{table: {aaaaaaaaa1: {value: a}}}", IDS),
        ("'{stage}'", "{table: {a: {table: {b: {value: aaaaaaaaa1}}}}}", IDS),
    ],
    ids=["a file for all stages", "recorded for a test audience", "in a fixed text", "as a key", "deep inside"],
)
def test_one_that_is_planted_is_refused(format_, path, source, ids):
    with pytest.raises(InvalidInput, match=r"preview would read in NEWS the id of mailchimp-audience/"):
        generated(f"{path}: {{format: {format_}, {held(format_, f'NEWS: {source}')}}}", ids=ids)


@pytest.mark.parametrize("format_", FORMATS)
def test_production_alone_may_read_its_own_in_a_file_without_a_stage_in_its_path(format_):
    (file,) = generated(f"a: {{format: {format_}, stages: [production], {held(format_, 'BOARD: audience board')}}}")

    assert "aaaaaaaaa3" in set(texts(READERS[format_](file.content)))


@st.composite
def states(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A state that nobody checked, with few ids for many audiences, and the format of its one file."""
    format_ = draw(st.sampled_from(sorted(FORMATS)))
    of_stages = st.lists(st.sampled_from(STAGES), min_size=1, unique=True)
    others = st.sampled_from(SINGLES)
    audiences: dict[str, Any] = {
        name: {"audience": {"stages": draw(of_stages), "name": name}, "otherwise": draw(others)} for name in SINGLES
    }
    audiences["round"] = {
        "name": "Round",
        "status": "open",
        "lots": {"one": "One", "two": "Two"},
        "audience": {"stages": draw(of_stages), "name": "{lot_name}"},
        "otherwise": draw(others),
    }
    text = st.sampled_from(POOL).map(lambda id_: {"value": f"x{id_}y"}) | others.map(lambda name: f"audience {name}")
    table = st.dictionaries(st.sampled_from([*POOL, "a"]), text, max_size=2).map(lambda rows: {"table": rows})
    source = text if format_ in TEXTS_ALONE else st.recursive(text | table | st.just("audiences"), nested, max_leaves=3)
    file: dict[str, Any] = {"format": format_, "stages": draw(of_stages)}
    sources = draw(st.dictionaries(st.sampled_from(["A", "B", "C"]), source, min_size=1))
    file |= {"classes": {"Config": sources}} if format_ == "flask" else {"settings": sources}
    path = draw(st.sampled_from(["a", "{stage}/a", "b/{stage}"]))
    return {
        "audiences": audiences,
        "consumers": {"app": {"repository": "r", "sends": [], "files": {path: file}}},
    }, format_


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(
    drawn=states(),
    recorded=st.lists(st.sampled_from([*POOL, ""]), min_size=5, max_size=5),
)
def test_none_is_read_elsewhere_in_any_state(drawn, recorded):
    state, format_ = drawn
    whole = {"stage_order": STAGES, "stages": {name: {"deployed": "false"} for name in STAGES}, **state}
    declaration = declare(load(Tree({"emailops.yaml": yaml.safe_dump(whole).encode()})))
    audiences = [*declaration.audiences()]
    ids = {str(audience.resource): id_ for audience, id_ in zip(audiences, recorded, strict=True) if id_}
    (file,) = declaration.consumers["app"].files
    try:
        files = generate(declaration, ids)
    except InvalidInput:
        return

    for made in files:
        read = set(texts(READERS[format_](made.content))) if made.content is not None else set()
        for audience in audiences:
            elsewhere = {made.stage} - {None} or set(file.stages)
            if PRODUCTION in audience.stages and not elsewhere <= set(audience.stages):
                id_ = ids.get(str(audience.resource))
                assert id_ is None or not any(id_ in text for text in read)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from([*POOL, "b"]), inner, max_size=2).map(lambda rows: {"table": rows})


def held(format_: str, setting: str) -> str:
    return f"classes: {{Config: {{{setting}}}}}" if format_ == "flask" else f"settings: {{{setting}}}"


def texts(value: Any) -> Iterator[str]:
    """Every text that a reader finds in there, keys and what a class holds included."""
    if isinstance(value, type):
        value = {name: held for name, held in vars(value).items() if name.isupper()}
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        yield from value if isinstance(value, dict) else ()
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)
