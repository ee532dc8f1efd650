"""Each format reads back exactly what it wrote, and says so when a content is none of its own."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emailops.errors import InvalidInput
from emailops.generate import FORMATS
from emailops.generate.difference import difference
from emailops.generate.format import Header, Values

from .states import GOLDEN, STATES, declared, files_of, formats
from .test_environment import FEW, ODD
from .test_literal import values

HEADER = Header("consumers/app.yaml", ("consumers/app.yaml", "templates.yaml"), "app")
TEXTS = (st.sampled_from(ODD) | FEW | st.text(max_size=30)).filter(lambda text: "\\ud" not in repr(text))
LITERALS = values.filter(lambda value: "\\ud" not in repr(value))


def sayable(format_: str, drawn: list[object]) -> Values:
    """Those of the values that the format can say, each under a name that it can have."""
    kept: dict[str, object] = {}
    for value in drawn:
        name = f"V{len(kept)}"
        with suppress(InvalidInput):
            FORMATS[format_].write(
                HEADER, {"": {name: value}} if not FORMATS[format_].has_classes else {"C": {name: value}}
            )
            kept[name] = value
    return {"Config": kept, "Live": {"A": "b"}} if FORMATS[format_].has_classes else {"": kept}


@pytest.mark.few(1)
@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, max_size=30), st.lists(LITERALS, max_size=4))
@example([text for text in ODD if text != "\ud800"], [])
@example([], [])
def test_what_was_written_is_read_back(name, texts, literals):
    written = sayable(name, texts if FORMATS[name].holds_texts else [*texts, *literals])

    assert FORMATS[name].read(FORMATS[name].write(HEADER, written)) == written


@pytest.mark.parametrize("name", FORMATS)
def test_a_class_or_a_file_without_settings_is_read_back(name):
    empty: Values = {"Config": {}} if FORMATS[name].has_classes else {"": {}}

    assert FORMATS[name].read(FORMATS[name].write(HEADER, empty)) == empty


@pytest.mark.parametrize("state", STATES)
def test_every_golden_file_is_read_back_as_its_format_is_declared(state):
    of_state = formats(state)
    for file in files_of(state):
        if file.content is not None:
            format_ = FORMATS[of_state[file.consumer, file.path]]
            read = format_.read((GOLDEN / file.consumer / file.path).read_bytes().decode())
            settings_ = {
                (setting.class_name, setting.name)
                for declared_file, setting in declared(state).consumers[file.consumer].settings()
                if file.path in declared_file.paths
            }

            assert file.format == of_state[file.consumer, file.path]
            assert {(class_name, name) for class_name, held in read.items() for name in held} <= settings_
            assert any(read.values()) or not file.content.count("=")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_a_file_of_another_format_is_never_taken_for_one_that_agrees(name, other):
    content, as_other = (
        FORMATS[each].write(HEADER, {"Config" if FORMATS[each].has_classes else "": {"TO": "a", "FROM": "b"}})
        for each in (name, other)
    )
    found = difference(content, as_other, FORMATS[other].read)

    assert (found == "only its header differs") == (content == as_other)
