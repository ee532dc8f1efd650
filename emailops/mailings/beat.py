"""Hands out what is timed to the workers, at its hour, by Celery's beat.

https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html. Its schedule file remembers what it handed out last:
after a pause it hands out at once what it missed, and the worker refuses what is late, so that a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

from celery.schedules import crontab

from emailops.declaration.mailings import Mailing, Timer
from emailops.mailings.cluster import TIMED, application
from emailops.private import Secret

_MINUTES = 60


def beat(queue: Secret, mailings: Iterable[Mailing], schedule: Path) -> None:
    """Hand out each timed mailing at its hour, until told to stop. `schedule` is the file that remembers."""
    schedule.parent.mkdir(parents=True, exist_ok=True)
    if not (ignored := schedule.parent / ".gitignore").exists():
        ignored.write_text("*\n", encoding="utf-8")
    app = application(queue)
    app.conf.beat_schedule = entries(mailings)
    app.Beat(schedule=str(schedule), loglevel="ERROR", quiet=True, redirect_stdouts=False).run()


def entries(mailings: Iterable[Mailing]) -> dict[str, dict[str, Any]]:
    """What Celery needs to know of each timer, in UTC."""
    return {
        f"{mailing.name} at {stage}": {
            "task": TIMED,
            "schedule": _crontab(mailing.name, timer),
            "kwargs": {"mailing": mailing.name, "stage": stage},
        }
        for mailing in mailings
        for stage, timer in mailing.timers.items()
    }


def _crontab(name: str, timer: Timer) -> crontab:
    """Any minute is one that follows from the name, so that not everything begins at once."""
    minute = crc32(name.encode()) % _MINUTES if timer.minute is None else timer.minute
    days = ",".join(map(str, sorted(timer.days)))
    return crontab(minute=str(minute), hour=str(timer.hour), day_of_week=days)
