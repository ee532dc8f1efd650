"""The speed of mailings: against the minute's limit of Notify, and against the way in which the old scripts went."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from statistics import median

from emailops.clients.compat.dm_mailchimp import DMMailChimpClient
from emailops.mailings import subscription
from emailops.sandbox import Sandbox
from emailops.tasks import mail as task
from tests.bench_clients import BATCH_SECONDS, CALL_SECONDS, MAILCHIMP_KEY, Provider, Row, _serving
from tests.bench_pairs import most_memory
from tests.extra.servers import PROGRAMS, postgresql
from tests.mailings.scene import NEWS, declare
from tests.playing import impatient
from tests.world import STATES, accounts_for, declaration_of, environment_for

NOTICES, PER_MINUTE = 10_000, 3_000
SUBSCRIBERS, TRIED = 10_000, 30
RECIPIENTS = 1_000_000
MAIL = [sys.executable, "-m", "emailops", "mail", "news", "--from", "people.csv", "--stage"]
AUDIENCE = """
audiences:
  permit-news:
    audience:
      stages: [production]
      name: News
      contact: {company: Permits, address1: 1 High Street, city: Leeds, zip: LS1 1AA, country: GB}
      permission_reminder: You asked for it.
      campaign_defaults: {from_name: Permits, from_email: lists@example.org, subject: News, language: en}
      email_type_option: false
"""
READERS = """
  readers: {kind: subscribers, stages: {production: anywhere}, audience: permit-news, source: file}
"""


def rows(folder: Path) -> Iterator[Row]:
    seconds, megabytes = _begun(folder / "million")
    what = f"mailings: {RECIPIENTS:,} recipients checked and begun in"
    yield f"{what} {seconds:.1f} s / 30 s", seconds / 30, 1.0
    yield f"{what} {megabytes:.0f} MB / 300 MB", megabytes / 300, 1.0
    many, single = _subscribed(folder / "readers")
    times = single * SUBSCRIBERS / many
    yield f"mailings: {SUBSCRIBERS:,} subscribed in {many:.2f} s, {times:.0f} times the script / 300", 300 / times, 1.0
    for workers in (1, 3) if PROGRAMS else (1,):
        rate, most = _sent(folder / f"{workers}-at-once", workers)
        what = f"mailings: {NOTICES:,} notices by {workers} worker{'s' * (workers > 1)}"
        yield f"{what}, {rate:.0f} a minute / 95 % of the limit", 0.95 * PER_MINUTE / rate, 1.0
        yield f"{what}, {most} in the fullest minute / the limit", most / PER_MINUTE, 1.0


def _begun(folder: Path) -> tuple[float, float]:
    """Seconds and megabytes until a mailing to a million stops at a day's limit of none."""
    with ExitStack() as stack:
        environment, _ = _world(folder, stack, RECIPIENTS, emails_per_day=0)
        start = time.perf_counter()
        code, megabytes = most_memory([*MAIL, "production"], cwd=folder, env=environment)
        seconds = time.perf_counter() - start
        assert code == 6
        return seconds, megabytes


