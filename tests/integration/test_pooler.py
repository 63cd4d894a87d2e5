"""PgBouncer between the server and PostgreSQL: each transaction may meet another session."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.integration.test_failover import WELL, keyed_over, query, use_everything
from tests.support.app_fixture import FakeStepPay
from tests.support.databases import copy, drop
from tests.support.fake_steppay import Callers
from tests.support.job_helpers import FakeMerchant, work
from tests.support.pgbouncer import PROGRAM, pgbouncer
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.migrate import downgrade, upgrade

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed: apt install pgbouncer"),
]


@pytest.fixture(params=["transaction", "session"])
def pooled(
    request: pytest.FixtureRequest, migrated: Path, tmp_path: Path, free_port: Callable[[], int]
) -> Iterator[str]:
    """The address of a migrated database behind a pooler."""
    direct = make_url(copy(migrated, tmp_path / "pooled.db"))
    assert direct.port is not None
    port = free_port()
    with pgbouncer(port, direct.port, request.param):
        yield direct.set(port=port).render_as_string(hide_password=False)
    drop(tmp_path / "pooled.db")


def test_many_callers_share_its_sessions_without_an_error(
    pooled: str, steppay: FakeStepPay, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with keyed_over(pooled, steppay, tmp_path) as world:
        code = steppay.paid()
        opened = {"orderCode": steppay.unpaid(), "mode": "tab"}

        def call(number: int) -> set[int]:
            client = world.app.test_client()
            asked = [client.post("/v1/checkouts", json=opened), client.post("/v1/verify", json={"orderCode": code})]
            return {answer.status_code for _ in range(8) for answer in asked} | {client.get("/readyz").status_code}

        for _ in range(6):
            assert set().union(*Callers(call, 6).start().finish()) == {200, 201}
        assert use_everything(world, steppay) | {"told": 1} == WELL
        work(world, FakeMerchant())
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


def test_nothing_that_was_set_here_reaches_other_clients(pooled: str) -> None:
    engine = make_engine(pooled)
    before = [query(pooled, f"SHOW {name}") for name in ("statement_timeout", "lock_timeout")]
    with engine.begin() as connection:
        inside = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("statement_timeout", "lock_timeout")]
    assert inside == ["20s", "5s"]
    engine.dispose()
    assert [query(pooled, f"SHOW {name}") for name in ("statement_timeout", "lock_timeout")] == before == ["0", "0"]


def test_migrations_run_through_it(pooled: str) -> None:
    downgrade(pooled, "base")
    upgrade(pooled)
    upgrade(pooled)
