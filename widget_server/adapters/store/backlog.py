"""What waits in the database, for the operator's figures: four queries that stay short however long the shop exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, literal, select

from widget_server.adapters.store.database import transaction
from widget_server.adapters.store.tables import checkouts, deliveries, jobs
from widget_server.domain.job import ASK, CHECK, DELIVERY, ORDER_NUMBER, WEBHOOK

_MOST_CHECKOUTS = 100_000
"""Counted no further: a scrape must not become slower with every checkout that nobody came back from."""


@dataclass(frozen=True)
class Backlog:
    """`jobs`: those that are not done, by kind. Ages in seconds, 0 where nothing waits."""

    jobs: dict[str, int]
    oldest_due_seconds: float
    checkouts_open: int
    deliveries_waiting: int
    oldest_delivery_seconds: float
    deliveries_parked: int


def read_backlog(engine: Engine, now: datetime) -> Backlog:
    """Raises `errors.StorageError`."""
    by_kind = select(jobs.c.kind, func.count()).group_by(jobs.c.kind)
    first_due = select(func.min(jobs.c.due_at)).where(jobs.c.confirmed)  # a stranger's flood is no alarm
    unused = select(literal(1)).where(checkouts.c.expires_at > now, checkouts.c.returned_at.is_(None))
    opened = select(func.count()).select_from(unused.limit(_MOST_CHECKOUTS).subquery())
    columns = (deliveries.c.state, func.count(), func.min(deliveries.c.created_at))
    undelivered = select(*columns).where(deliveries.c.state.in_(("waiting", "parked"))).group_by(deliveries.c.state)
    with transaction(engine) as connection:
        depth = dict.fromkeys((CHECK, ASK, WEBHOOK, ORDER_NUMBER, DELIVERY), 0)
        depth |= {row[0]: row[1] for row in connection.execute(by_kind)}
        states = {state: (number, oldest) for state, number, oldest in connection.execute(undelivered)}
        waiting, oldest = states.get("waiting", (0, None))
        return Backlog(
            jobs=depth,
            oldest_due_seconds=_age(connection.execute(first_due).scalar(), now),
            checkouts_open=connection.execute(opened).scalar_one(),
            deliveries_waiting=waiting,
            oldest_delivery_seconds=_age(oldest, now),
            deliveries_parked=states.get("parked", (0, None))[0],
        )


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
