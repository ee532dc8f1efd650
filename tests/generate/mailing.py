"""A small state whose app sends typed mail: each sort of template, and placeholders that are awkward as names."""

from __future__ import annotations

from emailops.declaration.build import declare
from emailops.generate import Generated, generate
from emailops.store.state import load
from emailops.store.tree import Tree

from .states import SMALL

TEMPLATES = """\
templates:
  reset_password: {id: aaaaaaaa-0000-4000-8000-000000000001, type: email}
  order-sent: {id: aaaaaaaa-0000-4000-8000-000000000002, type: email}
  maintenance: {id: aaaaaaaa-0000-4000-8000-000000000003, type: email}
  code: {id: aaaaaaaa-0000-4000-8000-000000000004, type: sms}
  print: {id: aaaaaaaa-0000-4000-8000-000000000005, type: letter}
"""
TEXTS = {
    "templates/reset_password.md": "Subject: Reset your password\n\nGo to ((url)).\n",
    "templates/order-sent.md": "Subject: Your order ((order number))\n\n((to)), ((Order-Number)): ((class)) "
    '((1st item)) ((is_late??it is late)) ((prénom)) ((a"b\\c)).\n',
    "templates/maintenance.md": "Subject: We are closed\n\nToday.\n",
    "templates/code.md": "Your code is ((code)).\n",
}
SENDS = "[reset_password, order-sent, maintenance, code]"


def modules(files: str, texts: dict[str, str] | None = None, sends: str = SENDS) -> list[Generated]:
    head = SMALL[: SMALL.index("templates:")] + TEMPLATES
    consumer = (
        "consumers:\n  app:\n    repository: https://git.example/app.git\n    sends: [notify]\n"
        f"    templates: {sends}\n    literals: [print]\n    files:\n      {files}\n"
    )
    held = {path: text.encode() for path, text in (TEXTS if texts is None else texts).items()}
    state = load(Tree({"emailops.yaml": (head + consumer).encode(), **held}))
    assert [finding for finding in state.findings if finding.is_error] == []
    return generate(declare(state), {})


def module(format_: str, client: str = "") -> str:
    """The one module, over a client."""
    over = f", client: {client}" if client else ""
    [made] = modules(f"mail/it: {{format: {format_}{over}}}")
    assert made.content is not None
    return made.content
