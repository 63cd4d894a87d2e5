"""The job worker: leases due jobs, some for each thread that does them, and renews the leases while it works.

It has no state of its own. Killed at any moment, its jobs are free when the lease ends, and any other worker, on this
machine or another, starts them again (docs/decisions/0024).
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

from widget_server.domain.job import SLOTS, Job, Queue
from widget_server.errors import StorageError
from widget_server.logs import exception_summary

log = logging.getLogger("widget_server.worker")

POLL_SECONDS = 0.5
_BUSY_SECONDS = 0.01
"""The pause of a queue that had more jobs than were leased."""
PREFETCH = 4
"""So many jobs for each slot are leased in one transaction (docs/decisions/0053)."""
_RENEW_SECONDS = 2.0
_MAINTENANCE_SECONDS = 60.0


class JobQueue(Protocol):
    def lease(self, worker: str, now: datetime, limit: Mapping[Queue, int]) -> Sequence[Job]: ...
    def renew(self, worker: str, held: Sequence[Job], now: datetime) -> None: ...
    def release(self, worker: str, not_begun: Sequence[Job]) -> None: ...


class Worker:
    """`work` does one job; `maintain` runs once a minute; both may raise `StorageError`. `slots`: how many jobs of
    each queue run at the same time."""

    def __init__(
        self,
        leases: JobQueue,
        work: Callable[[Job], None],
        maintain: Callable[[], None],
        clock: Callable[[], datetime],
        *,
        slots: Mapping[Queue, int] = SLOTS,
    ) -> None:
        self.name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._leases, self._work, self._maintain, self._clock = leases, work, maintain, clock
        self._slots = slots
        self._threads = {queue: ThreadPoolExecutor(number, queue.kind) for queue, number in slots.items()}
        self._held: dict[Future[None], Job] = {}
        self._may_have_more: set[Queue] = set()
        self._polled = self._renewed = self._maintained = 0.0

    def run(self, stop: threading.Event, alive: Callable[[], bool] = lambda: True) -> None:
        """Until `stop` is set or `alive` says no: then no job is begun any more, and those that run end."""
        log.info("worker_started name=%s", self.name)
        try:
            while not stop.is_set() and alive():
                self._round()
                stop.wait(_BUSY_SECONDS if self._may_have_more else POLL_SECONDS)
        finally:
            self._end()
        log.info("worker_stopped name=%s", self.name)

    def run_due(self, ahead: timedelta = timedelta(0)) -> int:
        """Do what is due now, or so far `ahead`, in this thread: for a caller that waits for it. How many jobs it
        did."""
        done = 0
        while jobs := self._leases.lease(self.name, self._clock() + ahead, self._slots):
            for job in jobs:
                self._do(job)
            done += len(jobs)
        return done

    def _round(self) -> None:
        self._held = {future: job for future, job in self._held.items() if not future.done()}
        try:
            self._keep_leases()
            self._lease_more()
            self._maintain_sometimes()
        except StorageError as fault:
            self._may_have_more.clear()
            log.error("worker_database_unavailable error=%s", exception_summary(fault))

    def _lease_more(self) -> None:
        """A queue is asked at each poll, and again at once while it gives as many as it was asked for."""
        if time.monotonic() - self._polled >= POLL_SECONDS:
            self._polled, self._may_have_more = time.monotonic(), set(self._slots)
        wanted = self._wanted()
        jobs = self._leases.lease(self.name, self._clock(), wanted) if wanted else ()
        for job in jobs:
            self._held[self._threads[_queue_of(job)].submit(self._do, job)] = job
        taken = Counter(map(_queue_of, jobs))
        self._may_have_more -= {queue for queue, number in wanted.items() if taken[queue] < number}

    def _wanted(self) -> Mapping[Queue, int]:
        held = Counter(map(_queue_of, self._held.values()))
        queues = [queue for queue in self._may_have_more if held[queue] <= self._slots[queue]]
        return {queue: PREFETCH * self._slots[queue] - held[queue] for queue in queues}

    def _do(self, job: Job) -> None:
        """A job that fails here is started again when the lease ends; `starts` counts how often."""
        try:
            self._work(job)
        except StorageError as fault:
            log.error("job_not_recorded kind=%s subject=%s error=%s", job.kind, job.subject, exception_summary(fault))
        except Exception as error:  # noqa: BLE001 - a bug in one job must not end the worker
            log.critical("job_failed kind=%s subject=%s error=%s", job.kind, job.subject, exception_summary(error))

    def _keep_leases(self) -> None:
        if self._held and time.monotonic() - self._renewed > _RENEW_SECONDS:
            self._renewed = time.monotonic()
            self._leases.renew(self.name, tuple(self._held.values()), self._clock())

    def _maintain_sometimes(self) -> None:
        if time.monotonic() - self._maintained > _MAINTENANCE_SECONDS:
            self._maintained = time.monotonic()
            self._maintain()

    def _end(self) -> None:
        """Each job is short: a call to StepPay or to the merchant, both bounded. What was not begun is given back."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        for threads in self._threads.values():
            threads.shutdown()
        try:
            self._leases.release(self.name, [job for future, job in self._held.items() if future.cancelled()])
        except StorageError:
            log.error("leases_not_released name=%s", self.name)


def _queue_of(job: Job) -> Queue:
    return Queue(job.kind, job.confirmed)
