"""What Prometheus is told of follow-ups and failures (https://prometheus.io/docs/practices/naming/)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from emailops.receipts.follow_ups import FollowUpOutcome


class FollowUpFigures:
    """The tries of this process; and what waits and what failed in the database, which several may share."""

    def __init__(self, registry: CollectorRegistry) -> None:
        waiting = "What receipts set off and is not done, of all processes"
        share = "Which part of the receipts of the last hour says failure, from 0 to 1, of all processes"
        self.waiting = Gauge("emailops_follow_ups_waiting", waiting, registry=registry)
        self.failed_share = Gauge("emailops_receipts_failed_share", share, registry=registry)
        self._tries = Counter(
            "emailops_follow_up_tries", "Tries of what receipts set off", ["outcome"], registry=registry
        )
        for outcome in FollowUpOutcome:
            self._tries.labels(outcome.value)

    def count(self, outcome: FollowUpOutcome) -> None:
        self._tries.labels(outcome.value).inc()
