"""`make docs`: writes anew what is made in the pages: output of commands, tables, fields.md, the picture."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.made import ALL, made
from tests.docs.pages import ROOT
from tests.docs.shell import written_anew


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="emailops-docs-") as name:
        for page in ALL:
            folder = Path(name) / page.replace("/", "-")
            folder.mkdir()
            text = written_anew(made(page), folder / "page")
            path = ROOT / page
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"written anew: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
