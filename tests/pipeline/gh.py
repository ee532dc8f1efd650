"""`gh api` as far as the workflow uses it, speaking to the server that GITHUB_API names.

https://cli.github.com/manual/gh_api
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from urllib.request import Request, urlopen

_OURS = re.compile(
    r'\.\[\] \| select\(\.user\.login == "(?P<login>[^"]+)"'
    r' and \(\.body \| startswith\("(?P<begin>[^"]+)"\)\)\) \| \.id'
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["api"])
    parser.add_argument("path")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--paginate", action="store_true")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--jq")
    parser.add_argument("--field", action="append", default=[])
    parser.add_argument("--raw-field", action="append", default=[])
    given = parser.parse_args()
    body = dict(field.split("=", 1) for field in given.raw_field)
    for name, value in (field.split("=", 1) for field in given.field):
        body[name] = Path(value[1:]).read_text() if value.startswith("@") else json.loads(value)
    answers = _ask(given.method, given.path, body)
    if given.jq:
        found = _OURS.fullmatch(given.jq)
        assert found, given.jq
        for answer in answers:
            if answer["user"]["login"] == found["login"] and answer["body"].startswith(found["begin"]):
                print(answer["id"])
    elif not given.silent:
        json.dump(answers, sys.stdout)


def _ask(method: str, path: str, body: dict[str, str]):
    request = Request(f"{os.environ['GITHUB_API']}/{path}", method=method)
    request.add_header("Authorization", f"Bearer {os.environ['GH_TOKEN']}")
    with urlopen(request, json.dumps(body).encode() if body else None) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
