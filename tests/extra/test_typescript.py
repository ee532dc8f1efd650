"""Generated TypeScript as its readers read it: tsc checks it strictly, and Node.js imports what tsc makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from emailops.sandbox import Sandbox
from tests.clients.accounts import LIVE_KEY, TEMPLATES, accounts
from tests.generate.mailing import module
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


MAIL_CALLS = [
    ('mail.reset_password("a@b.uk", { url: "https://b.uk" });', ""),
    ('mail.reset_password("a@b.uk", { url: ["one", "two"] }, { reference: "r" });', ""),
    ('mail.maintenance("a@b.uk");', ""),
    ('mail.code("07700900123", { code: 7 }, { smsSenderId: "s" });', ""),
    ('mail.reset_password("a@b.uk", {});', "Property 'url' is missing"),
    ('mail.reset_password("a@b.uk");', "Expected 2-3 arguments"),
    ('mail.reset_password("a@b.uk", { url: "x", link: "x" });', "'link' does not exist"),
    ('mail.reset_password("a@b.uk", { url: null });', "Type 'null' is not assignable"),
    ('mail.order_sent("a@b.uk", { "order number": 1 });', "missing the following properties"),
    ('mail.reset_pasword("a@b.uk", { url: "x" });', "Did you mean 'reset_password'?"),
    ('new Mail(client, { reset_password: "i" }, {}, {});', "missing the following properties"),
]


@pytest.mark.parametrize(("call", "refused"), MAIL_CALLS)
def test_tsc_refuses_what_notify_would(tmp_path: Path, call: str, refused: str) -> None:
    (tmp_path / "mail.ts").write_text(module("typescript-mail"))
    use = 'import { Client, Mail } from "./mail";\ndeclare const client: Client;\ndeclare const mail: Mail;\n'
    (tmp_path / "use.ts").write_text(f"{use}void client;\nvoid mail;\n{call}\n")
    done = compiled(tmp_path, "use.ts")

    assert (done.returncode == 0) is not bool(refused), done.stdout
    assert refused in done.stdout


SENDING = """\
import notify from "notifications-node-client";
import { Mail } from "./mail.js";

const [base, key, id, domain, text] = process.argv.slice(2);
const client = new notify.NotifyClient(base!, key!);
const ids = { reset_password: id!, "order-sent": id!, maintenance: id!, code: text! };
const safe = { [domain!]: "safe@permits.gov.uk" };
const mail = new Mail(client, ids, safe, { "+447700900": "+447700900470" });
const url = "https://permits.gov.uk";
await mail.reset_password(`made-up@${domain!.toUpperCase()}`, { url }, { reference: "first" });
await mail.reset_password("applicant@permits.gov.uk", { url }, { reference: "second" });
await mail.code("(07700) 900-460", { code: 7 }, { reference: "third" });
await mail.code("+44 (0)7700 900461", { code: 7 }, { reference: "fourth" });
await mail.code("07712 345678", { code: 7 }, { reference: "fifth" });
"""


def test_what_it_sends_through_notifys_own_client_arrives_redirected(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    (tmp_path / "mail.ts").write_text(module("typescript-mail"))
    (tmp_path / "send.ts").write_text("declare const process: { argv: string[] };\n" + SENDING)
    done = compiled(tmp_path, "send.ts", "--moduleResolution", "bundler", "--skipLibCheck", "--esModuleInterop")
    assert done.returncode == 0, done.stdout
    held = accounts()
    text = {"id": "c0000000-0000-4000-8000-0000000000ff", "name": "Code", "type": "sms", "body": "It is ((code))"}
    held["notify"]["services"][0]["templates"].append(text)
    with Sandbox(held) as sandbox:
        given = [sandbox.notify_url, LIVE_KEY, TEMPLATES["reset_password"], "example.org", text["id"]]
        sent = subprocess.run(
            ["node", "out/send.js", *given], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert sent.returncode == 0, sent.stderr
        found = {message["reference"]: message for message in sandbox.state()["messages"]}

    assert {name: message["recipient"] for name, message in found.items()} == {
        "first": "safe@permits.gov.uk",
        "second": "applicant@permits.gov.uk",
        "third": "+447700900470",
        "fourth": "+447700900470",
        "fifth": "07712 345678",
    }
    assert found["first"]["personalisation"] == {"url": "https://permits.gov.uk"}


@pytest.mark.parametrize("stage", ["pizza", "staging", "production"])
def test_a_service_of_constants_compiles_and_prints_its_ids(stage: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "settings.ts").write_text(files("typescript-constants")[f"api/src/notify/{stage}.ts"])
    done = compiled(tmp_path, "settings.ts")
    assert done.returncode == 0, done.stdout
    (tmp_path / "out" / "print.js").write_text(PRINTED)
    printed = subprocess.run(["node", "out/print.js"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert json.loads(printed) == FOUND["typescript-constants"][1][f"api/src/notify/{stage}.ts"]
