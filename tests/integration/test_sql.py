"""Our plain SQL stores and reads exactly what SQLAlchemy does for the tables' types, and leaves nothing behind."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, Connection, Engine, Table, insert, select

from tests.support.app_fixture import NOW
from tests.support.database_failures import held
from tests.support.databases import POSTGRESQL, copy, drop
from widget_server.adapters.store.connections import MOST_IDLE, Connections, connections_of
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.sql import DbConnection, _translate, insert_into, run
from widget_server.adapters.store.tables import UtcDateTime, metadata, webhooks
from widget_server.domain.webhook_event import WebhookEvent
from widget_server.errors import StorageError

ROW = {
    **{
        "order_code": "order_1",
        "order_id": 7,
        "verdict": "paid",
        "reason": "payment_complete",
        "returned_amount": "canary",
    },
    **{"checked_at": NOW, "body": {"verdict": "paid"}, "needs_review": False},
}
_ADD = insert_into("steppay_orders", tuple(ROW))
_FIND = "SELECT order_code FROM steppay_orders WHERE order_code = :code"
_TEXTS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(_TEXTS)
)
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_VALUES: dict[str, Callable[[int], st.SearchStrategy[Any]]] = {
    "String": lambda length: st.text(_TEXTS, max_size=length),
    "Text": lambda _length: st.text(_TEXTS),
    "UtcDateTime": lambda _length: st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=_OFFSETS),  # noqa: DTZ001
    "JSON": lambda _length: st.dictionaries(st.text(_TEXTS), _LEAVES | st.lists(_LEAVES), max_size=4),
    "Boolean": lambda _length: st.booleans(),
    "Integer": lambda _length: st.integers(-(2**31), 2**31 - 1),
    "BigInteger": lambda _length: st.integers(-(2**63), 2**63 - 1),
}


@pytest.fixture
def engine(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(copy(migrated, tmp_path / "store.db"), busy_timeout_ms=50)
    yield engine
    assert not lent(engine)
    engine.dispose()
    drop(tmp_path / "store.db")


def lent(engine: Engine) -> bool:
    """Whether any connection is still in use."""
    connections = connections_of(engine)
    return any(pool._permits.qsize() < pool._most for pool in (connections._readers, connections._writers))


def values_of(kept: Column[Any]) -> st.SearchStrategy[Any]:
    value = _VALUES[type(kept.type).__name__](getattr(kept.type, "length", 0))
    return st.none() | value if kept.nullable else value


def rows() -> st.SearchStrategy[tuple[Table, dict[str, Any]]]:
    """Any row of any table, whole or with only what must be there."""
    every = [
        st.tuples(
            st.just(kept),
            st.fixed_dictionaries(
                {one.name: values_of(one) for one in kept.columns if not one.nullable},
                optional={one.name: values_of(one) for one in kept.columns if one.nullable},
            ),
        )
        for kept in metadata.tables.values()
    ]
    return st.one_of(every)


def plain(connection: Connection) -> DbConnection:
    return DbConnection(connection.connection, connection.dialect.name == "sqlite")


def stored(connection: Connection, kept: Table, store: Callable[[], object]) -> tuple[Any, Any]:
    """What lies in the table, and what either way reads of it."""
    around = connection.begin_nested()
    store()
    raw = connection.exec_driver_sql(f"SELECT * FROM {kept.name}").one()
    own = connection.execute(select(kept)).one()
    (short,) = run(plain(connection), f"SELECT * FROM {kept.name}")
    assert short._asdict() == dict(own._mapping)
    around.rollback()
    return tuple(raw), tuple(short)


@given(row=rows())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_store_and_read_the_same(engine: Engine, row: tuple[Table, Mapping[str, Any]]) -> None:
    kept, values = row
    with engine.connect() as connection:
        own = stored(connection, kept, lambda: connection.execute(insert(kept), dict(values)))
        short = stored(
            connection, kept, lambda: run(plain(connection), insert_into(kept.name, tuple(values)), **values)
        )
    assert short == own


def test_a_columns_name_has_one_type_in_all_tables() -> None:
    """What is read is converted by the column's name."""
    types: dict[str, set[type]] = {}
    for kept in metadata.tables.values():
        for one in kept.columns:
            types.setdefault(one.name, set()).add(type(one.type))
    special = {name: found for name, found in types.items() if found & {UtcDateTime, JSON, Boolean}}
    assert special
    assert [name for name, found in special.items() if len(found) > 1] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"checked_at": datetime(2026, 3, 1)},  # noqa: DTZ001 - the very mistake
        {"order_id": 10**30},
        {"reason": "canary\ud800"},
        {"body": {"canary": object()}},
        {"verdict": None},
    ],
    ids="-".join,
)
def test_what_cannot_be_stored_is_a_storage_fault_that_shows_no_value(engine: Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises(StorageError) as caught:
        connections_of(engine).write(lambda db: run(db, _ADD, **{**ROW, **wrong}))
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert connections_of(engine).read_one(_FIND, code="order_1") is None


def add(db: DbConnection) -> None:
    run(db, _ADD, **ROW)


def add_and_fail(db: DbConnection) -> None:
    add(db)
    raise RuntimeError("half done")


def add_twice(db: DbConnection) -> None:
    add(db)
    add(db)


def lose_the_connection(db: DbConnection) -> None:
    add(db)
    db.driver.close()
    add(db)


@pytest.mark.parametrize("work", [add_and_fail, add_twice, lose_the_connection], ids=lambda work: work.__name__)
def test_after_a_failed_write_nothing_is_left_and_the_next_one_is_written(
    engine: Engine, work: Callable[[DbConnection], None]
) -> None:
    write = connections_of(engine).write
    with pytest.raises((StorageError, RuntimeError)):
        write(work)
    assert connections_of(engine).read_one(_FIND, code="order_1") is None
    write(add)
    assert connections_of(engine).read_one(_FIND, code="order_1") is not None


def lent_within_a_transaction(engine: Engine) -> bool:
    """Whether the next reader's connection is within a transaction."""
    readers = connections_of(engine)._readers
    db = readers.take()
    in_transaction = bool(db.driver.info.transaction_status) if POSTGRESQL else bool(db.driver.in_transaction)
    readers.take_back(db)
    return in_transaction


def test_a_look_leaves_no_transaction_open_whether_it_succeeds_or_not(engine: Engine) -> None:
    connections_of(engine).read_one(_FIND, code="order_1")
    assert not lent_within_a_transaction(engine)
    with pytest.raises(StorageError):
        connections_of(engine).read_one("SELECT nothing FROM no_such_table")
    assert not lent_within_a_transaction(engine)


@pytest.mark.postgresql
def test_a_connection_that_dies_under_a_look_is_replaced(engine: Engine) -> None:
    with pytest.raises(StorageError):
        connections_of(engine).read_one("SELECT pg_terminate_backend(pg_backend_pid()) AS dead")
    assert connections_of(engine).read_one(_FIND, code="order_1") is None
    assert not lent_within_a_transaction(engine)


def test_an_event_that_another_program_keeps_waiting_is_not_said_to_be_kept(engine: Engine) -> None:
    inbox, event = SqlInbox(engine), WebhookEvent("order.payment_completed", order_code="order_1")
    with held(engine), pytest.raises(StorageError):
        inbox.accept("digest", event, NOW)
    assert [inbox.accept("digest", event, NOW) for _ in range(2)] == [True, False]


def test_a_statement_is_translated_for_the_first_event_alone(engine: Engine) -> None:
    inbox, event = SqlInbox(engine), WebhookEvent("order.payment_completed", order_code="order_1")
    inbox.accept("first", event, NOW)
    before = _translate.cache_info().misses
    for number in range(5):
        inbox.accept(f"event_{number}", event, NOW)
    assert _translate.cache_info().misses == before
    with engine.connect() as connection:
        assert len(connection.execute(select(webhooks.c.digest)).all()) == 6


def test_more_callers_than_connections_wait_for_their_turn(engine: Engine) -> None:
    connections = Connections(engine, wait_seconds=20)
    connections._readers._most = 2
    connections._readers.start_afresh()
    read: Callable[[int], Any] = lambda _number: connections.read_one(_FIND, code="order_1")  # noqa: E731
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, range(200))) == [None] * 200
    assert len(connections._readers._idle) <= 2


