"""`ports.Jobs` on SQL: rows that a worker takes under a lease (docs/decisions/0024).

A job is added in the transaction of its cause and leaves in the transaction of its effect. What a dead worker had is
free again when its lease ends; nobody has to notice the death.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from widget_server.adapters.store.compiled import DbConnection, run
from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.tables import jobs
from widget_server.adapters.store.upsert import insert_or_ignore, insert_or_merge, upsert
from widget_server.domain.job import CHECK, Job, Queue

LEASE = timedelta(seconds=8)
"""A worker renews it every two seconds. After its death others wait no longer than this and one poll."""
_FREE = {"leased_by": None, "leased_until": None}


def add_job(line: DbConnection, job: Job) -> None:
    """A job of this name that waits already keeps its own time."""
    insert_or_ignore(line, jobs, vars(job))


def bring_nearer(line: DbConnection, job: Job, now: datetime) -> None:
    """Do it at its due time or sooner, never later: anyone may ask for it as often as they like. A series that had
    become slow begins its quick pace again; its end stays."""
    insert_or_merge(line, jobs, {**vars(job), "now": now}, _nearer)


def _nearer(new: Any) -> Mapping[str, Any]:
    """A worker that has it now asked before this moment: then it is due once more."""
    running, nearer = jobs.c.leased_until > bindparam("now", type_=jobs.c.due_at.type), new.due_at < jobs.c.due_at
    return {
        "due_at": case((or_(running, nearer), new.due_at), else_=jobs.c.due_at),
        "step": case((or_(running, nearer), new.step), else_=jobs.c.step),
        "until": func.coalesce(jobs.c.until, new.until),
        "confirmed": or_(jobs.c.confirmed, new.confirmed),
    }


def follow_order(line: DbConnection, job: Job) -> None:
    """Like `add_job`; a check that a stranger asked for is a confirmed one from now on."""
    upsert(line, jobs, vars(job), ("confirmed",))


def confirm_check(line: DbConnection, order_code: str) -> None:
    """StepPay or the merchant's backend has named this order."""
    run(line, _CONFIRM, {"code": order_code})


def restart_job(line: DbConnection, job: Job) -> None:
    """Begin anew, also one that a worker has now: it sees the new due time and leaves the row alone."""
    upsert(line, jobs, vars(job), ("due_at", "step", "tries", "starts", "until", "confirmed"))


def finish_job(connection: Connection, job: Job) -> None:
    """Take the job out, unless somebody restarted it meanwhile."""
    done = connection.execute(delete(jobs).where(_still(job)))
    if done.rowcount == 0:
        _release(connection, job)


def postpone_job(connection: Connection, job: Job, due_at: datetime, *, step: int, tries: int) -> None:
    """Put it back for later, unless somebody restarted it meanwhile."""
    values = {"due_at": due_at, "step": step, "tries": tries, "starts": 0, **_FREE}
    if connection.execute(update(jobs).where(_still(job)).values(values)).rowcount == 0:
        _release(connection, job)


_CONFIRM = (
    update(jobs)
    .where(jobs.c.kind == CHECK, jobs.c.subject == bindparam("code"), jobs.c.confirmed.is_(False))
    .values(confirmed=True)
)


def _name(job: Job) -> ColumnElement[bool]:
    return and_(jobs.c.kind == job.kind, jobs.c.subject == job.subject)


def _still(job: Job) -> ColumnElement[bool]:
    return and_(_name(job), jobs.c.leased_by == job.leased_by, jobs.c.due_at == job.due_at)


def _release(connection: Connection, job: Job) -> None:
    connection.execute(update(jobs).where(_name(job), jobs.c.leased_by == job.leased_by).values(_FREE))


class SqlJobs:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = for_writing(engine)

    def claim(self, worker: str, now: datetime, limit: int | Mapping[Queue, int]) -> Sequence[Job]:
        """Due jobs that are free, now leased to `worker`, the longest due first: up to `limit` of each queue, or a
        number of whatever queue."""
        limits = [(None, limit)] if isinstance(limit, int) else list(limit.items())
        with transaction(self._engine) as connection:
            return [job for queue, most in limits for job in _take(connection, worker, now, most, queue)]

    def renew(self, worker: str, held: Sequence[Job], now: datetime) -> None:
        """Keep what `worker` still works on."""
        names = tuple_(jobs.c.kind, jobs.c.subject).in_([(job.kind, job.subject) for job in held])
        with transaction(self._engine) as connection:
            connection.execute(update(jobs).where(jobs.c.leased_by == worker, names).values(leased_until=now + LEASE))

    def release(self, worker: str) -> None:
        """Give back what `worker` has not finished."""
        with transaction(self._engine) as connection:
            connection.execute(update(jobs).where(jobs.c.leased_by == worker).values(_FREE))

    def finish(self, job: Job) -> None:
        with transaction(self._engine) as connection:
            finish_job(connection, job)

    def postpone(self, job: Job, due_at: datetime, *, step: int, tries: int) -> None:
        with transaction(self._engine) as connection:
            postpone_job(connection, job, due_at, step=step, tries=tries)

    def restart(self, job: Job) -> None:
        with transaction(self._engine) as connection:
            restart_job(connection, job)


def _take(connection: Connection, worker: str, now: datetime, limit: int, queue: Queue | None) -> Sequence[Job]:
    of_queue = (jobs.c.kind == queue.kind, jobs.c.confirmed == queue.confirmed) if queue else ()
    free = or_(jobs.c.leased_until.is_(None), jobs.c.leased_until < now)
    due = (
        select(jobs.c.kind, jobs.c.subject)
        .where(*of_queue, jobs.c.due_at <= now, free)
        .order_by(jobs.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite leaves it out: there one writer at a time is the rule
    )
    lease = {"leased_by": worker, "leased_until": now + LEASE, "starts": jobs.c.starts + 1}
    take = update(jobs).where(tuple_(jobs.c.kind, jobs.c.subject).in_(due)).values(lease).returning(*jobs.c)
    return [Job(**row._mapping) for row in connection.execute(take)]
