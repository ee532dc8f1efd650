"""`dotenv`, `shell` and `paas-vars`: what arrives is exactly what was declared, or nothing is written."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emailops.errors import InvalidInput
from emailops.generate import FORMATS
from emailops.generate.format import Header

from .reading import docker_environment, dotenv, exported, rendered_twice, sourced
from .states import generated

HEADER = Header("consumers/app.yaml", ("consumers/app.yaml",), "letters")
ODD = [
    *(
        "",
        " ",
        " a ",
        "a b",
        "it's",
        "''",
        'say "a"',
        "\"'",
        "'\"'",
        "a=b",
        "export A=b",
        "#",
        "a #b",
        "#a",
        "a#b",
        ":",
    ),
    *(
        "0123456789",
        "010",
        "0x1f",
        "0o17",
        "1_000",
        "1e3",
        "1.5",
        "-1",
        "+1",
        ".5",
        "1:30",
        "2026-11-24",
        "-",
        "?",
        "--",
    ),
    *(
        "yes",
        "no",
        "On",
        "y",
        "N",
        "true",
        "FALSE",
        "null",
        "~",
        "Null",
        "=",
        "<<",
        ".inf",
        ".nan",
        "---",
        "...",
        "- a",
    ),
    *(
        "a: b",
        "a:",
        ": a",
        "{a: b}",
        "[a]",
        "{",
        "}",
        "]",
        ",",
        "@a",
        "`a`",
        "*a",
        "&a",
        "!a",
        "!!int 1",
        "|",
        ">",
        "%a",
    ),
    *("\\", "a\\", "\\n", "\\\\", "\\'", '\\"', "a\\b", "a\\\\b", "it's \\", "$", "$HOME", "it's $5", "`id`", "$(id)"),
    *("${HOME}", "${", "${A:-b}", "a\nb", "\n", "a\n", "a\r\nb", "\t", "\ta", "\0", "\x1b", "\x7f", "\x85", "\u2028"),
    *("\ufeff", "é", "😀", "\ud800", "((a))", "((", "{{ a }}", "{% a %}", "{# a #}", "x" * 3000, "a  b", "\x81\x88"),
]
FEW = st.text(st.sampled_from("ab'\"\\$`{}#: \n-&*"), max_size=8)
TEXTS = st.lists(st.sampled_from(ODD) | FEW | st.text(max_size=30), min_size=1, max_size=40)
EXAMPLES = settings(deadline=None, max_examples=60)


def written(format_: str, texts: list[str]) -> tuple[str, dict[str, str]]:
    """A file of those texts that the format can say, and these by their names."""
    kept: dict[str, str] = {}
    for text in texts:
        name = f"V{len(kept)}"
        try:
            FORMATS[format_].write(HEADER, {"": {name: text}})
        except InvalidInput:
            continue
        kept[name] = text
    return FORMATS[format_].write(HEADER, {"": kept}), kept


@EXAMPLES
@given(TEXTS)
@example(ODD)
def test_a_shell_exports_the_declared_texts(texts):
    content, kept = written("shell", texts)

    assert sourced(content) == kept


@EXAMPLES
@given(TEXTS)
@example(ODD)
def test_python_dotenv_and_a_shell_read_the_declared_texts(texts):
    content, kept = written("dotenv", texts)

    assert dotenv(content) == kept
    assert exported(content) == kept


@EXAMPLES
@given(TEXTS)
@example(ODD)
def test_a_plain_word_reaches_docker_too_which_would_keep_quotes(texts):
    content, kept = written("dotenv", [text for text in texts if re.fullmatch(r"[A-Za-z0-9_@%+,./:-]*", text)])

    assert docker_environment(content) == kept


@EXAMPLES
@given(TEXTS)
@example(ODD)
def test_a_text_is_still_that_text_after_the_second_rendering(texts):
    content, kept = written("paas-vars", texts)

    assert rendered_twice(content) == {"letters": kept}
    assert content.isascii()
    assert "{" not in content or not kept, "a renderer that takes its variables for templates finds none"


@pytest.mark.parametrize(
    ("format_", "refused"),
    [
        ("shell", ["a\r\nb", "\0", "\ud800"]),
        ("paas-vars", ["\0", "\ud800", "((a))", "(("]),
        ("dotenv", ["\\", "a\\", "\\\\", "it's \\", "it's $5", "${HOME}", "${", "${A:-b}", "a\r\nb", "\0", "\ud800"]),
    ],
)
def test_what_would_not_arrive_is_refused_and_nothing_else(format_, refused):
    _, kept = written(format_, ODD)

    assert [text for text in ODD if text not in kept.values()] == refused


@pytest.mark.parametrize(
    ("format_", "text", "why"),
    [
        ("dotenv", "${HOME}", "python-dotenv puts the value of a variable in place"),
        ("dotenv", "a\\", "does not see where a text ends that ends in a backslash"),
        ("dotenv", "it's $5", "python-dotenv and a shell disagree"),
        ("dotenv", "it's `a`", "python-dotenv and a shell disagree"),
        ("dotenv", "$ \\\\ a", "python-dotenv and a shell disagree"),
        ("dotenv", "a\rb", "a checkout may change a carriage return"),
        ("shell", "a\rb", "a checkout may change a carriage return"),
        ("shell", "a\0b", "it holds a character that no environment can hold"),
        ("paas-vars", "\udfff", "it holds a character that no environment can hold"),
        ("paas-vars", "a ((b))", "Cloud Foundry puts the value of a variable in place"),
    ],
)
def test_a_refusal_names_the_setting_and_says_why(format_, text, why):
    with pytest.raises(InvalidInput, match=f"consumers/app.yaml: MOTTO would not arrive as declared: .*{why}"):
        FORMATS[format_].write(HEADER, {"": {"MOTTO": text}})


@pytest.mark.parametrize("format_", ["dotenv", "shell", "paas-vars"])
@pytest.mark.parametrize("source", ["redirects", "templates", "audiences", "{frameworks: [open]}", "{table: {}}"])
def test_no_mapping_or_list_comes_from_the_environment(format_, source):
    file = f"a-{{stage}}: {{format: {format_}, settings: {{TO: {source}}}}}"

    with pytest.raises(InvalidInput, match="TO cannot come from the environment: it would arrive as text"):
        generated(file)


@pytest.mark.parametrize("format_", ["dotenv", "shell", "paas-vars"])
@pytest.mark.parametrize("name", ["1TO", "T-O", "ÄB", "", "A B", "A=b", "TO\n"])
def test_a_name_that_no_shell_can_have_is_refused(format_, name):
    with pytest.raises(InvalidInput, match="cannot be the name of a variable"):
        FORMATS[format_].write(HEADER, {"": {name: "a"}})


@pytest.mark.parametrize("name", ["NO", "Y", "NULL", "TRUE", "no", "On"])
def test_a_name_that_yaml_takes_for_something_else_is_refused(name):
    with pytest.raises(InvalidInput, match="YAML would not read"):
        FORMATS["paas-vars"].write(HEADER, {"": {name: "a"}})


@pytest.mark.parametrize("name", ["NOT", "YESTERDAY", "ONE", "E1", "X0", "DM_MAILCHIMP_USERNAME"])
def test_other_names_stay_names_in_the_manifest(name):
    assert rendered_twice(FORMATS["paas-vars"].write(HEADER, {"": {name: "a"}})) == {"letters": {name: "a"}}


@pytest.mark.parametrize("app", ["no", "123", "1e3", "-", "a-b", "null"])
def test_the_name_of_an_app_stays_a_text(app):
    content = FORMATS["paas-vars"].write(Header("a.yaml", ("a.yaml",), app), {"": {"TO": "a"}})

    assert rendered_twice(content) == {app: {"TO": "a"}}


def test_an_app_without_a_variable_at_a_stage_has_an_empty_environment():
    preview, production = generated("'{stage}.yaml': {format: paas-vars, settings: {TO: redirect_to}}")

    assert rendered_twice(preview.content) == {"app": {}}
    assert rendered_twice(production.content) == {"app": {"TO": "sink@small.example"}}


def test_an_app_is_called_as_the_file_says_or_like_the_consumer_with_hyphens():
    own, other = (
        generated(f"a.yaml: {{format: paas-vars, {app} settings: {{TO: {{value: a}}}}}}", consumer="the_app")
        for app in ("", "app: letters_2,")
    )

    assert rendered_twice(own[0].content) == {"the-app": {"TO": "a"}}
    assert rendered_twice(other[0].content) == {"letters_2": {"TO": "a"}}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A='a\\n' # c", "a\\n"),
        ("A='it\\'s \\\\'", "it's \\"),
        ("A='a\nb'", "a\nb"),
        ("A='${HOME} ${NONE:-c} ${NONE} $HOME'", "/root c  $HOME"),
    ],
)
def test_python_dotenv_still_reads_what_the_refusals_rest_on(line, value):
    """A variable is put in place even between single quotes."""
    assert dotenv(f"# a comment\n\n{line}\nLAST=1\n") == {"A": value, "LAST": "1"}
