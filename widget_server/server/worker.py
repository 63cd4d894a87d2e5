"""The job worker: claims due jobs under a lease, a few at a time, and renews the lease while it works.

It has no state of its own. Killed at any moment, its jobs are free when the lease ends, and any other worker, on this
machine or another, starts them again (docs/decisions/0024).
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from widget_server.domain.job import PLACES, Job, Queue
from widget_server.errors import StorageError
from widget_server.logs import exception_summary

log = logging.getLogger("widget_server.worker")

POLL_SECONDS = 0.5
_RENEW_SECONDS = 2.0
_MAINTENANCE_SECONDS = 60.0


class JobQueue(Protocol):
    def claim(self, worker: str, now: datetime, limit: Mapping[Queue, int]) -> Sequence[Job]: ...
    def renew(self, worker: str, held: Sequence[Job], now: datetime) -> None: ...
    def release(self, worker: str) -> None: ...


class Worker:
    """`work` does one job; `maintain` runs once a minute; both may raise `StorageError`. `slots`: how many jobs
    of each queue run at the same time."""

    def __init__(
        self,
        leases: JobQueue,
        work: Callable[[Job], None],
        maintain: Callable[[], None],
        clock: Callable[[], datetime],
        *,
        slots: Mapping[Queue, int] = PLACES,
    ) -> None:
        self.name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._leases, self._work, self._maintain, self._clock = leases, work, maintain, clock
        self._slots = slots
        self._running: dict[Future[None], Job] = {}
        self._renewed = self._maintained = 0.0

    def run(self, stop: threading.Event, alive: Callable[[], bool] = lambda: True) -> None:
        """Until `stop` is set or `alive` says no: then no job is begun any more, and those that run end."""
        log.info("worker_started name=%s", self.name)
        with ThreadPoolExecutor(sum(self._slots.values()), thread_name_prefix="job") as pool:
            while not stop.is_set() and alive():
                full = self._round(pool)
                stop.wait(POLL_SECONDS / 10 if full else POLL_SECONDS)
            self._wait_for_running()
        log.info("worker_stopped name=%s", self.name)

    def _round(self, pool: ThreadPoolExecutor) -> bool:
        """Whether more may be due than was taken."""
        self._running = {future: job for future, job in self._running.items() if not future.done()}
        free = self._free_slots()
        try:
            self._keep_leases()
            jobs = self._leases.claim(self.name, self._clock(), free) if free else ()
            self._maintain_sometimes()
        except StorageError as fault:
            log.error("worker_database_unavailable error=%s", exception_summary(fault))
            return False
        for job in jobs:
            self._running[pool.submit(self._do, job)] = job
        taken = Counter(map(_queue_of, jobs))
        return any(taken[queue] == number for queue, number in free.items())

    def _free_slots(self) -> Mapping[Queue, int]:
        taken = Counter(map(_queue_of, self._running.values()))
        return {queue: number - taken[queue] for queue, number in self._slots.items() if taken[queue] < number}

    def _do(self, job: Job) -> None:
        """A job that fails here is started again when the lease ends; `starts` counts how often."""
        try:
            self._work(job)
        except StorageError as fault:
            log.error("job_not_recorded kind=%s subject=%s error=%s", job.kind, job.subject, exception_summary(fault))
        except Exception as error:  # noqa: BLE001 - a bug in one job must not end the worker
            log.critical("job_failed kind=%s subject=%s error=%s", job.kind, job.subject, exception_summary(error))

    def _keep_leases(self) -> None:
        if self._running and time.monotonic() - self._renewed > _RENEW_SECONDS:
            self._renewed = time.monotonic()
            self._leases.renew(self.name, tuple(self._running.values()), self._clock())

    def _maintain_sometimes(self) -> None:
        if time.monotonic() - self._maintained > _MAINTENANCE_SECONDS:
            self._maintained = time.monotonic()
            self._maintain()

    def _wait_for_running(self) -> None:
        """Each job is short: a call to StepPay or to the merchant, both bounded."""
        for future in list(self._running):
            future.result()
        try:
            self._leases.release(self.name)
        except StorageError:
            log.error("leases_not_released name=%s", self.name)


def _queue_of(job: Job) -> Queue:
    return Queue(job.kind, job.confirmed)
