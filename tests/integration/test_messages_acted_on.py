"""What the documents tell a backend to do with messages is run here: its own orders alone, for what it sold, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count, product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import requests
from flask import Flask, request

from tests.integration.test_fulfill_once import example
from tests.integration.test_ledger import REFUNDED
from tests.support.app_fixture import COMPLETE, NOW, PAID, TOKEN, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, work
from tests.support.merchant import bind, verify
from widget_server.demo.shop.catalogue import BEANS
from widget_server.demo.shop.order_updates import OrderUpdates
from widget_server.domain.model import OrderType
from widget_server.domain.subscription import EVENTS
from widget_server.domain.transitions import MISMATCH_TYPE, OrderState, webhook_type
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.merchant import Verdict
from widget_server.merchant.webhooks import TYPES, Delivery

__all__ = ["example"]
PAGE = Path(__file__).resolve().parents[2] / "docs/deliveries.md"
TRIALS = [PAGE.parent / "free-trials.md", PAGE.parent / "ko/free-trials.md"]
BACKEND = (PAGE.parent / "backend.md").read_text("utf-8")
SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
_ids = count(1)
TRIAL = {**PAID, "paidAmount": 0, "type": "RECURRING_INITIAL", "subscriptions": [{"id": 77}]}
PRODUCT = replace(BEANS, name=("원두", "Beans"), price_krw=10000)
MONTH = {**PAID, "type": "RECURRING", "subscriptions": [{"id": 77}]}


def delivery(kind: str, code: str, amount: object = 10000, currency: str = "KRW", **more: Any) -> Delivery:
    data = {"orderCode": code, "amount": amount, "currency": currency, "subscriptionIds": [], "fulfill": True, **more}
    return Delivery(f"evt_{next(_ids)}", kind, data)


@pytest.fixture
def shop(example: ModuleType, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The example's database, with one order of 10,000 KRW and one trial."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.executescript(example.TABLES)
        with database:
            rows = [("order_mine", "10000", "KRW"), ("order_trial", "0", "KRW")]
            database.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
        yield database


def parcels(database: sqlite3.Connection) -> list[str]:
    return [row[0] for row in database.execute("SELECT order_code FROM parcels ORDER BY id")]


@pytest.mark.parametrize(
    ("message", "outcome", "sent"),
    [
        (delivery("payment.paid", "order_mine"), "fulfilled", ["order_mine"]),
        (delivery("payment.paid", "order_of_another_shop"), "no order of ours", []),
        (delivery("payment.paid", "order_mine", 9000), "to review", []),
        (delivery("payment.paid", "order_mine", 10000, "USD"), "to review", []),
        (delivery("payment.mismatch", "order_mine", 9000, fulfill=False), "to review", []),
        (delivery("payment.no_charge", "order_trial", 0, reason="zero_amount"), "fulfilled", ["order_trial"]),
        (delivery("payment.no_charge", "order_mine", 0, reason="zero_amount"), "to review", []),
        (delivery("payment.no_charge", "order_trial", 0, reason="zero_amount", fulfill=False), "nothing to do", []),
        (delivery("payment.refunded", "order_mine"), "to review", []),
        (delivery("payment.failed", "order_mine"), "nothing to do", []),
        (delivery("renewal.paid", "order_next", subscriptionIds=[77]), "no order of ours", []),
        (delivery("renewal.paid", "order_next"), "no order of ours", []),
        (Delivery("evt_s", "subscription.active", {"subscriptionId": 77, "access": True}), "no order of ours", []),
    ],
    ids=lambda value: f"{value.type} {value.data.get('amount')}" if isinstance(value, Delivery) else None,
)
def test_the_example_acts_on_its_own_orders_for_what_it_sold(
    example: ModuleType, shop: sqlite3.Connection, message: Delivery, outcome: str, sent: list[str]
) -> None:
    assert example.process_webhook(shop, message) == outcome
    assert parcels(shop) == sent


def test_the_example_follows_a_trial_into_its_months(
    example: ModuleType, shop: sqlite3.Connection, keyed: World, steppay: FakeStepPay
) -> None:
    """With the messages that the server really sends."""
    merchant = FakeMerchant()
    bind(keyed, "order_trial", {"amount": 0, "currency": "KRW"})
    for order, receipt, code in ((TRIAL, 404, "order_trial"), (MONTH, COMPLETE, "order_next")):
        steppay.order(order, receipt, code)
        verify(keyed, code)
        work(keyed, merchant)
    messages = [Delivery(event_id, body["type"], body["data"]) for event_id, body in merchant.told]
    outcomes = [example.process_webhook(shop, message) for message in [*messages, *messages]]
    assert outcomes == ["fulfilled", "renewed", "already fulfilled", "already renewed"]
    assert shop.execute("SELECT order_code, first_order FROM renewals").fetchall() == [("order_next", "order_trial")]


class Rows:
    """What the sample of docs/deliveries.md finds in its shop, and what it did."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.database.execute("CREATE TABLE orders (code TEXT, amount INTEGER, currency TEXT)")
        self.database.execute("INSERT INTO orders VALUES ('order_mine', 10000, 'KRW')")
        self.did: list[str] = []

    def client(self) -> Any:
        app = Flask("sample")
        sample = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        assert sample
        names = {
            **{"app": app, "request": request, "SECRET": SECRET, "database": lambda: self.database},
            "fulfill_once": lambda _rows, code: self.did.append(code),
            "ask_for_review": lambda _rows, data: self.did.append(f"? {data['amount']}"),
        }
        exec(sample[1], names)  # noqa: S102  # our own page
        return app.test_client()


