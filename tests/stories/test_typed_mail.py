"""A module that sends typed mail: from texts in Git, else from what Notify was last seen to hold."""

from __future__ import annotations

import pytest

MODULE = "build/web/permits/mail.py"
FILES = """\
    files:
      permits/mail.py: {format: python-mail}
"""


@pytest.fixture
def typed(minimal):
    text = (minimal.state / "emailops.yaml").read_text()
    (minimal.state / "emailops.yaml").write_text(text.replace("    files:\n", FILES))
    return minimal


def test_words_that_nobody_knows_are_an_error_that_says_what_to_do(typed):
    ran = typed.run("generate", "--out", "build")

    assert ran.code == 1
    assert "nobody knows which placeholders permit_granted, permit_refused has, which web sends" in ran.err
    assert "emailops accept notify-template/permit_granted" in ran.err


def test_what_was_last_observed_gives_the_placeholders(typed):
    typed.run("drift", "--save")
    ran = typed.run("generate", "--out", "build")

    assert (ran.code, ran.err) == (0, "")
    content = (typed.folder / MODULE).read_text()
    assert "    def permit_granted(\n        self,\n        to: str,\n        *,\n" in content


def test_a_text_in_git_counts_before_what_was_observed_and_is_an_input(typed):
    typed.run("drift", "--save")
    (typed.state / "templates").mkdir()
    for name in ("permit_granted", "permit_refused"):
        (typed.state / f"templates/{name}.md").write_text("Subject: Your permit\n\nDear ((applicant name)).\n")
    assert typed.run("generate", "--out", "build").code == 0
    content = (typed.folder / MODULE).read_text()

    assert "applicant_name: Value,\n" in content
    assert "#   templates/permit_granted.md\n" in content


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("{format: python-mail, settings: {A: redirects}}", "the field settings does not belong beside the rest"),
        ("{format: typescript-mail, client: emailops}", "'emailops' is not allowed here"),
        ("{format: python, client: notify, settings: {A: redirects}}", "the field client does not belong"),
        ("{format: python-mail, templates: [permit_grated]}", "permit_grated"),
        ("{format: python-mail, templates: []}", "must not be empty"),
    ],
)
def test_what_cannot_be_declared_is_a_finding(typed, file, message):
    typed.edit("emailops.yaml", "{format: python-mail}", file)
    ran = typed.run("validate")

    assert ran.code == 3
    assert message in ran.out
