"""A shop whose own database holds ours too: it has tables called `orders` and `alembic_version` already."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, NullPool, create_engine, inspect, make_url, text

from tests.support.databases import drop, url_of
from widget_server import StepPayCheckout
from widget_server.merchant.webhooks import Delivery
from widget_server.testing import Flow, Simulator
from widget_server.testing import plugin as kit

steppay_running_simulator, steppay_simulator = kit.steppay_running_simulator, kit.steppay_simulator
steppay_key_file, steppay_settings, steppay_flow = kit.steppay_key_file, kit.steppay_settings, kit.steppay_flow
pytestmark = pytest.mark.postgresql  # a SQLite file of ours is ours alone
OWN_TABLES = (
    "CREATE TABLE orders (code VARCHAR(64) PRIMARY KEY, amount INTEGER NOT NULL, state VARCHAR(20) NOT NULL)",
    "CREATE TABLE jobs (id INTEGER PRIMARY KEY)",
    "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('5a1f0c9e77d2')",
)
NEW_STATES = {
    "payment.paid": "fulfilled",
    "payment.no_charge": "trial",
    "payment.partially_refunded": "part back",
    "payment.refunded": "money back",
}


class Orders:
    """The shop's own table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sell(self, code: str, amount: int) -> None:
        self._run("INSERT INTO orders VALUES (:code, :amount, 'open')", code=code, amount=amount)

    def become(self, event: Delivery) -> None:
        if event.type == "renewal.paid":
            self.sell(event.order_code or "", int(event.data["amount"]))
            self._run("UPDATE orders SET state = 'renewed' WHERE code = :code", code=event.order_code)
        else:
            state = NEW_STATES[event.type]
            self._run("UPDATE orders SET state = :state WHERE code = :code", state=state, code=event.order_code)

    def state(self, code: str) -> str:
        with self._engine.connect() as connection:
            found = connection.execute(text("SELECT state FROM orders WHERE code = :code"), {"code": code})
            return str(found.scalar_one())

    def _run(self, statement: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(statement), values)


@pytest.fixture
def shop_engine(tmp_path: Path) -> Iterator[Engine]:
    url = make_url(url_of(tmp_path / "shop.db")).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in OWN_TABLES:
            connection.execute(text(statement))
    yield engine
    gc.collect()  # the application's connections, here where a test ends
    with engine.begin() as connection:  # the next test may get this database
        connection.execute(text("DROP TABLE orders, jobs, alembic_version"))
    drop(tmp_path / "shop.db")


def test_it_sells_refunds_renews_and_lets_a_trial_in(
    shop_engine: Engine,
    tmp_path: Path,
    steppay_settings: dict[str, str],
    steppay_simulator: Simulator,
    steppay_flow: Callable[[Flask], Flow],
) -> None:
    app, orders = Flask("shop", instance_path=str(tmp_path)), Orders(shop_engine)
    app.config.update(steppay_settings, WIDGET_DATABASE_URL=url_of(tmp_path / "shop.db"))
    checkout = StepPayCheckout(app)
    checkout.on(*NEW_STATES, "renewal.paid")(orders.become)
    flow = steppay_flow(app)

    book, month = steppay_simulator.order(12000), steppay_simulator.subscription(9900)
    trial = steppay_simulator.subscription(9900, trial=True)
    for order in (book, month, trial):
        orders.sell(order.code, order.amount)
        token = flow.buy(order.code)["token"]
        with app.app_context():
            assert checkout.verify(token, order_code=order.code, amount=order.amount).order_id == order.id
    flow.work()
    assert [orders.state(order.code) for order in (book, month, trial)] == ["fulfilled", "fulfilled", "trial"]

    book.refund(2000)
    flow.work()
    assert orders.state(book.code) == "part back"
    book.refund()
    renewal = month.renew()
    flow.work(minutes=5)
    assert orders.state(book.code) == "money back"
    assert orders.state(renewal.code) == "renewed"

    names = set(inspect(shop_engine).get_table_names())
    assert {name for name in names if not name.startswith("steppay_")} == {"orders", "jobs", "alembic_version"}
    with shop_engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["5a1f0c9e77d2"]
    result = app.test_cli_runner().invoke(args=["steppay", "orders", "list"])
    assert result.output.count("order_") >= 4