def test_who_finds_all_connections_in_use_is_refused_after_a_while(engine: Engine) -> None:
    """The fixture waits 50 ms."""
    readers = connections_of(engine)._readers
    all_of_them = [readers.take() for _ in range(readers._most)]
    with pytest.raises(StorageError, match="in use"):
        connections_of(engine).read_one(_FIND, code="order_1")
    for db in all_of_them:
        readers.take_back(db)
    assert len(readers._idle) == MOST_IDLE
    assert connections_of(engine).read_one(_FIND, code="order_1") is None


@pytest.mark.sqlite
def test_a_process_that_was_forked_while_its_parent_read_leaves_the_file_alone(engine: Engine) -> None:
    """SQLite would take its parent's locks for its own. The fixture waits 50 ms."""
    connections = connections_of(engine)
    used = connections._readers.take()
    child = os.fork()
    if child == 0:
        answers = [lambda: connections.read_one(_FIND, code="order_1"), lambda: connections.write(add)]
        os._exit(sum(not isinstance(error_of(answer), StorageError) for answer in answers))
    assert os.waitpid(child, 0)[1] == 0
    connections._readers.take_back(used)
    connections.write(add)
    assert connections.read_one(_FIND, code="order_1") is not None


def error_of(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except BaseException as error:  # noqa: BLE001  # a child ends where it was made
        return error
    return None


def test_a_forked_process_opens_connections_of_its_own(engine: Engine) -> None:
    connections = connections_of(engine)
    connections.write(add)
    connections.read_one(_FIND, code="order_1")
    before = [db.driver for pool in (connections._readers, connections._writers) for db in pool._idle]
    child = os.fork()
    if child == 0:
        connections.write(lambda db: run(db, "DELETE FROM steppay_orders"))
        connections.read_one(_FIND, code="order_1")
        after = [db.driver for pool in (connections._readers, connections._writers) for db in pool._idle]
        os._exit(len([driver for driver in after if driver in before]))
    assert os.waitpid(child, 0)[1] == 0
    assert connections.read_one(_FIND, code="order_1") is None
    connections.write(add)
