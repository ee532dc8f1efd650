"""What goes into a file, on small declarations: stages, pending ids, and what is refused."""

from __future__ import annotations

import ast
import json

import pytest

from emailops.errors import InvalidInput
from emailops.generate import generate

from .states import IDS, SMALL, generated, small, small_state

SCALAR = "ids/{stage}.json: {format: json, settings: {NEWS: audience news}}"
TABLE = "ids/{stage}.py: {format: python, settings: {LISTS: audiences, TO: {value: a}}}"
ROWS = "{rows: {columns: {weeks: integer, mail: template}, records: [{weeks: 4, mail: hello}]}}"
BOTH = "ids/{stage}.py: {format: python, settings: {LISTS: audiences, BOARD: audience board}}"


def without(*names: str) -> dict[str, str]:
    return {name: id_ for name, id_ in IDS.items() if name.removeprefix("mailchimp-audience/") not in names}


def values(content: str | None) -> dict[str, object]:
    assert content is not None
    return {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(content).body}


def test_a_staged_file_is_one_file_a_stage():
    files = generated(SCALAR)

    assert [(file.path, file.stage) for file in files] == [
        ("ids/preview.json", "preview"),
        ("ids/production.json", "production"),
    ]
    assert [json.loads(file.content)["NEWS"] for file in files] == ["aaaaaaaaa2", "aaaaaaaaa1"]


def test_stages_that_do_not_read_a_file_get_none():
    (file,) = generated("ids/{stage}.json: {format: json, stages: [production], settings: {NEWS: audience news}}")

    assert file.stage == "production"


def test_only_the_consumers_asked_for():
    declaration = small(SCALAR)

    assert generate(declaration, IDS, ["another"]) == []
    assert len(generate(declaration, IDS, ["app"])) == 2


def test_a_file_whose_only_value_is_pending_is_not_written_and_says_what_it_waits_for():
    preview, production = generated(SCALAR, ids=without("news"))

    assert (production.content, production.pending) == (None, ("mailchimp-audience/news",))
    assert preview.content
    assert preview.pending == ()


def test_a_pending_value_in_a_class_holds_the_whole_file_back():
    _, production = generated(
        "ids/{stage}.py: {format: flask, classes: {Config: {NEWS: audience news}, Live: {TO: {value: a}}}}",
        ids=without("news"),
    )

    assert production.content is None


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), {"round": {"one": "aaaaaaaaa4", "two": "aaaaaaaaa5"}}),
        (("round.one",), {"round": {"two": "aaaaaaaaa5"}}),
        (("round.one", "round.two"), {}),
    ],
    ids=["none", "an entry", "an entry and its parent"],
)
def test_a_pending_entry_is_left_out_and_an_empty_parent_too(missing, expected):
    _, production = generated(TABLE, ids=without(*missing))

    assert values(production.content) == {"LISTS": expected, "TO": "a"}
    assert production.pending == tuple(f"mailchimp-audience/{name}" for name in missing)


def test_a_record_or_an_item_that_waits_for_an_id_is_left_out():
    rows = "{rows: {columns: {n: integer, id: audience}, records: [{n: 1, id: board}, {n: 2, id: news}]}}"
    settings = f"{{ROWS: {rows}, LIST: {{list: [audience board, redirect_to]}}}}"
    file = f"ids/{{stage}}.py: {{format: python, settings: {settings}}}"
    production = _of_production(file, ids=without("board"))[0]

    assert values(production.content) == {"ROWS": [{"n": 2, "id": "aaaaaaaaa1"}], "LIST": ["sink@small.example"]}
    assert production.pending == ("mailchimp-audience/board",)


def test_a_file_names_every_id_that_it_waits_for():
    (production,) = _of_production(BOTH, ids=without("round.two", "board"))

    assert production.content is None
    assert production.pending == ("mailchimp-audience/board", "mailchimp-audience/round.two")


def test_a_table_may_have_an_entry_that_is_called_pending():
    (file,) = generated("a.json: {format: json, settings: {WORDS: {table: {pending: {value: news}}}}}")

    assert json.loads(file.content)["WORDS"] == {"pending": "news"}


