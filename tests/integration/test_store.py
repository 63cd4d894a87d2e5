"""The store of checkouts on a real database."""

from __future__ import annotations

import sqlite3
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from tests.support.database_failures import held
from widget_server.adapters.store import checkouts as checkouts_sql
from widget_server.adapters.store import migrate
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.database import for_writing, make_engine
from widget_server.adapters.store.sql import _translate
from widget_server.adapters.store.tables import checkouts
from widget_server.domain.checkout import Checkout
from widget_server.errors import ConfigurationError, StorageError

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
ID = "abcdefghijklmnopqrstu_"
VERDICT = {"verdict": "paid", "amount": "10000", "fulfill": True, "subscriptionIds": [7], "retryAfter": None}


@pytest.fixture
def store(engine: Engine) -> SqlCheckouts:
    return SqlCheckouts(engine, lambda: NOW)


def opened(checkout_id: str = ID, *, expires_at: datetime = NOW + timedelta(days=7)) -> Checkout:
    return Checkout(checkout_id, "order_1", "tab", "https://shop.kr", "ko", NOW, expires_at)


def address(engine: Engine) -> str:
    """`str(engine.url)` would mask a password."""
    return engine.url.render_as_string(hide_password=False)


def numbered(number: int) -> str:
    return f"{number:022d}"


def test_a_checkout_comes_back_as_it_was_added(store: SqlCheckouts) -> None:
    store.add(opened())
    assert store.find(ID) == opened()


def test_optional_members_may_be_missing(store: SqlCheckouts) -> None:
    bare = Checkout(ID, "order_1", "redirect", None, None, NOW, NOW + timedelta(days=7))
    store.add(bare)
    assert store.find(ID) == bare


def test_an_unknown_id_finds_nothing_and_records_nothing(store: SqlCheckouts) -> None:
    store.record(ID, verdict=VERDICT, returned_at=NOW)
    assert store.find(ID) is None


def test_an_id_in_another_case_is_another_id(store: SqlCheckouts) -> None:
    store.add(opened())
    assert store.find(ID.upper()) is None


def test_an_expired_checkout_answers_nothing_any_more(store: SqlCheckouts) -> None:
    store.add(opened(expires_at=NOW))
    assert store.find(ID) is None


def test_a_new_checkout_sweeps_the_expired_ones_and_nothing_else(store: SqlCheckouts, engine: Engine) -> None:
    for number, left in enumerate((-2, -1, 1, 2)):
        store.add(opened(numbered(number), expires_at=NOW + timedelta(seconds=left)))
    store.add(opened(numbered(4)))
    with engine.connect() as connection:
        kept = connection.execute(select(checkouts.c.id).order_by(checkouts.c.id)).scalars().all()
    assert kept == [numbered(2), numbered(3), numbered(4)]


def test_the_same_id_cannot_be_opened_twice(store: SqlCheckouts) -> None:
    store.add(opened())
    with pytest.raises(StorageError):
        store.add(opened())


def test_the_first_return_time_stays_and_the_last_verdict_counts(store: SqlCheckouts) -> None:
    store.add(opened())
    store.record(ID, verdict={"verdict": "pending"}, returned_at=NOW)
    store.record(ID, verdict=VERDICT, returned_at=NOW + timedelta(minutes=5))
    found = store.find(ID)
    assert found is not None
    assert (found.state, found.returned_at, found.verdict) == ("returned", NOW, VERDICT)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0)])
def test_a_slow_answer_from_before_a_refund_does_not_replace_the_refund(
    store: SqlCheckouts, order: tuple[int, int]
) -> None:
    paid = {"verdict": "paid", "checkedAt": "2026-03-01T09:30:15Z"}
    refunded = {"verdict": "refunded", "checkedAt": "2026-03-01T09:30:16Z"}
    told = ((paid, refunded)[index] for index in order)
    store.add(opened())
    for verdict in told:
        store.record(ID, verdict=verdict, returned_at=NOW)
    found = store.find(ID)
    assert found is not None
    assert found.verdict == (refunded if 1 in order else paid)


def test_a_return_without_a_verdict_keeps_the_stored_one(store: SqlCheckouts) -> None:
    store.add(opened())
    store.record(ID, verdict=VERDICT, returned_at=NOW)
    store.record(ID, returned_at=NOW + timedelta(minutes=5))
    found = store.find(ID)
    assert found is not None
    assert (found.returned_at, found.verdict) == (NOW, VERDICT)


def test_a_verdict_without_a_return_leaves_the_checkout_open(store: SqlCheckouts) -> None:
    store.add(opened())
    store.record(ID, verdict=VERDICT)
    found = store.find(ID)
    assert found is not None
    assert (found.state, found.verdict) == ("open", VERDICT)


def test_a_return_before_any_verdict_is_a_return(store: SqlCheckouts) -> None:
    store.add(opened())
    store.record(ID, returned_at=NOW)
    found = store.find(ID)
    assert found is not None
    assert (found.state, found.verdict) == ("returned", None)


def test_times_are_kept_as_utc_whatever_offset_they_had(store: SqlCheckouts) -> None:
    seoul = timezone(timedelta(hours=9))
    store.add(opened(expires_at=(NOW + timedelta(days=1)).astimezone(seoul)))
    store.record(ID, returned_at=NOW.astimezone(seoul))
    found = store.find(ID)
    assert found is not None
    times = (found.created_at, found.expires_at, found.returned_at)
    assert times == (NOW, NOW + timedelta(days=1), NOW)
    assert [str(moment)[-6:] for moment in times] == ["+00:00"] * 3


