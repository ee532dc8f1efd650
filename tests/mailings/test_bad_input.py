"""What is wrong with a file is named by line, all of it, and nothing is sent before the whole is checked."""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mailings.scene import declare, got, people, sent

HEAD = "email address,name\n"
ANN = "ann@people.example,Ann\n"
FILES = {
    "another header": (b"email,name\na@people.example,Ann\n", ":1: there is no column email address"),
    "no header": (b"", ":1: there is no header"),
    "semicolons": (b"email address;name\na@people.example;Ann\n", ":1: semicolons stand between its cells"),
    "tabs": (b"email address\tname\na@people.example\tAnn\n", ":1: tabs stand between its cells"),
    "a spreadsheet": (b"PK\x03\x04\x14\x00\x06\x00", ":1: it is a spreadsheet, or an archive"),
    "a compressed file": (gzip.compress(f"{HEAD}{ANN}".encode()), ":1: it is compressed"),
    "line ends of an old Mac": (f"{HEAD}{ANN}".replace("\n", "\r").encode(), ":1: a line end stands alone"),
    "a sign behind a quotation mark": (f'{HEAD}ann@people.example,"A" \n'.encode(), ":2: it is not CSV: something"),
    "JSON with what is no number": (b'{"email address": "a@people.example", "name": NaN}', ": it is not JSON"),
    "a header in another case": (b"Email Address,Name\na@people.example,Ann\n", ":1: there is no column email address"),
    "UTF-32": (f"{HEAD}{ANN}".encode("utf-32"), ":1: it is UTF-16"),
    "a sign that is none": (f"{HEAD}{ANN}bob@people.example,B\0b\n".encode(), ":3: it holds a NUL"),
    "lines that are all blank": (b"\n\n\n", ":1: there is no header"),
    "a page of HTML": (b"<html><body>Sign in</body></html>", ":1: there is no column email address"),
    "a column twice": (b"email address,name,name\na@people.example,A,B\n", ":1: the column 'name' stands twice"),
    "a column without a name": (b"email address,name,\na@people.example,A,B\n", ":1: a column has no name"),
    "UTF-16": (f"{HEAD}{ANN}".encode("utf-16"), ":1: it is UTF-16"),
    "another encoding": (f"{HEAD}{ANN}zoe@people.example,Zoë\n".encode("latin-1"), ":3: it is not UTF-8"),
    "a blank line between others": (f"{HEAD}{ANN}\nbob@people.example,Bob\n".encode(), ":3: the line is blank"),
    "an address twice in another case": (
        f"{HEAD}{ANN}bob@people.example,Bob\nANN@people.example,Ann\n".encode(),
        ":4: the same recipient as on line 2",
    ),
    "a formula": (f"{HEAD}{ANN}bob@people.example,=SUM(A1)\n".encode(), ":3: a cell begins with ="),
    "a cell of 10 MB": (f"{HEAD}{ANN}bob@people.example,{'x' * 10_000_000}\n".encode(), ":3: a cell has more than"),
    "no address": (f"{HEAD}{ANN}bob,Bob\n".encode(), ":3: this is not an email address"),
    "a cell too few": (f"{HEAD}{ANN}bob@people.example\n".encode(), ":3: it has 1 cells, the header has 2"),
    "a quote that never ends": (f'{HEAD}{ANN}bob@people.example,"Bob\n'.encode(), "it is not CSV"),
    "after a cell of two lines": (f'{HEAD}ann@people.example,"A\nnn"\nbob,Bob\n'.encode(), ":4: this is not an email"),
    "JSON that is no list": (b'{"email address": 1}', "it is no email"),
    "JSON lines that break off": (b'{"email address": "a@people.example", "name": "A"}\n{"email', ":2: it is not JSON"),
    "a list of what is no object": (b"[1]", ":1: it is no object"),
    "JSON without the value": (b'[{"email address": "a@people.example"}]', ":1: it has no value for name"),
    "JSON with null": (b'[{"email address": "a@people.example", "name": null}]', ":1: it has no value for name"),
}
RIGHT = {
    "a byte-order mark": f"\ufeff{HEAD}{ANN}".encode(),
    "blank lines at the end": f"{HEAD}{ANN}\n\n".encode(),
    "Windows' line ends": f"{HEAD}{ANN}".replace("\n", "\r\n").encode(),
    "JSON": b'[{"email address": "ann@people.example", "name": "Ann"}]',
    "JSON lines": b'{"email address": "ann@people.example", "name": "Ann"}\n',
    "a column that nobody reads": b"email address,name,town\nann@people.example,Ann,Leeds\n",
}
MAIL = ("mail", "news", "--stage", "development", "--from", "people.csv")


def ask_for_a_name(accounts):
    for template in accounts["notify"]["services"][1]["templates"]:
        template["body"] = "Hello ((name))"


@pytest.mark.few(7)
@pytest.mark.parametrize("name", FILES)
def test_a_mistake_is_named_by_its_line_and_nothing_is_sent(minimal, name):
    content, said = FILES[name]
    declare(minimal.state)
    minimal.change_world(ask_for_a_name)
    (minimal.folder / "people.csv").write_bytes(content)

    ran = minimal.run(*MAIL)

    expected = "this is not an email address" if name == "JSON that is no list" else said
    assert ran.code == 1, ran.err
    assert expected in ran.err
    assert "people.example" not in ran.err
    assert sent(minimal.sandbox) == []


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_no_mistake(minimal, name):
    declare(minimal.state)
    (minimal.folder / "people.csv").write_bytes(RIGHT[name])

    ran = minimal.run(*MAIL)

    assert ran.code == 0, ran.err
    assert got(minimal.sandbox) == {"ann@people.example": 1}


