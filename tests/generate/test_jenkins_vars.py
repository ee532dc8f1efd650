"""`jenkins-vars`: Jinja reads what was declared."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from emailops.errors import InvalidInput
from emailops.generate import FORMATS
from emailops.generate.format import Header

from .reading import jinja
from .test_literal import ODD, values

HEADER = Header("consumers/app.yaml", ("consumers/app.yaml",), "app")
JINJAS = ["%}", "{% set b = 1 %}", "#}", "{# a #}", "{{ a }}", "}}", "-%}", "none", "{% raw %}"]


@pytest.mark.slow
@settings(deadline=None)
@given(value=values)
@example(value=[*ODD, *JINJAS])
@example(value=dict.fromkeys([*ODD, *JINJAS]))
@example(value={"a": [None, {"b": {}}, []]})
def test_a_value_comes_back_as_it_was(value):
    content = FORMATS["jenkins-vars"].write(HEADER, {"": {"first": value, "second": {"a": value}}})

    assert jinja(content) == {"first": value, "second": {"a": value}}
    assert str(jinja(content)["first"]) == str(value), "the order is kept"
    assert content.isascii()


def test_nothing_but_space_is_rendered():
    content = FORMATS["jenkins-vars"].write(HEADER, {"": {}})

    assert content.startswith("{#\n")
    assert content.endswith("\n#}\n")


@pytest.mark.parametrize("name", ["none", "true", "loop", "self", "_to", "__to"])
def test_a_name_that_no_template_can_import_is_refused(name):
    with pytest.raises(InvalidInput, match=f"no template could import '{name}'"):
        FORMATS["jenkins-vars"].write(HEADER, {"": {name: "a"}})


@pytest.mark.parametrize("name", ["a-b", "if", "not", "1a", "", "ä", "a b"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(InvalidInput, match="cannot be a name"):
        FORMATS["jenkins-vars"].write(HEADER, {"": {name: "a"}})
