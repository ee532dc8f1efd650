"""The Pythons of this machine that an app may run on, and environments in which the clients' wheel is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parents[2]
MINORS = (9, 10, 11, 12, 13)
_EVERYWHERE = ["pytest>=8", "PyJWT"]
_NEWEST = ["notifications-python-client", "mailchimp3", "requests", "Flask", "cryptography"]
_OLDEST = ["notifications-python-client==6.0.2", "mailchimp3==3.0.17", "cryptography<4"]
# As the apps have it. Flask 1.1 needs parts of its time that Python 3.11 cannot build.
_OLD_FLASK = ["Flask<2", "Werkzeug<2", "Jinja2<3", "MarkupSafe<2.1", "itsdangerous<2.1", "click<8"]


def found(minor: int) -> Path | None:
    """Python 3.MINOR: this one, one on the path, or one of pyenv's."""
    return next((python for python in _candidates(minor) if _is(python, minor)), None)


def requirements(kind: str, minor: int) -> list[str]:
    """What an environment of the `oldest` or the `newest` versions holds; the oldest that this Python still runs."""
    if kind == "newest":
        return [*_EVERYWHERE, *_NEWEST]
    flask = _OLD_FLASK if minor < 11 else ["Flask<2.3", "Werkzeug<2.3"]
    return [*_EVERYWHERE, *_OLDEST, *flask, "requests==2.22.0" if minor < 12 else "requests==2.25.1"]


def environment(python: Path, folder: Path, wheel: Path, needed: list[str]) -> Path:
    """The interpreter of a new environment with the wheel and what it needs, and nothing of emailops."""
    run(python, "-m", "venv", folder)
    made = folder / "bin/python"
    install(made, wheel, *needed)
    return made


def install(python: Path, *needed: object) -> None:
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *needed)


def wheel(folder: Path) -> Path:
    """The clients' wheel, built of this repository."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT / "emailops/clients")
    return next(folder.glob("emailops_clients-*.whl"))


def run(*command: object, cwd: Path | None = None, **more: str) -> str:
    """What the command prints; an assertion with all of it where it fails."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **more}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _candidates(minor: int) -> Iterator[Path]:
    yield Path(sys.executable)
    name = f"python3.{minor}"
    on_path = which(name)
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/3.{minor}.*/bin/{name}"), reverse=True)


def _is(python: Path, minor: int) -> bool:
    """A shim of pyenv's may stand for a version that is not chosen, and fail."""
    code = f"import sys, venv; sys.exit(sys.version_info[:2] != (3, {minor}))"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