def test_every_mistake_is_counted_and_the_first_are_shown(minimal):
    declare(minimal.state)
    rows = "".join(f"{n},Name\n" for n in range(100))
    (minimal.folder / "people.csv").write_text(f"{HEAD}{ANN}{rows}")

    ran = minimal.run(*MAIL)

    assert "people.csv has 100 mistakes: nothing was sent" in ran.err
    assert ran.err.count("this is not an email address") == 20
    assert "and 80 more" in ran.err
    assert sent(minimal.sandbox) == []


def test_a_template_that_asks_for_more_is_refused_before_the_first_message(minimal):
    declare(minimal.state)
    (minimal.folder / "people.csv").write_text(f"{HEAD}{ANN}")

    def ask_for_more(accounts):
        for template in accounts["notify"]["services"][1]["templates"]:
            template["body"] = "Hello ((Name)), your permit ((permit number)) ((is_new??is new))"

    minimal.change_world(ask_for_more)
    ran = minimal.run(*MAIL)

    assert ran.code == 1
    assert "((permit number)), ((is_new)), for which news gives nothing" in ran.err
    assert sent(minimal.sandbox) == []


def test_a_file_that_is_not_there(minimal):
    declare(minimal.state)
    ran = minimal.run(*MAIL)

    assert ran.code == 1
    assert "people.csv cannot be read: no such file or directory" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mail", "nws", "--stage", "development"), 64, "did you mean news?"),
        (("mail", "news", "--stage", "staging"), 64, "there is no stage 'staging'"),
        (("mail", "news", "--stage", "development"), 64, "news needs a file"),
        ((*MAIL, "--set", "town=Leeds"), 64, "--set town is not a parameter of news"),
        ((*MAIL, "--set", "town=Leeds"), 64, "leave --set out: news has no parameters"),
        ((*MAIL, "--queue", "redis://x"), 64, "never the URL itself"),
        (("worker", "--queue", "redis://x"), 64, "put the URL into a variable: --queue env:QUEUE"),
        (("beat", "--queue", "redis://x"), 64, "put the URL into a variable: --queue env:QUEUE"),
        ((*MAIL, "--resume", "1"), 1, "there is no run 1 of news"),
        ((*MAIL, "--abandon", "1"), 1, "there is no run 1 of news"),
    ],
)
def test_a_command_line_that_is_wrong(minimal, arguments, code, said):
    declare(minimal.state)
    (minimal.folder / "people.csv").write_text(f"{HEAD}{ANN}")
    ran = minimal.run(*arguments)

    assert ran.code == code, ran.err
    assert said in ran.err
    assert sent(minimal.sandbox) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://h/x", "not the URL of a database"),
        ("nonsense", "not the URL of a database"),
        ("sqlite://", "names no file"),
        ("sqlite:////proc/none/x.sqlite", "cannot be used"),
        ("postgresql://emailops:very-secret-word@127.0.0.1:1/none", "cannot be reached or written"),
    ],
)
def test_a_database_that_cannot_be_had_stops_before_the_first_message(minimal, url, said):
    declare(minimal.state)
    (minimal.folder / "people.csv").write_text(f"{HEAD}{ANN}")
    ran = minimal.run(*MAIL, EMAILOPS_DATABASE=url)

    assert ran.code == 1, ran.err
    assert said in ran.err
    assert "very-secret-word" not in ran.err
    assert sent(minimal.sandbox) == []


@pytest.mark.slow
def test_more_people_than_one_turn_takes(minimal):
    """More than one turn of the ledger, with every thread at work."""
    declare(minimal.state)
    addresses = people(200)
    (minimal.folder / "people.csv").write_text("email address,name\n" + "".join(f"{a},N\n" for a in addresses))
    minimal.edit("emailops.yaml", "    source: file\n", "    source: file\n    per_minute: 60000\n")

    assert minimal.run(*MAIL).code == 0
    assert got(minimal.sandbox) == dict.fromkeys(addresses, 1)


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["sqlalchemy", "jinja2", "mailchimp3"])
@pytest.mark.parametrize(
    "arguments", [("mailings",), ("mail", "news", "--stage", "development"), ("erase", "x", "--stage", "development")]
)
def test_without_what_mailings_need_it_says_what_to_install(minimal, name, arguments):
    declare(minimal.state)
    code = (
        f"import sys; sys.modules[{name!r}] = None; from emailops.cli import main; sys.exit(main({list(arguments)!r}))"
    )
    environment = {**minimal.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=minimal.folder, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1, ended.stderr
    assert f"mailings need {name}" in ended.stderr
    assert "pip install 'emailops[mailings]'" in ended.stderr


def test_a_disk_that_is_full_while_a_run_is_begun_leaves_no_run_and_sends_nothing(minimal):
    declare(minimal.state)
    (minimal.folder / "people.csv").write_text(f"{HEAD}" + "".join(f"p{n}@people.example,P\n" for n in range(20_000)))
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limit[1]))
    try:
        ran = minimal.run(*MAIL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert ran.code == 1, ran.err
    assert "the database cannot be reached or written" in ran.err
    assert "people.example" not in ran.err
    assert minimal.run("mailings", "--runs").out.strip() == "no run"
    assert sent(minimal.sandbox) == []
