"""The token of the job is the one that GitHub sees, whatever stands in a .netrc of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from emailops.private import Secret
from emailops.providers.github import GitHub
from tests.github import github

TOKEN = "the-token-of-the-job"
NETRCS = {
    "for every machine": "default login somebody password else\n",
    "for this machine": "machine 127.0.0.1 login somebody password else\n",
    "for GitHub": "machine github.com login somebody password else\nmachine api.github.com login x password y\n",
    "that cannot be read": "machine machine machine\n",
}


@pytest.mark.parametrize("way", ["NETRC", "HOME", "_netrc"])
@pytest.mark.parametrize("netrc", NETRCS)
def test_a_netrc_never_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, netrc: str, way: str) -> None:
    file = tmp_path / ("_netrc" if way == "_netrc" else ".netrc")
    file.write_text(NETRCS[netrc])
    file.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    if way == "NETRC":
        monkeypatch.setenv("NETRC", str(file))
    with github() as there:
        host = there.url.partition("//")[2].partition(":")[0]
        GitHub(there.url, Secret(TOKEN)).propose(f"https://{host}/permits/web.git", "emailops", "main", "New", "Words")

    assert there.tokens
    assert {token.removeprefix("Bearer ") for token in there.tokens} == {TOKEN}
