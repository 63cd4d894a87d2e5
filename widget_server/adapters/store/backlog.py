"""What waits in the database, for the metrics: three queries that stay short however long the shop exists."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.domain.job import ALERT, ASK, CHECK, DELIVERY, ORDER_NUMBER, SUBSCRIPTION, WEBHOOK

_MOST_CHECKOUTS = 100_000
"""Counted no further: a scrape must not become slower with every checkout that no shopper came back from."""
_JOBS = """SELECT kind, count(*) AS number, min(CASE WHEN confirmed THEN due_at END) AS due_at
    FROM steppay_jobs GROUP BY kind"""  # the first confirmed one: a flood by strangers is no alarm
_KINDS = (CHECK, ASK, WEBHOOK, ORDER_NUMBER, SUBSCRIPTION, DELIVERY, ALERT)
_OPEN = """SELECT count(*) AS number FROM
    (SELECT 1 FROM steppay_checkouts WHERE expires_at > :now AND returned_at IS NULL LIMIT :most) AS counted"""
_UNDELIVERED = """SELECT state, count(*) AS number, min(created_at) AS created_at
    FROM steppay_deliveries WHERE state IN ('waiting', 'parked') GROUP BY state"""


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
    read = connections_of(engine).read
    kinds = read(_JOBS)
    states = {row.state: row for row in read(_UNDELIVERED)}
    waiting, parked = states.get("waiting"), states.get("parked")
    [opened] = read(_OPEN, now=now, most=_MOST_CHECKOUTS)
    return Backlog(
        jobs=dict.fromkeys(_KINDS, 0) | {row.kind: row.number for row in kinds},
        oldest_due_seconds=_age(min((row.due_at for row in kinds if row.due_at), default=None), now),
        checkouts_open=opened.number,
        deliveries_waiting=waiting.number if waiting else 0,
        oldest_delivery_seconds=_age(waiting.created_at if waiting else None, now),
        deliveries_parked=parked.number if parked else 0,
    )


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
