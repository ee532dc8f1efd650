"""What `--format sarif` prints, against the schema that Microsoft's own tests of SARIF use.

https://www.npmjs.com/package/@microsoft/jest-sarif
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from tests.playing import Play

SCHEMA = Path(__file__).parent / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def test_a_log_fits_the_schema(marketplace: Play) -> None:
    folder = marketplace.folder / "t é"
    folder.mkdir()
    (folder / "a.py").write_text("'a@company.co.uk' 'b@firma.de' # emailops: allow firma.de: an example\n")
    (folder / "b.png").write_bytes(b"\x89PNG\0\0\1")
    ran = marketplace.run("scan", "domains", folder.name, "--format", "sarif")

    assert ran.code == 3
    log = ran.json
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(log)
    results = log["runs"][0]["results"]
    assert [len(result.get("suppressions", [])) for result in results] == [0, 1]
