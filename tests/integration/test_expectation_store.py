"""Expectations on a real database: exact, bound at once or not at all, and migrated up and down."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import Engine, inspect

from tests.support.database_failures import held
from widget_server.adapters.store import migrate
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.expectations import SqlExpectations
from widget_server.domain.expectation import Binding, Outcome
from widget_server.domain.model import Expectation
from widget_server.errors import MerchantApiDisabled, StorageError
from widget_server.services.expectations import NoExpectations

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
CODE = "order_1"
WON = Expectation(Decimal(10000), "KRW")
MORE = Expectation(Decimal(420000), "KRW")


@pytest.fixture
def store(engine: Engine) -> SqlExpectations:
    return SqlExpectations(engine)


@pytest.mark.parametrize(
    "amount", ["0", "-0.0", "10000", "1E+4", "10000.00", "0.1", "0.000000000000001", "999999999999999", "99.999"]
)
def test_an_amount_comes_back_exactly(store: SqlExpectations, amount: str) -> None:
    expectation = Expectation(Decimal(amount), "USD")
    assert store.bind(CODE, expectation, NOW) == (Binding(expectation, NOW), Outcome.CREATED)
    assert store.find(CODE) == Binding(expectation, NOW)
    assert store.settle(CODE, expectation, LATER)
    assert store.find(CODE) == Binding(expectation, NOW, LATER)


def test_codes_in_another_case_are_other_orders(store: SqlExpectations) -> None:
    store.bind(CODE, WON, NOW)
    assert store.find(CODE.upper()) is None


def test_a_settled_expectation_stands_and_keeps_its_first_time(store: SqlExpectations) -> None:
    store.bind(CODE, WON, NOW)
    seoul = timezone(timedelta(hours=9))
    assert store.settle(CODE, WON, NOW.astimezone(seoul))
    assert store.settle(CODE, WON, LATER)
    assert store.bind(CODE, MORE, LATER) == (Binding(WON, NOW, NOW), Outcome.REFUSED)
    assert store.find(CODE) == Binding(WON, NOW, NOW)


class Slow(SqlExpectations):
    """Has read before another answer settled the same order."""

    def find(self, order_code: str) -> Binding | None:
        return Binding(WON, NOW)


def test_of_two_answers_at_once_the_first_time_stays(engine: Engine, store: SqlExpectations) -> None:
    store.bind(CODE, WON, NOW)
    assert store.settle(CODE, WON, NOW)
    assert Slow(engine).settle(CODE, WON, LATER)
    assert store.find(CODE) == Binding(WON, NOW, NOW)


@pytest.mark.parametrize(
    ("stored", "checked"), [(WON, MORE), (WON, None), (None, WON), (WON, Expectation(Decimal(10000), "USD"))], ids=str
)
def test_nothing_is_settled_that_was_not_checked(
    store: SqlExpectations, stored: Expectation | None, checked: Expectation | None
) -> None:
    if stored:
        store.bind(CODE, stored, NOW)
    assert not store.settle(CODE, checked, LATER)
    assert store.find(CODE) == (Binding(stored, NOW) if stored else None)


def test_an_order_without_expectation_needs_no_settling(store: SqlExpectations) -> None:
    assert store.settle(CODE, None, NOW)


def test_of_many_bindings_at_once_one_is_first_and_one_is_last(engine: Engine) -> None:
    patient = make_engine(engine.url.render_as_string(hide_password=False), busy_timeout_ms=20_000)
    store, together = SqlExpectations(patient), threading.Barrier(8)

    def work(number: int) -> Outcome:
        together.wait(60)
        return store.bind(CODE, Expectation(Decimal(number), "KRW"), NOW)[1]

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(work, range(8)))
    patient.dispose()
    assert sorted(outcomes) == [Outcome.CHANGED] * 7 + [Outcome.CREATED]


def test_a_locked_database_is_a_storage_fault_and_reading_goes_on(engine: Engine, store: SqlExpectations) -> None:
    store.bind(CODE, WON, NOW)
    with held(engine):
        for write in (lambda: store.bind(CODE, MORE, NOW), lambda: store.settle(CODE, WON, NOW)):
            with pytest.raises(StorageError):
                write()
        assert store.find(CODE) == Binding(WON, NOW)


def test_a_database_without_the_table_is_a_storage_fault(engine: Engine, store: SqlExpectations) -> None:
    migrate.downgrade(engine, "base")
    with pytest.raises(StorageError) as caught:
        store.find(CODE)
    assert CODE not in f"{caught.value} {caught.value.__cause__}"


def test_a_row_holds_nothing_but_the_expectation(engine: Engine) -> None:
    columns = {column["name"] for column in inspect(engine).get_columns("steppay_expectations")}
    assert columns == {"order_code", "amount", "currency", "bound_at", "settled_at"}


def test_without_an_api_key_nothing_is_expected_and_nothing_is_lost() -> None:
    store = NoExpectations()
    assert store.find(CODE) is None
    assert store.settle(CODE, None, NOW)
    with pytest.raises(MerchantApiDisabled):
        store.bind(CODE, WON, NOW)
