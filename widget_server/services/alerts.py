"""Alerts to the operator: each process looks once a minute what there is to tell, and a job tells it.

Nothing here is part of a verification. A process that serves pages looks, too: where no worker runs it has to say so,
and sends the message itself.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from widget_server.domain.alert import PATIENCE, QUIET, TOKEN, WORKER, Alert, AlertSource, alert_message
from widget_server.domain.backoff import delivery_pause
from widget_server.domain.delivery import DeliveryResponse
from widget_server.domain.job import Job
from widget_server.services.ports import Clock, Jobs

log = logging.getLogger("widget_server.alerts")


class Alerts(Protocol):
    """What operators should know, while it lasts. Every method raises `errors.StorageError` when the database does not
    answer."""

    def compare(self, now: datetime) -> None:
        """Raise what the other tables have become the cause of, and end what they no longer are."""

    def see(self, kind: str, subject: str, now: datetime) -> None:
        """It is so now: raised, or seen once more."""

    def end_quiet(self, kind: str, before: datetime) -> None:
        """End what was last seen before."""

    def is_late(self, now: datetime) -> bool:
        """Whether a confirmed job has been due for longer than `alert.LATE`."""

    def has_late_message(self, now: datetime) -> bool:
        """Whether a message to the operator has been due for so long."""

    def plan(self, now: datetime) -> None:
        """Make the jobs that tell what is new, at most one message of a kind in `alert.PAUSE`."""

    def untold(self, kind: str) -> Sequence[Alert]: ...

    def tell(self, job: Job, told: Sequence[Alert], now: datetime) -> None:
        """No later message reports them, and the job is done."""


class AlertReceiver(Protocol):
    """Where `WIDGET_ALERT_URL` leads."""

    def send(self, message: Mapping[str, object]) -> DeliveryResponse:
        """One POST within ten seconds. Never raises for what the receiver does."""


class AlertWatch:
    """Of one process. `take_token_use`: whether StepPay accepted, and refused, this process's token since the last
    time."""

    def __init__(self, store: Alerts, take_token_use: Callable[[], tuple[bool, bool]], clock: Clock) -> None:
        self._store, self._take_token_use, self._clock = store, take_token_use, clock
        self._late_since: datetime | None = None

    def look(self) -> None:
        """Raises `errors.StorageError`; the next look finds the same."""
        now = self._clock()
        self._store.compare(now)
        self._look_at_token(now)
        self._look_at_jobs(now)
        self._store.plan(now)

    def _look_at_token(self, now: datetime) -> None:
        """Where some calls are accepted and some refused, it is not the token. While processes still have the old
        token, or just got the wrong one, the alert goes on."""
        accepted, refused = self._take_token_use()
        if refused and not accepted:
            self._store.see(TOKEN, "steppay", now)
        elif accepted:
            self._store.end_quiet(TOKEN, now - QUIET)

    def _look_at_jobs(self, now: datetime) -> None:
        """By this process's own patience: after the whole machine was off, jobs are late for a moment."""
        if not self._store.is_late(now):
            self._late_since = None
            self._store.end_quiet(WORKER, now - QUIET)
            return
        self._late_since = self._late_since or now
        if now - self._late_since >= PATIENCE:
            self._store.see(WORKER, "jobs", now)


class AlertTeller:
    """Sends the message of one kind. `jitter` gives a random number from 0 to 1."""

    def __init__(
        self,
        store: Alerts,
        receiver: AlertReceiver,
        source: AlertSource,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._store, self._receiver, self._source = store, receiver, source
        self._clock, self._jitter = clock, jitter

    def tell(self, job: Job, jobs: Jobs) -> None:
        """At least once: a process that is killed between the answer and our note sends it again, with the same ids.
        Raises `errors.StorageError`."""
        kind, tries = job.subject, job.tries + 1
        alerts = self._store.untold(kind)
        if not alerts:
            jobs.finish(job)
            return
        answer = self._receiver.send(alert_message(kind, alerts, self._source))
        pause = delivery_pause(tries, self._jitter(), answer.retry_after_seconds)
        logged = (kind, len(alerts), tries, answer.status or 0, answer.outcome)
        if answer.accepted:
            log.info("alert_sent kind=%s count=%d try=%d status=%d outcome=%s", *logged)
            self._store.tell(job, alerts, self._clock())
        elif pause:
            log.warning("alert_failed kind=%s count=%d try=%d status=%d outcome=%s", *logged)
            jobs.postpone(job, self._clock() + pause, step=job.step, tries=tries)
        else:
            log.critical("alert_given_up kind=%s count=%d try=%d status=%d outcome=%s", *logged)
            self._store.tell(job, alerts, self._clock())
