"""The slow sweep: StepPay is asked again about settled orders, for the refund whose event never came.

What is due stands in the rows themselves, so nothing has to be planned ahead, and an upgraded or restored database goes
on by itself. Few jobs wait at a time: an upgrade with a million settled orders is worked off slowly, in the background.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import add_job
from widget_server.adapters.store.sql import DbConnection, fetch_one, run
from widget_server.domain.job import ASK, Job
from widget_server.domain.recheck_schedule import sweep_spans, sweep_step

MOST_WAITING = 60
"""A worker comes here once a minute: one call a second at the most, and none more while StepPay cannot be asked."""
_WAITING = "SELECT count(*) AS waiting FROM steppay_jobs WHERE kind = :kind"
# The longest settled first; the verdicts as the index `steppay_orders_sweep_ix` names them. Rows that another worker
# has locked are left to it.
_DUE = """SELECT order_code, checked_at FROM steppay_orders
    WHERE verdict IN ('paid', 'no_charge', 'partially_refunded') AND sweep_step = :step
    AND checked_at > :since AND checked_at <= :until
    ORDER BY checked_at LIMIT :limit FOR UPDATE SKIP LOCKED"""
_STEP = "UPDATE steppay_orders SET sweep_step = :step WHERE order_code = :code"


def sweep(engine: Engine, now: datetime) -> int:
    """Make a job for each settled order whose next check is due; gives their number. Raises `StorageError`."""
    return connections_of(engine).write(lambda db: _sweep(db, now))


def _sweep(db: DbConnection, now: datetime) -> int:
    room, made = MOST_WAITING - fetch_one(db, _WAITING, kind=ASK).waiting, 0
    for step, (least, most) in enumerate(sweep_spans()):
        if room <= made:
            break
        for row in run(db, _DUE, step=step, since=now - most, until=now - least, limit=room - made):
            run(db, _STEP, code=row.order_code, step=sweep_step(now - row.checked_at))
            add_job(db, Job(ASK, row.order_code, now + made * timedelta(seconds=1)))
            made += 1
    return made
