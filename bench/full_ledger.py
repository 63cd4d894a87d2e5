"""A ledger with many orders, built by bulk insert: executemany on SQLite, COPY on PostgreSQL.

Each order is paid and has its transition and the event that announced it. Their numbers are spread evenly, so that new
ones fall between them, wherever they fall.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench.orders import order_pieces
from widget_server.adapters.store.migrate import upgrade
from widget_server.domain import strict_json
from widget_server.domain.model import PaymentStatus, Verdict
from widget_server.domain.parsing import parse_order
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding

_NUMBERS = 10**10
_ZEROS = "0" * 10
_PRIME = 7_919
_MOMENTS = 10_000
_NEWEST, _OLDEST = timedelta(hours=1), timedelta(days=20)
ORDERS = ("order_code", "order_id", "verdict", "reason", "returned_amount", "checked_at", "body", "needs_review")
TRANSITIONS = ("order_code", "step", "verdict", "reason", "cause", "at")
WEBHOOKS = ("digest", "event", "order_code", "received_at", "state")
TABLES = {"steppay_orders": ORDERS, "steppay_transitions": TRANSITIONS, "steppay_webhooks": WEBHOOKS}
Row = tuple[object, ...]
Insert = Callable[[str, Iterator[Row]], None]
"""Puts rows into one of `TABLES`."""
_INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''",
    "postgresql": """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        AND indexname NOT IN (SELECT conname FROM pg_constraint)""",
}
"""Name and SQL of those that are no part of a table."""


def spread(count: int) -> int:
    """The distance between the numbers of `count` orders, a multiple of ten."""
    return _NUMBERS // count // 10 * 10


def stored_code(count: int) -> str:
    """The code of any order of a ledger with `count`."""
    return f"order_p{random.randrange(count) * spread(count):010d}"


def absent_code() -> str:
    """The code of an order that no ledger of this module has, between any two that it has."""
    return f"order_p{random.randrange(_NUMBERS // 10) * 10 + random.randrange(1, 10):010d}"


def rows_of(table: str, codes: Iterable[str], moments: Sequence[str]) -> Iterator[Row]:
    """The rows of paid orders in one of `TABLES`; their moments take turns, not in the order of the codes."""
    body = _body()
    for number, code in enumerate(codes):
        at = moments[number * _PRIME % len(moments)]
        if table == "steppay_orders":
            text = body.replace(_ZEROS, code[-10:])
            yield code, int(f"1{code[-10:]}"), "paid", "payment_complete", "0", at, text, False
        elif table == "steppay_transitions":
            yield code, "paid", "paid", "payment_complete", "webhook", at
        else:
            yield f"{code:0>64}", "order.payment_completed", code, at, "done"


def _body() -> str:
    """What this server keeps of a verdict, for the order with ten zeros."""
    code, now = f"order_p{_ZEROS}", datetime.now(UTC)
    order = parse_order(strict_json.loads(_ZEROS.encode().join(order_pieces("p"))), code, now)
    paid = Finding(VerdictKind.PAID, "payment_complete")
    return json.dumps(verdict_body(Verdict(order, paid, PaymentStatus.COMPLETE, now, None)))


def fill(url: str, count: int) -> None:
    """Makes the tables and puts `count` orders into them. The indexes come last: sorting is faster than searching."""
    upgrade(url)
    now, span = datetime.now(UTC) - _NEWEST, (_OLDEST - _NEWEST) / _MOMENTS
    moments = [_text(now - number * span) for number in range(_MOMENTS)]
    with opened(url) as (database, insert):
        indexes = database.execute(_INDEXES[url.partition(":")[0]]).fetchall()
        for name, _sql in indexes:
            database.execute(f"DROP INDEX {name}")
        for table in TABLES:
            codes = (f"order_p{number * spread(count):010d}" for number in range(count))
            insert(table, rows_of(table, codes, moments))
        for _name, sql in indexes:
            database.execute(sql)
        database.execute("ANALYZE" if url.startswith("postgresql") else "PRAGMA wal_checkpoint(TRUNCATE)")


def add_old(url: str, codes: Sequence[str], at: datetime) -> None:
    """Orders that retention deletes, checked at `at`."""
    with opened(url) as (_database, insert):
        for table in TABLES:
            insert(table, rows_of(table, codes, [_text(at)]))


@contextmanager
def opened(url: str) -> Iterator[tuple[Any, Insert]]:
    """The driver's own connection, and how it takes many rows."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)) as file:
            file.execute("PRAGMA synchronous = OFF")
            yield file, lambda table, rows: _insert(file, table, rows)
    else:
        with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as session:
            yield session, lambda table, rows: _copy(session, table, rows)


def _insert(file: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    columns = TABLES[table]
    file.execute("BEGIN IMMEDIATE")
    file.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
    file.execute("COMMIT")


def _copy(session: psycopg.Connection, table: str, rows: Iterator[Row]) -> None:
    with session.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(TABLES[table])}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _text(at: datetime) -> str:
    """UTC, as SQLite keeps it."""
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")
