"""A file that mentions nothing declared needs no syntax tree; whatever a name is made of, it is found."""

from __future__ import annotations

import pytest

from emailops.scan.mentions import Mentions

MENTIONS = Mentions(["NOTIFY_TEMPLATES", "permit-granted", "Größe", "→", "--"], ["18fb1fa411"], ["mandrill"])


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("config['notify_templates']", True),
        ("permit granted", True),
        ("GRÖßE = 1, größe = 2, Größe = 3", True),
        ("x['→']", True),
        ("i--", True),
        ("18FB1FA411", True),
        ("Mandrill", True),
        ("client.send_email()", True),
        ("print(1)", False),
        ("", False),
    ],
)
def test_what_is_mentioned(text: str, is_there: bool) -> None:
    assert MENTIONS.are_in(text.encode()) is is_there
