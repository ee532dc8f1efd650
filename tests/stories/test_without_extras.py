"""Where only the core is installed, each command works, or says what to install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.playing import Play

EXTRAS = ("celery", "flask", "jinja2", "mailchimp3", "prometheus_client", "psycopg", "sqlalchemy", "waitress")
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split(",")))
from emailops.cli import main
sys.exit(main(sys.argv[2:]))
"""
WORKS = 0, 6


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("messages hash someone@example.gov.uk", WORKS, ""),
        ("messages find --to someone@example.gov.uk", (1,), "messages need sqlalchemy"),
        ("messages show ID --stage production", (1,), "messages need sqlalchemy"),
        ("messages campaigns --since 2026-01-01", (1,), "mailchimp3 is not installed"),
        ("receipts serve --tokens env:TOKENS", (1,), "receipts need waitress"),
        ("rotate production", WORKS, ""),
        ("status", WORKS, ""),
        ("todo", WORKS, ""),
    ],
)
def test_a_command_works_or_says_what_is_missing(marketplace: Play, command, code, says):
    arguments = [sys.executable, "-c", WITHOUT, ",".join(EXTRAS), *command.split()]
    environment = {
        **marketplace.environment,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "EMAILOPS_STATE": str(marketplace.state),
    }
    ran = subprocess.run(
        arguments, env=environment, cwd=marketplace.folder, capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.returncode in code, ran.stderr
    assert says in ran.stderr
