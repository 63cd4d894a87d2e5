"""`ports.Jobs` on SQL: rows that a worker takes under a lease (docs/decisions/0024).

A job is added in the transaction of its cause and leaves in the transaction of its effect. The jobs of a dead worker
are free again when its lease ends; no other program has to notice the death.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.sql import DbConnection, insert_into, insert_or_ignore, run
from widget_server.domain.job import Job, Queue

LEASE = timedelta(seconds=8)
"""A worker renews it every two seconds. After its death others wait no longer than this and one poll."""

_COLUMNS = tuple(Job.__dataclass_fields__)
_INSERT = f"{insert_into('steppay_jobs AS jobs', _COLUMNS)} ON CONFLICT (kind, subject) DO UPDATE SET"
_FOLLOW = f"{_INSERT} confirmed = excluded.confirmed"
_RESTART = f"""{_INSERT} due_at = excluded.due_at, step = excluded.step, tries = excluded.tries,
    starts = excluded.starts, until = excluded.until, confirmed = excluded.confirmed"""
# A worker that has it now asked StepPay before this moment: then the job is due once more.
_IS_SOONER = "(jobs.leased_until > :now OR excluded.due_at < jobs.due_at)"
_BRING_NEARER = f"""{_INSERT}
    due_at = CASE WHEN {_IS_SOONER} THEN excluded.due_at ELSE jobs.due_at END,
    step = CASE WHEN {_IS_SOONER} THEN excluded.step ELSE jobs.step END,
    until = coalesce(jobs.until, excluded.until),
    confirmed = jobs.confirmed OR excluded.confirmed"""
CONFIRM_CHECK = "UPDATE steppay_jobs SET confirmed = true WHERE kind = 'check' AND subject = :code AND NOT confirmed"
"""StepPay or the merchant's backend has named this order."""

_LEASE_DUE = """WITH due AS (
    SELECT kind, subject FROM steppay_jobs
    WHERE {queue} due_at <= :now AND (leased_until IS NULL OR leased_until < :now)
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    UPDATE steppay_jobs SET leased_by = :worker, leased_until = :ends, starts = starts + 1
    WHERE (kind, subject) IN (SELECT kind, subject FROM due)
    RETURNING *"""
_LEASE_OF_QUEUE = _LEASE_DUE.replace("{queue}", "kind = :kind AND confirmed = :confirmed AND")
_LEASE_ANY = _LEASE_DUE.replace("{queue}", "")
_RENEW = """UPDATE steppay_jobs SET leased_until = :ends
    WHERE kind = :kind AND subject = ANY(:subjects) AND leased_by = :worker"""
_RELEASE = """UPDATE steppay_jobs SET leased_by = NULL, leased_until = NULL
    WHERE kind = :kind AND subject = :subject AND leased_by = :worker"""
_UNCOUNT = """UPDATE steppay_jobs SET starts = starts - 1
    WHERE kind = :kind AND subject = :subject AND leased_by = :worker"""
_RELEASE_ALL = "UPDATE steppay_jobs SET leased_by = NULL, leased_until = NULL WHERE leased_by = :worker"
_FINISH = """DELETE FROM steppay_jobs
    WHERE kind = :kind AND subject = :subject AND leased_by = :worker AND due_at = :was_due RETURNING kind"""
_POSTPONE = """UPDATE steppay_jobs SET due_at = :due_at, step = :step, tries = :tries, starts = 0, leased_by = NULL,
    leased_until = NULL
    WHERE kind = :kind AND subject = :subject AND leased_by = :worker AND due_at = :was_due RETURNING kind"""


def add_job(db: DbConnection, job: Job) -> None:
    """A job of this name that waits already keeps its own time."""
    insert_or_ignore(db, "steppay_jobs", vars(job))


def add_jobs(db: DbConnection, jobs: Iterable[Job]) -> None:
    for job in jobs:
        add_job(db, job)


def bring_nearer(db: DbConnection, job: Job, now: datetime) -> None:
    """Do it at its due time or sooner, never later: any client may ask for it as often as it likes. A series that had
    become slow begins its quick pace again; its end stays."""
    run(db, _BRING_NEARER, **vars(job), now=now)


def follow_order(db: DbConnection, job: Job) -> None:
    """Like `add_job`; a check that a stranger asked for is a confirmed one from now on."""
    run(db, _FOLLOW, **vars(job))


def restart_job(db: DbConnection, job: Job) -> None:
    """Begin anew, also one that a worker has now: it sees the new due time and leaves the row alone."""
    run(db, _RESTART, **vars(job))


def finish_job(db: DbConnection, job: Job) -> None:
    """Delete the job, unless it was restarted meanwhile."""
    if not run(db, _FINISH, **_lease_of(job), was_due=job.due_at):
        run(db, _RELEASE, **_lease_of(job))


def postpone_job(db: DbConnection, job: Job, due_at: datetime, *, step: int, tries: int) -> None:
    """Put it back for later, unless it was restarted meanwhile."""
    if not run(db, _POSTPONE, **_lease_of(job), was_due=job.due_at, due_at=due_at, step=step, tries=tries):
        run(db, _RELEASE, **_lease_of(job))


def _lease_of(job: Job) -> dict[str, object]:
    return {"kind": job.kind, "subject": job.subject, "worker": job.leased_by}


class SqlJobs:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._connections = connections_of(engine)

    def lease(self, worker: str, now: datetime, limit: int | Mapping[Queue, int]) -> Sequence[Job]:
        """Due jobs that are free, now leased to `worker`, the longest due first: up to `limit` of each queue, or a
        number of whatever queue."""
        lease = {"worker": worker, "now": now, "ends": now + LEASE}

        def take(db: DbConnection) -> list[Job]:
            if isinstance(limit, int):
                rows = run(db, _LEASE_ANY, **lease, limit=limit)
            else:
                taken = (run(db, _LEASE_OF_QUEUE, **lease, **q._asdict(), limit=most) for q, most in limit.items())
                rows = [row for some in taken for row in some]
            return [Job(**row._asdict()) for row in rows]

        return self._connections.write(take)

    def renew(self, worker: str, held: Sequence[Job], now: datetime) -> None:
        """Keep what `worker` still works on."""

        def renew(db: DbConnection) -> None:
            for kind in sorted({job.kind for job in held}):
                subjects = [job.subject for job in held if job.kind == kind]
                run(db, _RENEW, kind=kind, subjects=subjects, worker=worker, ends=now + LEASE)

        self._connections.write(renew)

    def release(self, worker: str, not_begun: Sequence[Job] = ()) -> None:
        """Give back what `worker` has not finished. The lease of a job that it never began counts as no start."""

        def release(db: DbConnection) -> None:
            for job in not_begun:
                run(db, _UNCOUNT, **_lease_of(job))
            run(db, _RELEASE_ALL, worker=worker)

        self._connections.write(release)

    def finish(self, job: Job) -> None:
        self._connections.write(lambda db: finish_job(db, job))

    def postpone(self, job: Job, due_at: datetime, *, step: int, tries: int) -> None:
        self._connections.write(lambda db: postpone_job(db, job, due_at, step=step, tries=tries))

    def restart(self, job: Job) -> None:
        self._connections.write(lambda db: restart_job(db, job))