def test_a_time_without_offset_is_refused(store: SqlCheckouts) -> None:
    with pytest.raises(StorageError):
        store.add(opened(expires_at=datetime(2027, 1, 1)))  # noqa: DTZ001 - the very mistake
    assert store.find(ID) is None


def test_many_threads_write_without_losing_a_row(engine: Engine) -> None:
    patient = make_engine(address(engine), busy_timeout_ms=20_000)
    store = SqlCheckouts(patient, lambda: NOW)
    together = threading.Barrier(8)

    def work(thread: int) -> None:
        together.wait(60)
        for number in range(thread * 5, thread * 5 + 5):
            store.add(opened(numbered(number)))
            store.record(numbered(number), verdict=VERDICT, returned_at=NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    states = [found.state for number in range(40) if (found := store.find(numbered(number)))]
    patient.dispose()
    assert states == ["returned"] * 40


def test_a_locked_database_is_a_storage_fault_not_a_wait_for_ever(engine: Engine, store: SqlCheckouts) -> None:
    with held(engine), pytest.raises(StorageError):
        store.add(opened())
    store.add(opened())
    assert store.find(ID) == opened()


def test_reading_goes_on_while_another_program_writes(engine: Engine, store: SqlCheckouts) -> None:
    store.add(opened())
    with held(engine):
        assert store.find(ID) == opened()


def test_a_database_without_our_tables_does_not_answer_the_ping(engine: Engine, store: SqlCheckouts) -> None:
    migrate.downgrade(engine, "base")
    with pytest.raises(StorageError):
        store.ping()


def test_a_ping_leaves_nothing_behind(engine: Engine, store: SqlCheckouts) -> None:
    store.ping()
    with engine.connect() as connection:
        assert connection.execute(select(checkouts)).all() == []


@pytest.mark.sqlite
def test_a_damaged_file_is_a_storage_fault_at_every_step(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is no database " * 300)
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    store = SqlCheckouts(engine, lambda: NOW)
    steps: list[Callable[[], object]] = [
        store.ping,
        lambda: store.add(opened()),
        lambda: store.find(ID),
        lambda: store.record(ID, returned_at=NOW),
        lambda: migrate.upgrade(engine),
    ]
    for step in steps:
        with pytest.raises(StorageError):
            step()
    engine.dispose()


def test_a_storage_fault_repeats_no_stored_value(store: SqlCheckouts) -> None:
    store.add(opened())
    with pytest.raises(StorageError) as caught:
        store.add(opened())
    assert ID not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "sqlite:////missing-folder-canary/store.db",
     "nosuchdb://canary:canary@localhost/x", "postgresql+nosuchdriver://canary@localhost/x"],
)  # fmt: skip
def test_a_url_that_cannot_work_is_a_configuration_fault_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^WIDGET_DATABASE_URL: ") as caught:
        make_engine(url)
    assert "canary" not in str(caught.value)


@pytest.mark.sqlite
def test_sqlite_is_durable_waits_and_checks_references(engine: Engine) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 50}
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted


@pytest.mark.sqlite
def test_a_writer_holds_the_write_lock_from_its_first_moment(engine: Engine) -> None:
    other = sqlite3.connect(str(engine.url.database), isolation_level=None, timeout=0)
    with for_writing(engine).begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_failed_write_leaves_nothing_behind(engine: Engine, store: SqlCheckouts) -> None:
    def half_done() -> None:
        with for_writing(engine).begin() as connection:
            row = {name: value for name, value in vars(opened()).items() if name in checkouts.c}
            connection.execute(checkouts.insert().values(**row))
            raise RuntimeError("half done")

    with pytest.raises(RuntimeError):
        half_done()
    assert store.find(ID) is None


def test_an_order_with_very_many_checkouts_costs_no_more_than_some(
    store: SqlCheckouts, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any caller can open them. The newest count, and of those the verdict that was checked last."""
    monkeypatch.setattr("widget_server.adapters.store.checkouts.MOST_READ", 2)
    for number, seconds in enumerate((9, 5, 3)):
        created = NOW + timedelta(minutes=number)
        store.add(Checkout(numbered(number), "order_1", "tab", None, None, created, NOW + timedelta(days=7)))
        store.record(numbered(number), verdict=VERDICT | {"checkedAt": f"2026-03-01T09:30:0{seconds}Z"})
    found = store.find_last_verdict("order_1")
    assert found is not None
    assert found["checkedAt"] == "2026-03-01T09:30:05Z"


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (checkouts_sql._CLAIMED, "steppay_checkouts_claim_ix"),
        (checkouts_sql._LAST_VERDICTS, "steppay_checkouts_order_code_ix"),
    ],
)
def test_an_order_with_very_many_checkouts_is_read_by_an_index(engine: Engine, statement: str, index: str) -> None:
    is_sqlite = engine.dialect.name == "sqlite"
    wanted, values = _translate(statement, is_sqlite), {"code": "order_1", "now": "2026-03-01 00:00:00", "most": 5}
    with engine.connect() as connection:
        if not is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        plan = str(connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' * is_sqlite}{wanted}", values).all())
    assert index in plan
    assert ("B-TREE" in plan, "Sort" in plan) == (False, False), "its order is the index's"
