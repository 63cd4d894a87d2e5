"""The slow sweep: StepPay is asked again about settled orders, for the refund whose event never came.

What is due stands in the rows themselves, so nothing has to be planned ahead, and an upgraded or restored database goes
on by itself. Few jobs wait at a time: an upgrade with a million settled orders is worked off slowly, in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from widget_server.adapters.store.database import for_writing, transaction
from widget_server.adapters.store.jobs import add_job
from widget_server.adapters.store.tables import jobs, orders
from widget_server.domain.job import ASK, Job
from widget_server.domain.recheck_schedule import sweep_spans, sweep_step
from widget_server.domain.verdict_kinds import KINDS

MOST_WAITING = 60
"""A worker comes here once a minute: one call a second at the most, and none more while StepPay cannot be asked."""
_SWEPT = tuple(kind.value for kind, facts in KINDS.items() if facts.may_be_refunded)


def sweep(engine: Engine, now: datetime) -> int:
    """Make a job for each settled order whose next look is due; gives their number. Raises `StorageError`."""
    made = 0
    with transaction(for_writing(engine)) as connection:
        waiting = select(func.count()).select_from(jobs).where(jobs.c.kind == ASK)
        room = MOST_WAITING - connection.execute(waiting).scalar_one()
        for step, (since, until) in enumerate(sweep_spans()):
            if room <= made:
                break
            for row in _due(connection, step, (now - until, now - since), room - made):
                _look_at(connection, row, now, made)
                made += 1
    return made


def _due(connection: Connection, step: int, settled: tuple[datetime, datetime], limit: int) -> Sequence[Any]:
    """The longest settled first. `settled`: after the first moment, and not after the second."""
    here = (orders.c.verdict.in_(_SWEPT), orders.c.sweep_step == step)
    wanted = (
        select(orders.c.order_code, orders.c.checked_at)
        .where(*here, orders.c.checked_at > settled[0], orders.c.checked_at <= settled[1])
        .order_by(orders.c.checked_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # another worker's; SQLite has one writer at a time
    )
    return connection.execute(wanted).all()


def _look_at(connection: Connection, row: Any, now: datetime, number: int) -> None:
    connection.execute(_STEP, {"code": row.order_code, "step": sweep_step(now - row.checked_at)})
    add_job(connection, Job(ASK, row.order_code, now + number * timedelta(seconds=1)))


_STEP = update(orders).where(orders.c.order_code == bindparam("code")).values(sweep_step=bindparam("step"))