def test_a_row_with_stage_in_its_name_is_a_row_for_each_stage_that_reads_the_file():
    rows = "{table: {'of_{stage}': {table: {r: redirects, '{STAGE}': audience news}}, all: {value: a}}}"
    (common,) = generated(f"a.json: {{format: json, settings: {{A: {rows}, B: {{json_text: {rows}}}}}}}")
    staged = generated(f"'{{stage}}.json': {{format: json, settings: {{A: {rows}}}}}")
    of_preview = {"of_preview": {"r": {}, "PREVIEW": "aaaaaaaaa2"}}
    of_production = {"of_production": {"r": {"example.org": "sink@small.example"}, "PRODUCTION": "aaaaaaaaa1"}}
    found = json.loads(common.content)

    assert found["A"] == json.loads(found["B"]) == {**of_preview, **of_production, "all": "a"}
    assert [json.loads(file.content)["A"] for file in staged] == [
        {**of_preview, "all": "a"},
        {**of_production, "all": "a"},
    ]


def test_a_row_of_a_stage_that_waits_for_an_id_is_left_out():
    (file,) = generated(
        "a.json: {format: json, settings: {A: {table: {'{stage}': audience news}}}}", ids=without("news")
    )

    assert json.loads(file.content)["A"] == {"preview": "aaaaaaaaa2"}
    assert file.pending == ("mailchimp-audience/news",)


def test_rows_that_several_stages_share_are_one_value():
    with pytest.raises(InvalidInput, match="A of app differs between preview and production"):
        generated("a.json: {format: json, settings: {A: {table: {'{stage}': redirects, all: redirects}}}}")


def test_a_stage_that_does_not_redirect_gets_an_empty_mapping_and_no_safe_address():
    preview, production = generated("ids/{stage}.py: {format: python, settings: {R: redirects, TO: redirect_to}}")

    assert values(preview.content) == {"R": {}}
    assert values(production.content) == {"R": {"example.org": "sink@small.example"}, "TO": "sink@small.example"}


def test_a_class_stays_though_a_stage_has_none_of_its_values():
    preview, _ = generated("ids/{stage}.py: {format: flask, classes: {Live: {TO: redirect_to}}}")

    assert preview.content.endswith("\n\n\nclass Live:\n    pass\n")


def test_a_file_for_all_stages_holds_what_those_share_that_have_it():
    (file,) = generated("a.py: {format: python, settings: {R: redirects, T: templates}}")

    assert file.stage is None
    assert values(file.content) == {
        "R": {"example.org": "sink@small.example"},
        "T": {"hello": "aaaaaaaa-0000-4000-8000-000000000001"},
    }


def test_a_file_for_all_stages_never_picks_one_of_two_values():
    with pytest.raises(InvalidInput, match="NEWS of app differs between preview and production"):
        generated("a.json: {format: json, settings: {NEWS: audience news}}")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("a.py: {format: python, settings: {a-b: redirects}}", "'a-b' cannot be a name in Python"),
        ("a.py: {format: python, settings: {None: redirects}}", "'None' cannot be a name in Python"),
        ("a.py: {format: python, settings: {ÄB: redirects}}", "'ÄB' cannot be a name in Python"),
        ("a.py: {format: flask, classes: {class: {A: redirects}}}", "'class' cannot be a name in Python"),
        ("a.py: {format: flask, classes: {Config: {Lower: redirects}}}", "Flask would not read 'Lower'"),
        ("a.py: {format: flask, classes: {Config: {__A: redirects}}}", "Flask would not read '__A'"),
        ("a.json: {format: json, settings: {_emailops: redirects}}", "_emailops is the header's own field"),
        ("a.ini: {format: ini, settings: {A: redirects}}", "there is no format 'ini'"),
    ],
)
def test_what_a_format_cannot_say_is_refused(file, message):
    with pytest.raises(InvalidInput, match=message):
        generated(file)


