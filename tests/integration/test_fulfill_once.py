"""docs/examples/fulfill_once.py: one payment, one parcel, however often and from wherever it is told (FF-05)."""

from __future__ import annotations

import importlib.util
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.app_fixture import NOW, PUBLIC, SHOP, FakeStepPay, World
from tests.support.forged_tokens import GOOD_HEADER, claims_of, fixed_key, signed
from tools.wsgi_server import serving
from widget_server.merchant import VerdictVerificationError

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/fulfill_once.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fulfill_once", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(world: World) -> Iterator[str]:
    with serving(world.app) as url:
        yield url


class Shop:
    """The merchant's backend of the example with its own database file."""

    def __init__(self, example: ModuleType, file: Path, server: str) -> None:
        self.example = example
        self.file = file
        self.keys = example.Keys(server)
        with closing(sqlite3.connect(file)) as database:
            database.executescript(example.TABLES)

    def sell(self, code: str, amount: int = 10000) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("INSERT INTO orders VALUES (?, ?, 'KRW')", (code, str(amount)))

    def fulfill(self, token: object, code: str) -> str:
        with closing(sqlite3.connect(self.file, timeout=60)) as database:
            answer = self.example.fulfill(database, self.keys, token, code, issuer=PUBLIC, audience=SHOP, now=NOW)
        return str(answer)

    def told_by_webhook(self, code: str) -> str:
        with closing(sqlite3.connect(self.file, timeout=60)) as database:
            return str(self.example.fulfill_once(database, code))

    def parcels(self) -> int:
        with closing(sqlite3.connect(self.file)) as database:
            return int(database.execute("SELECT count(*) FROM parcels").fetchone()[0])


@pytest.fixture
def shop(example: ModuleType, server: str, tmp_path: Path) -> Shop:
    return Shop(example, tmp_path / "shop.db", server)


def token_for(world: World, code: str) -> str:
    return str(world.client.post("/v1/verify", json={"orderCode": code}).json["token"])


def test_ff_05_the_second_presentation_is_already_fulfilled(world: World, steppay: FakeStepPay, shop: Shop) -> None:
    code = steppay.paid()
    shop.sell(code)
    first, second_device = token_for(world, code), token_for(world, code)
    assert shop.fulfill(first, code) == "fulfilled"
    assert shop.fulfill(first, code) == "already fulfilled"
    assert shop.fulfill(second_device, code) == "already fulfilled"
    assert shop.told_by_webhook(code) == "already fulfilled"
    assert shop.parcels() == 1


def test_ff_05_parallel_presentations_fulfill_once(world: World, steppay: FakeStepPay, shop: Shop) -> None:
    code = steppay.paid()
    shop.sell(code)
    tokens, together = [token_for(world, code) for _ in range(2)], threading.Barrier(8)
    shop.keys.verify(tokens[0], **expectation(code))

    def present(number: int) -> str:
        together.wait()
        return shop.told_by_webhook(code) if number % 4 == 3 else shop.fulfill(tokens[number % 2], code)

    with ThreadPoolExecutor(8) as devices:
        outcomes = sorted(devices.map(present, range(8)))
    assert outcomes == ["already fulfilled"] * 7 + ["fulfilled"]
    assert shop.parcels() == 1


def expectation(code: str) -> dict[str, Any]:
    names = {"issuer": PUBLIC, "audience": SHOP, "currency": "KRW"}
    return {**names, "order_code": code, "amount": 10000, "now": NOW}


def test_ff_05_work_that_fails_leaves_the_order_open(world: World, steppay: FakeStepPay, shop: Shop) -> None:
    code = steppay.paid()
    shop.sell(code)
    with closing(sqlite3.connect(shop.file)) as database:
        database.execute("ALTER TABLE parcels RENAME TO broken")
    with pytest.raises(sqlite3.OperationalError):
        shop.told_by_webhook(code)
    with closing(sqlite3.connect(shop.file)) as database:
        database.execute("ALTER TABLE broken RENAME TO parcels")
    assert shop.fulfill(token_for(world, code), code) == "fulfilled"


def test_ff_04_another_orders_token_fulfills_nothing(world: World, steppay: FakeStepPay, shop: Shop) -> None:
    paid, dear, unpaid = steppay.paid(), steppay.paid(), steppay.unpaid()
    shop.sell(dear, 420000)
    shop.sell(unpaid)
    for code in (dear, unpaid):
        with pytest.raises(VerdictVerificationError):
            shop.fulfill(token_for(world, paid), code)
    with pytest.raises(VerdictVerificationError, match="wrong_amount"):
        shop.fulfill(token_for(world, dear), dear)
    assert shop.fulfill(token_for(world, unpaid), unpaid) == "not paid"
    assert shop.fulfill(token_for(world, paid), paid) == "no such order"
    assert shop.parcels() == 0


def test_keys_are_fetched_when_needed_and_at_most_once_a_minute(
    world: World, steppay: FakeStepPay, example: ModuleType, server: str
) -> None:
    seconds = [0.0]
    keys, code = example.Keys(server, clock=lambda: seconds[0]), steppay.paid()
    token, fetches = token_for(world, code), []
    world.app.before_request_funcs.setdefault(None, []).append(lambda: fetches.append(1))
    stranger = fixed_key("a stranger")
    forged = signed(stranger, claims_of(token), {**GOOD_HEADER, "kid": stranger.kid})
    for _ in range(3):
        assert keys.verify(token, **expectation(code)).is_paid
        with pytest.raises(VerdictVerificationError, match="unknown_key"):
            keys.verify(forged, **expectation(code))
    assert len(fetches) == 1
    seconds[0] = 61
    with pytest.raises(VerdictVerificationError, match="unknown_key"):
        keys.verify(forged, **expectation(code))
    assert len(fetches) == 2
