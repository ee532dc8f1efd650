"""An editor without a window: it speaks to yaml-language-server over standard input and output.

https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SERVER = Path(__file__).parent / "node_modules/.bin/yaml-language-server"


class Mark(NamedTuple):
    """What the editor underlines: a line and a column from 1, and why."""

    line: int
    column: int
    message: str


class Editor:
    """One workspace. `settings` are those of the section yaml; files are read from disk unless a text is given."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], process: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self._settings = {"validate": True, "completion": True, "hover": True, **settings}
        self._process = process
        self._asked = 0
        self._is_told = False
        self._marks: dict[str, list[Mark]] = {}
        here = folder.as_uri()
        formats = {"completionItem": {"documentationFormat": ["plaintext"], "snippetSupport": True}}
        able = {"workspace": {"configuration": True}, "textDocument": {"completion": formats}}
        folders = [{"uri": here, "name": "state"}]
        self._ask("initialize", processId=None, rootUri=here, workspaceFolders=folders, capabilities=able)
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings={"yaml": self._settings})
        # Until it knows which schema is for what, it finds nothing wrong in any file.
        while not self._is_told:
            self._hear()

    def open(self, path: str, text: str | None = None) -> list[Mark]:
        """What is underlined in a file once it is open."""
        uri = (self._folder / path).as_uri()
        text = (self._folder / path).read_text() if text is None else text
        self._marks.pop(uri, None)
        self._tell("textDocument/didOpen", textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": text})
        while uri not in self._marks:
            self._hear()
        return self._marks[uri]

    def offered(self, path: str, line: int, column: int) -> dict[str, str]:
        """What can be filled in at a place of an open file, each with what is said about it."""
        answer = self._at("textDocument/completion", path, line, column)
        return {item["label"]: str(item.get("documentation") or "") for item in answer["items"]}

    def told(self, path: str, line: int, column: int) -> str:
        """What is shown when the pointer rests on a place."""
        answer = self._at("textDocument/hover", path, line, column)
        return str((answer or {}).get("contents", ""))

    def _at(self, method: str, path: str, line: int, column: int) -> Any:
        document = {"uri": (self._folder / path).as_uri()}
        return self._ask(method, textDocument=document, position={"line": line - 1, "character": column - 1})

    def _ask(self, method: str, **params: Any) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._hear()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        """The next message; what the server asks of the editor is answered."""
        assert self._process.stdout is not None
        length = 0
        while header := self._process.stdout.readline().strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server has ended"
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._marks[message["params"]["uri"]] = [
                Mark(start["line"] + 1, start["character"] + 1, mark["message"])
                for mark in message["params"]["diagnostics"]
                for start in [mark["range"]["start"]]
            ]
        elif "id" in message and "method" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        self._is_told = True
        return [self._settings if item.get("section") == "yaml" else {} for item in message["params"]["items"]]


@contextmanager
def editor(folder: Path, settings: Mapping[str, Any] | None = None) -> Iterator[Editor]:
    """An editor with this folder open."""
    command = [SERVER, "--stdio"]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield Editor(folder, settings or {}, process)
        finally:
            process.kill()
