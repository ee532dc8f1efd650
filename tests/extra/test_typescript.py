"""Generated TypeScript as its readers read it: tsc checks it strictly, and Node.js imports what tsc makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.generate.reading import typescript
from tests.generate.states import GOLDEN
from tests.test_services import FOUND, files

HERE = Path(__file__).parent
FILES = sorted(GOLDEN.rglob("*.ts"))
PRINTED = 'import * as settings from "./settings.js"; console.log(JSON.stringify(settings));\n'


def compiled(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    options = ["--strict", "--noEmitOnError", "--target", "es2022", "--module", "esnext", "--outDir", "out"]
    tsc = str(HERE / "node_modules" / ".bin" / "tsc")
    return subprocess.run([tsc, *options, *files], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_node_imports_what_was_generated(path: Path, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(path, tmp_path / "settings.ts")
    done = compiled(tmp_path, "settings.ts")
    assert done.returncode == 0, done.stdout
    (tmp_path / "out" / "print.js").write_text(PRINTED)
    printed = subprocess.run(["node", "out/print.js"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert json.loads(printed) == typescript(path.read_text(encoding="utf-8"))


def test_a_name_that_is_not_there_is_an_error_of_types(tmp_path: Path) -> None:
    shutil.copy(FILES[0], tmp_path / "settings.ts")
    (tmp_path / "use.ts").write_text('import { lists } from "./settings";\nconsole.log(lists.round.three);\n')
    done = compiled(tmp_path, "use.ts")

    assert done.returncode != 0
    assert "Property 'three' does not exist" in done.stdout


def test_there_is_something_to_read() -> None:
    assert FILES


@pytest.mark.parametrize("stage", ["pizza", "staging", "production"])
def test_a_service_of_constants_compiles_and_prints_its_ids(stage: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "settings.ts").write_text(files("typescript-constants")[f"api/src/notify/{stage}.ts"])
    done = compiled(tmp_path, "settings.ts")
    assert done.returncode == 0, done.stdout
    (tmp_path / "out" / "print.js").write_text(PRINTED)
    printed = subprocess.run(["node", "out/print.js"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert json.loads(printed) == FOUND["typescript-constants"][1][f"api/src/notify/{stage}.ts"]