def _sent(folder: Path, workers: int) -> tuple[float, int]:
    """Messages a minute over the whole mailing, and in its fullest minute."""
    with ExitStack() as stack:
        environment, sandbox = _world(folder, stack, NOTICES, per_minute=PER_MINUTE)
        if workers > 1:
            environment["EMAILOPS_DATABASE"] = stack.enter_context(postgresql())
        running = [
            subprocess.Popen([*MAIL, "production"], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
            for _ in range(workers)
        ]
        assert [process.wait() for process in running] == [0] * workers
        times = sorted(datetime.fromisoformat(held["created_at"]).timestamp() for held in sandbox.state()["messages"])
    assert len(times) == NOTICES
    first, most = 0, 0
    for last, moment in enumerate(times):
        while times[first] <= moment - 60:
            first += 1
        most = max(most, last - first + 1)
    return (len(times) - 1) / (times[-1] - times[0]) * 60, most


def _subscribed(folder: Path) -> tuple[float, float]:
    """The seconds that the command's own work takes, and that one person takes in the way of the script."""
    (folder / "state").mkdir(parents=True)
    shutil.copytree(STATES / "minimal", folder / "state", dirs_exist_ok=True)
    root = folder / "state/emailops.yaml"
    account = "\n  mailchimp: {account_id: permits, datacentre: us1, owns: declared, key: mailchimp}\npolicy:"
    key = "owner: developers, purpose: news, created: unknown, kept: the store, secret: env:MAILCHIMP_KEY"
    text = root.read_text().replace("\npolicy:", account, 1)
    stages = "stages: [development, production]"
    text = text.replace("\ntemplates:", f"\n  mailchimp: {{account: mailchimp, {stages}, {key}}}\ntemplates:", 1)
    root.write_text(f"{text}{AUDIENCE}")
    (folder / "state/recorded").mkdir()
    (folder / "state/recorded/production.yaml").write_text('mailchimp-audience/permit-news: "0a1b2c3d4e"\n')
    declare(folder / "state", READERS)
    addresses = [f"reader.{number}@readers.example.org" for number in range(SUBSCRIBERS)]
    (folder / "readers.csv").write_text("email address\n" + "\n".join(addresses) + "\n")
    with _serving(_Audience) as url:
        os.environ["EMAILOPS_MAILCHIMP_URL"] = f"{url}/3.0/"
        try:
            return _both(folder, url, addresses)
        finally:
            del os.environ["EMAILOPS_MAILCHIMP_URL"]


def _both(folder: Path, url: str, addresses: list[str]) -> tuple[float, float]:
    from dataclasses import replace
    from logging import getLogger

    from emailops.declaration.vocabulary import MailingKind
    from emailops.run import from_machine

    environment = {
        "EMAILOPS_STATE": str(folder / "state"),
        "EMAILOPS_MAILCHIMP_URL": f"{url}/3.0/",
        "MAILCHIMP_KEY": MAILCHIMP_KEY,
    }
    run = replace(from_machine(), environment=environment, directory=folder)
    start = time.perf_counter()
    errand = task.errand_for(run, task.Job("readers", "production"), (MailingKind.subscribers,))
    done = subscription.subscribe(errand, subscription.FillOptions(folder / "readers.csv"))
    many = time.perf_counter() - start
    assert done.audiences[0].new == SUBSCRIBERS, done
    script = DMMailChimpClient("", MAILCHIMP_KEY, getLogger("bench"))
    taken = []
    for address in addresses[:TRIED]:
        start = time.perf_counter()
        assert script.subscribe_new_emails_to_list("0a1b2c3d4e", [address])
        taken.append(time.perf_counter() - start)
    return many, median(taken)


class _Audience(Provider):
    """An empty audience, with the delays of the real one."""

    def do_GET(self) -> None:  # noqa: N802
        time.sleep(CALL_SECONDS)
        self._answer({"account_id": "permits", "members": [], "total_items": 0})

    def _wait(self, seconds: float) -> None:
        time.sleep(BATCH_SECONDS if seconds == BATCH_SECONDS else seconds)


def _world(folder: Path, stack: ExitStack, number: int, **limits: int) -> tuple[dict[str, str], Sandbox]:
    """The minimal state, a mailing to so many, and its world in a sandbox with these limits."""
    folder.mkdir()
    shutil.copytree(STATES / "minimal", folder / "state")
    declare(folder / "state", NEWS)
    with (folder / "people.csv").open("w") as file:
        file.write("email address,name\n")
        file.writelines(f"person.{n}@people-{n % 100}.example,Person {n}\n" for n in range(number))
    declaration = declaration_of(folder / "state")
    accounts = accounts_for(declaration)
    accounts["notify"]["services"][0]["limits"] = {"per_minute": 3000, "emails_per_day": 10_000_000, **limits}
    sandbox = stack.enter_context(Sandbox(accounts))
    keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
    python = {"PYTHONPATH": str(Path(__file__).parents[1])}
    return {**impatient(folder), "EMAILOPS_PATIENCE": "60", **keys, **python}, sandbox