def post(client: Any, body: dict[str, Any]) -> int:
    raw, stamp, event_id = json.dumps(body).encode(), str(int(datetime.now(UTC).timestamp())), "evt_1"
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{event_id}.{stamp}.".encode() + raw, hashlib.sha256)
    signature = f"v1,{base64.b64encode(mac).decode()}"
    headers = {"webhook-id": event_id, "webhook-timestamp": stamp, "webhook-signature": signature}
    return int(client.post("/steppay/events", data=raw, headers=headers).status_code)


def test_the_sample_of_the_page_acts_as_it_says(keyed: World, steppay: FakeStepPay) -> None:
    merchant, rows = FakeMerchant(), Rows()
    client = rows.client()
    steppay.order({**PAID, "paidAmount": 9000}, COMPLETE, "order_mine")
    bind(keyed, "order_mine")
    for code in ("order_mine", steppay.paid(), steppay.order(*REFUNDED)):
        verify(keyed, code)
    work(keyed, merchant)
    assert [post(client, body) for _id, body in merchant.told] == [204] * 3
    assert rows.did == ["? 9000"]
    steppay.order(PAID, COMPLETE, "order_mine")
    verify(keyed, "order_mine")
    work(keyed, merchant)
    assert post(client, merchant.told[-1][1]) == 204
    assert rows.did == ["? 9000", "order_mine"]
    assert client.post("/steppay/events", data=b"{}").status_code == 400


def test_every_type_that_is_sent_is_documented_in_both_places() -> None:
    sent = {MISMATCH_TYPE, *(event for event in EVENTS.values())}
    for kind, order_type, reason in product(VerdictKind, OrderType, ("r", "payment_method_registered")):
        sent.add(webhook_type(OrderState(kind, reason, Decimal(0), NOW), order_type) or MISMATCH_TYPE)
    assert sent == set(TYPES)
    listed = re.findall(
        r"`((?:payment|renewal|subscription)\.[a-z_]+)`",
        PAGE.read_text("utf-8").partition("| type |")[2].partition("```")[0],
    )
    assert set(listed) == sent


def test_the_demo_shop_shows_its_own_orders_alone_and_renewals_by_their_subscription() -> None:
    updates = OrderUpdates()
    updates.add_sale("order_mine", PRODUCT)
    updates.receive(delivery("payment.paid", "order_mine", subscriptionIds=[77], fulfill=True))
    updates.receive(delivery("payment.paid", "order_other", fulfill=True))
    updates.receive(delivery("renewal.paid", "order_next", subscriptionIds=[77], fulfill=True))
    updates.receive(delivery("renewal.paid", "order_strange", subscriptionIds=[78], fulfill=True))
    assert [(order.code, order.product.name[1]) for order in updates.latest()] == [
        ("order_next", "Beans"),
        ("order_mine", "Beans"),
    ]


def test_the_demo_shop_shows_no_payment_of_another_amount() -> None:
    updates = OrderUpdates()
    updates.add_sale("order_mine", PRODUCT)
    updates.receive(delivery("payment.paid", "order_mine", 9000, fulfill=True))
    updates.receive(delivery("payment.mismatch", "order_mine", 9000, fulfill=False, verdict="mismatch"))
    assert [message["type"] for order in updates.latest() for message in order.messages] == ["payment.mismatch"]


def test_the_demo_shop_asks_what_an_order_of_an_offer_is_for() -> None:
    updates = OrderUpdates({"order_offer": (PRODUCT, 2), "order_other": None}.__getitem__)
    for code, amount in (("order_offer", 20000), ("order_other", 10000)):
        updates.receive(delivery("payment.paid", code, amount))
    assert [order.code for order in updates.latest()] == ["order_offer"]


def samples(page: str, heading: str) -> str:
    """The first Python sample below a heading."""
    found = re.search(r"```python\n(.*?)```", page.partition(heading)[2], re.DOTALL)
    assert found
    return found[1]


def test_the_body_that_creates_an_order_is_taken(steppay: FakeStepPay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPPAY_SECRET_TOKEN", TOKEN)
    names = {"os": os, "requests": requests, "STEPPAY": steppay.url, "name": "김달래", "email": "a@shop.localhost"}
    exec(samples(BACKEND, "## Create the order"), names)  # noqa: S102  # our own page
    assert re.fullmatch(r"order_[A-Za-z0-9]+", str(names["code"]))


@pytest.mark.parametrize("page", TRIALS, ids=lambda page: page.parent.name)
@pytest.mark.parametrize(
    ("verdict", "reason", "price", "let_in"),
    [
        ("no_charge", "zero_amount", 0, ["order_mine"]),
        ("no_charge", "zero_amount", 10000, []),
        ("no_charge", "payment_method_registered", 0, []),
        ("paid", "payment_complete", 10000, ["order_mine"]),
        ("pending", "not_paid_yet", 0, []),
    ],
)
def test_a_rule_of_your_own_lets_in_who_was_sold_a_trial(
    page: Path, verdict: str, reason: str, price: int, let_in: list[str]
) -> None:
    """Without a binding: the server says that it must not be fulfilled."""
    told = Verdict("order_mine", 7, verdict, reason, verdict == "paid", Decimal(price), "KRW")
    done: list[str] = []
    order = SimpleNamespace(code="order_mine", amount=Decimal(price))
    exec(  # noqa: S102  # our own page
        re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[-1],
        {"verdict": told, "order": order, "fulfill_once": lambda sold: done.append(sold.code)},
    )
    assert done == let_in