@pytest.mark.parametrize(
    ("file", "messages"),
    [
        ("a.env: {format: dotenv, settings: {t-o: {value: a}}}", ["the field 't-o' is not allowed here"]),
        ("a.env: {format: dotenv, settings: {TO: redirects}}", ["'redirects' is not allowed here"]),
        ("a.sh: {format: shell, settings: {TO: {table: {}}}}", ["a mapping is not allowed here"]),
        ("a.sh: {format: shell, settings: {TO: redirect}}", ["'redirect' is not allowed here"]),
        (
            "a.sh: {format: shell, app: a, settings: {TO: {value: a}}}",
            ["the field app does not belong beside the rest"],
        ),
        ("a.yaml: {format: paas-vars, settings: {NO: {value: a}}}", ["the field 'NO' is not allowed here"]),
        (
            "a.yaml: {format: paas-vars, settings: {t-o: {frameworks: [open]}}}",
            ["the field 't-o' is", "a mapping is not"],
        ),
        (
            "a.yaml: {format: paas-vars, classes: {A: {B: {value: a}}}}",
            ["the field settings must", "the field classes does"],
        ),
        ("a.yaml: {format: paas-vars, app: 'a b', settings: {TO: {value: a}}}", ["'a b' is not allowed here"]),
        ("a.j2: {format: jenkins-vars, settings: {_to: redirects}}", ["the field '_to' is not allowed here"]),
        ("a.j2: {format: jenkins-vars, app: a, settings: {to: redirects}}", ["the field app does not belong"]),
        ("a.py: {format: flask, app: a, classes: {A: {B: {value: a}}}}", ["the field app does not belong"]),
        (f"a.env: {{format: dotenv, settings: {{A: {ROWS}}}}}", ["a mapping is not allowed here"]),
        (f"a.sh: {{format: shell, settings: {{A: {ROWS}}}}}", ["a mapping is not allowed here"]),
        (f"a.yaml: {{format: paas-vars, settings: {{A: {ROWS}}}}}", ["a mapping is not allowed here"]),
        ("a.properties: {format: properties, settings: {a: {list: []}}}", ["a mapping is not allowed here"]),
        (
            "a.env: {format: dotenv, settings: {A: {per_framework: {statuses: [open], text: a}}}}",
            ["a mapping is not allowed here"],
        ),
        (f"a.py: {{format: python, settings: {{A: {ROWS}}}}}", []),
        (f"a.json: {{format: json, settings: {{A: {{list: [{ROWS}, redirects]}}}}}}", []),
        ("a.py: {format: python, settings: {A: {list: [a]}}}", ["'a' is not allowed here"]),
        ("a.py: {format: python, settings: {A: {rows: {columns: {a: text}}}}}", ["the field records must be here"]),
        ("a.py: {format: python, settings: {A: {rows: {columns: {a: txt}, records: []}}}}", ["'txt' is not allowed"]),
        ("a.py: {format: python, settings: {A: {rows: {columns: {}, records: []}}}}", ["must not be empty"]),
        (
            "a.py: {format: python, settings: {A: {rows: {columns: {a: text}, as: rows, records: []}}}}",
            ["'rows' is not allowed here"],
        ),
        (
            "a.py: {format: python, settings: {A: {rows: {columns: {a: text}, records: [{a: [b]}]}}}}",
            ["a list is not allowed here"],
        ),
        (
            "a.py: {format: python, settings: {A: {per_framework: {statuses: [open], text: 'dos{iteration}'}}}}",
            ["'dos{iteration}' is not allowed here"],
        ),
        ("a.env: {format: dotenv, settings: {TO_1: audience news, B: redirect_to, C: {value: ''}}}", []),
        ("a.env: {format: dotenv, settings: {lower_case: {json_text: redirects}, 'ID_{STAGE}': template hello}}", []),
        ("a.env: {format: dotenv, settings: {A: {by_stage: {preview: redirect_to, otherwise: {value: a}}}}}", []),
        ("a.env: {format: dotenv, settings: {A: {by_stage: {preview: redirects}}}}", ["'redirects' is not allowed"]),
        ("a.env: {format: dotenv, settings: {A: {json_text: redirect}}}", ["'redirect' is not allowed here"]),
        ("a.env: {format: dotenv, settings: {'ID_{stages}': template hello}}", ["the field 'ID_{stages}' is not"]),
        ("a.py: {format: flask, classes: {'{Stage}': {TO: redirects}}}", []),
        ("a.yaml: {format: paas-vars, app: a_b, settings: {NOT: template hello}}", []),
        ("a.j2: {format: jenkins-vars, settings: {to: redirects, B: {table: {c: redirects}}}}", []),
    ],
)
def test_the_schema_says_what_a_format_cannot_hold(file, messages):
    found = [finding.message for finding in small_state(file).findings if finding.line > SMALL.count("\n")]

    assert len(found) == len(messages)
    assert all(expected in told for told, expected in zip(sorted(found), sorted(messages), strict=True))


def test_two_files_at_one_path_are_refused():
    with pytest.raises(InvalidInput, match=r"app gets two files at preview"):
        generated(
            "'{stage}.json': {format: json, settings: {A: redirects}}",
            "preview.json: {format: json, stages: [preview], settings: {A: templates}}",
        )


def _of_production(*files: str, ids: dict[str, str]):
    return [file for file in generated(*files, ids=ids) if file.stage == "production"]
