"""A standby takes over while the old primary keeps its connections; a pooler stands in between."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from tests.support.app_fixture import API_KEY, FakeStepPay, World, application_over, environment
from tests.support.job_helpers import FakeMerchant, event_body, send, work
from tests.support.merchant import bind, show, verify
from tests.support.redirecting_proxy import Detour, detour
from tools.postgres_cluster import Cluster, cluster, find_programs
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.migrate import upgrade

pytestmark = pytest.mark.postgresql


def query(url: str, statement: str) -> Any:
    """The first value, on a connection of its own."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def wait_until(url: str, statement: str, value: object) -> None:
    pause = threading.Event()
    for _ in range(1200):
        if query(url, statement) == value:
            return
        pause.wait(0.05)
    raise AssertionError(statement)


@dataclass
class Pair:
    """A primary with its standby. Clients know the address of `name`."""

    first: Cluster
    second: Cluster
    name: Detour

    @property
    def url(self) -> str:
        return at(self.first, self.name.port)

    @property
    def primary(self) -> Cluster:
        return self.first if self.name.target == self.first.port else self.second

    def fail_over(self) -> None:
        """As managed PostgreSQL does it: the old primary is closed for writing, but goes on with who is there."""
        query(self.first.url, "ALTER SYSTEM SET default_transaction_read_only = on")
        query(self.first.url, "SELECT pg_reload_conf()")
        wait_until(self.first.url, "SHOW default_transaction_read_only", "on")
        wal = query(self.first.url, "SELECT pg_current_wal_flush_lsn()")
        wait_until(self.second.url, f"SELECT pg_last_wal_replay_lsn() >= '{wal}'", value=True)
        self.second.promote()
        self.name.target = self.second.port


def at(server: Cluster, port: int) -> str:
    return make_url(server.url).set(port=port).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def pair(free_port: Callable[[], int]) -> Iterator[Pair]:
    programs = find_programs()
    assert programs is not None
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steppay-pg-"))) for _ in range(2)]
        first = stack.enter_context(cluster(programs, folders[0], free_port()))
        upgrade(first.url)
        second = Cluster(programs, folders[1], free_port())
        second.follow(first)
        second.start()
        stack.callback(second.crash)
        yield Pair(first, second, stack.enter_context(detour(first.port)))


@contextmanager
def keyed_over(url: str, steppay: FakeStepPay, folder: Path) -> Iterator[World]:
    """Its checkouts are numbered from one again."""
    query(url, "DELETE FROM steppay_checkouts")
    environ = environment(steppay.url, folder / "widget.db", API_KEY)
    with application_over(environ | {"WIDGET_DATABASE_URL": url}) as world:
        yield world


def use_everything(world: World, steppay: FakeStepPay) -> dict[str, int]:
    """Each way to the database once; what it answered."""
    code = steppay.paid()
    statuses = {
        "bind": bind(world, code).status_code,
        "checkout": world.client.post("/v1/checkouts", json={"orderCode": code, "mode": "tab"}).status_code,
        "ready": world.client.get("/readyz").status_code,
        "verify": verify(world, code).status_code,
        "event": send(world, event_body(code)).status_code,
        "order": show(world, code).status_code,
    }
    merchant = FakeMerchant()
    work(world, merchant)
    return statuses | {"told": min(len(merchant.told), 1)}


WELL = {"bind": 201, "checkout": 201, "ready": 200, "verify": 200, "event": 200, "order": 200, "told": 1}


def test_a_primary_that_became_read_only_is_left_at_once(pair: Pair, steppay: FakeStepPay, tmp_path: Path) -> None:
    with keyed_over(pair.url, steppay, tmp_path) as world:
        assert use_everything(world, steppay) == WELL
        code = steppay.paid()
        bind(world, code)
        pair.fail_over()
        query(pair.second.url, f"UPDATE steppay_expectations SET amount = '9000' WHERE order_code = '{code}'")
        assert verify(world, code).json["reason"] == "amount_mismatch", "the old primary knows an old amount"
        assert use_everything(world, steppay) == WELL
        assert query(pair.second.url, "SELECT count(*) FROM steppay_checkouts") >= 1


def test_of_several_servers_the_one_that_may_be_written_is_taken(pair: Pair) -> None:
    one, other = (server.port for server in (pair.second, pair.first))
    for url in (
        f"postgresql://widget:p%40ss@127.0.0.1:{one},127.0.0.1:{other}/postgres?application_name=x",
        f"postgresql:///postgres?user=widget&host=127.0.0.1,127.0.0.1&port={one},{other}",
        f"postgresql://widget@/postgres?host=127.0.0.1:{one}&host=127.0.0.1:{other}",
    ):
        engine = make_engine(url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW port").scalar() == str(pair.primary.port)
        engine.dispose()


def test_cut_connections_are_replaced_at_once(pair: Pair, steppay: FakeStepPay, tmp_path: Path) -> None:
    with keyed_over(pair.url, steppay, tmp_path) as world:
        assert use_everything(world, steppay) == WELL
        query(
            pair.primary.url,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
        )
        assert use_everything(world, steppay) == WELL
