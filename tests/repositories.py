"""Bare Git repositories in place of those that a state names: Git itself is told where they are."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_OF_ANY_REPOSITORY = dict.fromkeys(
    (
        *("application.py", "config.py", "permits/__init__.py", "permits/email/__init__.py", "permits/email/send.py"),
        *("permits/email/texts/en.txt", "email/__init__.py", "dmscripts/__init__.py", "dmscripts/helpers/__init__.py"),
        *("job_definitions/apps.yml", "job_definitions/views/_views.yml"),
        *("paas/README", "app/__init__.py", "app/main/views/login.py"),
    ),
    "",
)
"""Files beside, above and below what is generated: for the minimal state's consumer, and the Digital Marketplace's."""


@dataclass(frozen=True)
class Repositories:
    """One bare repository a consumer below `folder`; `prefix` is what their addresses begin with in the state."""

    folder: Path
    prefix: str

    @property
    def environment(self) -> dict[str, str]:
        """With these, Git takes the repositories for the real ones."""
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{self.folder}/.insteadOf",
            "GIT_CONFIG_VALUE_0": self.prefix,
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def make(self, name: str, files: dict[str, str] | None = None) -> None:
        """A repository with one commit on main, which looks like one: files at the top, and in folders."""
        bare = self.folder / f"{name}.git"
        git(self.folder, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", bare.name)
        stream = "commit refs/heads/main\ncommitter Someone <someone@example.com> 1790000000 +0000\ndata 5\nBegin\n"
        for path, content in {"README.md": f"# {name}\n", **_OF_ANY_REPOSITORY, **(files or {})}.items():
            stream += f"M 100644 inline {path}\ndata {len(content.encode())}\n{content}\n"
        subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], check=True, input=stream.encode())

    def commit(self, name: str, files: dict[str, str | None], branch: str = "main", author: str = "Someone") -> str:
        """These files on top of a branch, or removed where they are None; the commit."""
        bare = self.folder / f"{name}.git"
        work = self.folder / f"{name}-work"
        if not work.exists():
            git(self.folder, "clone", "--quiet", str(bare), str(work))
        there = git(work, "ls-remote", "--heads", "origin", branch)
        git(work, "fetch", "--quiet", "origin")
        git(work, "checkout", "--quiet", "-B", branch, *([f"origin/{branch}"] if there else []))
        for path, content in files.items():
            file = work / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                file.unlink()
            else:
                file.write_text(content)
        git(work, "add", "--all")
        who = ["-c", f"user.name={author}", "-c", "user.email=someone@example.com", "-c", "commit.gpgsign=false"]
        git(work, *who, "commit", "--quiet", "--allow-empty", "--message=Work")
        git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(work, "rev-parse", "HEAD")

    def replace(self, name: str, path: str, mode: str, content: str = "") -> None:
        """On top of main, an entry of this mode in place of what stands at the path."""
        entry = (
            f"{mode} {'1' * 40} {path}" if mode == "160000" else f"{mode} inline {path}\ndata {len(content)}\n{content}"
        )
        who = "committer Someone <someone@example.com> 1790000001 +0000"
        stream = f"commit refs/heads/main\n{who}\ndata 4\nWork\nfrom refs/heads/main^0\nD {path}\nM {entry}\n"
        bare = self.folder / f"{name}.git"
        subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], check=True, input=stream.encode())

    def merge(self, name: str, branch: str) -> None:
        """What merging a pull request does."""
        git(self.folder / f"{name}.git", "update-ref", "refs/heads/main", f"refs/heads/{branch}")

    def branches(self, name: str) -> dict[str, str]:
        """Branch -> commit."""
        listed = git(self.folder / f"{name}.git", "for-each-ref", "--format=%(refname:short) %(objectname)")
        return dict(line.split(" ") for line in listed.splitlines())

    def read(self, name: str, branch: str, path: str) -> str:
        return git(self.folder / f"{name}.git", "show", f"{branch}:{path}", stripped=False)

    def said(self, name: str, branch: str, form: str = "%B") -> str:
        """Of the last commit of a branch: its message, or what else `form` asks for."""
        return git(self.folder / f"{name}.git", "show", "--no-patch", f"--format={form}", branch)


def git(folder: Path, *arguments: str, stripped: bool = True) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip() if stripped else done.stdout
