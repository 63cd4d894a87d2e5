"""The large ledger of the bench is one that this server could have written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.full_ledger import absent_code, add_old, fill, spread, stored_code
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.maintenance import purge_older_than
from widget_server.adapters.store.overview import SqlOverview
from widget_server.domain.verdict_kinds import VerdictKind

ORDERS = 300


def test_new_orders_fall_between_the_stored_ones_and_never_onto_them() -> None:
    stored = {f"order_p{number * spread(ORDERS):010d}" for number in range(ORDERS)}
    assert {stored_code(ORDERS) for _ in range(200)} <= stored
    assert not {absent_code() for _ in range(200)} & stored
    assert len({absent_code()[:9] for _ in range(200)}) > 20


def test_the_server_reads_the_ledger_and_deletes_what_is_old(tmp_path: Path) -> None:
    url, now, old = f"sqlite:///{tmp_path / 'widget.db'}", datetime.now(UTC), [absent_code() for _ in range(5)]
    fill(url, ORDERS)
    add_old(url, old, now - timedelta(days=60))
    engine = for_writing(make_engine(url))
    overview, code = SqlOverview(engine), stored_code(ORDERS)
    found = overview.order(overview.find_code(f"1{code[-10:]}") or "")
    assert found.record is not None
    assert (found.record.state.kind, found.record.history[0].step) == (VerdictKind.PAID, "paid")
    assert found.record.body["orderCode"] == code
    assert [event.state for event in found.events] == ["done"]
    assert len(overview.orders(1_000)) == ORDERS + len(old)
    purge_older_than(engine, now - timedelta(days=30))
    assert len(overview.orders(1_000)) == ORDERS
    engine.dispose()
