"""A static page sells: what it may show, what it may order, and that nothing but the merchant's file decides."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.app_fixture import SHOP, TOKEN, FakeStepPay, World, application_over, environment
from tests.support.databases import copy, drop
from tests.support.offer_scenarios import KEY, ORDER, PERSON, buy, selling, write_offers
from widget_server.config import RateLimit

OTHER_SHOP = "https://www.shop.test"
PHONE = {"phone": "010-1234-5678"}


@pytest.fixture
def shop(steppay: FakeStepPay, migrated: Path, tmp_path: Path) -> Iterator[World]:
    """A merchant without a backend: no `WIDGET_API_KEY`."""
    database = tmp_path / "widget.db"
    copy(migrated, database)
    environ = environment(steppay.url, database) | {"WIDGET_OFFERS_FILE": str(write_offers(tmp_path))}
    try:
        with application_over(environ) as world:
            yield world
    finally:
        drop(database)


def at_steppay(steppay: FakeStepPay, path: str) -> Any:
    return requests.get(f"{steppay.url}/api/v1/{path}", headers={"Secret-Token": TOKEN}, timeout=60).json()


def test_an_offers_page_shows_it_in_the_shoppers_language(shop: World) -> None:
    path, page = "/v1/offers/beans", {"Origin": SHOP}
    answer = shop.client.get(path, headers=page)
    assert answer.json == {
        "offer": "beans",
        "title": "달보드레 블렌드",
        "text": "오늘 볶아 보냅니다.",
        "amount": 18000,
        "currency": "KRW",
        "quantity": {"min": 1, "max": 3},
        "phone": "none",
        "privacyUrl": "https://shop.test/privacy",
    }
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Vary"] == "Accept-Language, Origin"
    english = shop.client.get(path, headers=page | {"Accept-Language": "en-US"}).json
    assert (english["title"], english["text"]) == ("Dalbodeure Blend", None)
    assert shop.client.get(f"{path}?lang=ko", headers={"Accept-Language": "en"}).json["title"] == "달보드레 블렌드"
    assert shop.client.get("/v1/offers/trial?lang=en").json["title"] == "첫 달 무료 체험"


def test_an_order_is_the_files_and_is_bound(shop: World, steppay: FakeStepPay) -> None:
    answer = buy(shop.client, json=ORDER | {"quantity": 3})
    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"orderCode", "expiresAt"}
    assert answer.json["expiresAt"] == "2026-11-23T03:46:00Z"
    made = at_steppay(steppay, f"orders/{answer.json['orderCode']}")
    (item,) = made["items"]
    assert (item["product"]["code"], item["quantity"], made["paidAmount"]) == ("product_beans", 3, 54000)
    assert made["purchaseDeadline"] == "2026-11-23T12:46:00"
    bound = shop.deps.expectations.find(answer.json["orderCode"])
    assert bound is not None
    assert bound.expectation.amount == 54000


def test_a_free_trial_that_an_offer_made_is_fulfilled_without_a_backend(shop: World, steppay: FakeStepPay) -> None:
    answer = buy(shop.client, "trial", json={"customer": PERSON | PHONE})
    code = answer.json["orderCode"]
    url = f"{steppay.url}/simulator/orders/{code}/scenario"
    requests.post(url, json={"scenario": "paid"}, timeout=60).raise_for_status()
    verdict = shop.client.post("/v1/verify", json={"orderCode": code}).json
    assert (verdict["reason"], verdict["fulfill"], verdict["amount"]) == ("zero_amount", True, 0)


def test_a_repeat_gives_the_same_order_with_its_own_deadline(shop: World, steppay: FakeStepPay) -> None:
    first = buy(shop.client)
    shop.clock.pass_by(timedelta(minutes=5))
    steppay.forget_calls()
    again = buy(shop.client)
    assert (again.status_code, again.json) == (201, first.json)
    assert steppay.calls() == []
    assert buy(shop.client, key=f"{KEY}-2").json["expiresAt"] == "2026-11-23T03:51:00Z"


def test_keys_of_two_offers_never_meet(shop: World) -> None:
    body = {"customer": PERSON | PHONE}
    beans, trial = (buy(shop.client, offer, json=body) for offer in ("beans", "trial"))
    assert (beans.status_code, trial.status_code) == (201, 201)
    assert beans.json["orderCode"] != trial.json["orderCode"]


@pytest.mark.parametrize(
    ("offer", "body", "wrong"),
    [
        ("beans", {"customer": {}, "quantity": 4}, {"customer.name", "customer.email", "quantity"}),
        ("beans", {"customer": PERSON, "quantity": 0}, {"quantity"}),
        ("beans", {"customer": PERSON, "quantity": True}, {"quantity"}),
        ("beans", {"customer": PERSON, "quantity": "2"}, {"quantity"}),
        ("beans", {"customer": PERSON, "quantity": 1.5}, {"quantity"}),
        ("trial", {"customer": PERSON}, {"customer.phone"}),
        ("trial", {"customer": PERSON | {"phone": "call me"}, "quantity": 2}, {"customer.phone", "quantity"}),
        ("beans", {"customer": [PERSON]}, {"customer.name", "customer.email"}),
        ("beans", {"customer": {"id": 1}}, {"customer.name", "customer.email"}),
        ("beans", {"customer": {"code": "customer_a"}}, {"customer.name", "customer.email"}),
    ],
)
def test_every_wrong_field_is_named_and_nothing_is_made(
    *, shop: World, steppay: FakeStepPay, offer: str, body: dict[str, Any], wrong: set[str]
) -> None:
    answer = buy(shop.client, offer, json=body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, wrong)
    assert steppay.calls() == []


def test_a_price_that_changed_at_steppay_gives_out_no_code(shop: World, caplog: pytest.LogCaptureFixture) -> None:
    answer = buy(shop.client, "changed")
    assert (answer.status_code, answer.json["code"]) == (503, "offer_changed")
    assert "Retry-After" not in answer.headers
    (line,) = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert line.startswith("offer_changed offer=changed order=order_")
    assert line.partition("order=")[2].partition(" ")[0] not in answer.text


def test_only_an_offers_own_pages_sell_it(shop: World, steppay: FakeStepPay) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    path = "/v1/offers/beans/orders"
    allowed = shop.client.options(path, headers=preflight | {"Origin": SHOP}).headers
    assert "idempotency-key" in allowed["Access-Control-Allow-Headers"].lower()
    for origin in (OTHER_SHOP, "https://evil.test", "null"):
        assert buy(shop.client, origin=origin).json["code"] == "origin_not_allowed"
    assert steppay.calls() == []
    assert buy(shop.client, "trial", origin=OTHER_SHOP).status_code == 422  # its pages are all of the shop's


def test_without_the_setting_there_are_no_offers(world: World) -> None:
    answers = [world.client.get("/v1/offers/beans"), buy(world.client)]
    assert [answer.json["code"] for answer in answers] == ["offer_not_found"] * 2


def test_strangers_make_few_orders_and_repeats_cost_nothing(keyed: World) -> None:
    """Also where `WIDGET_RATE_LIMIT` is off, in production."""

    def clients(address: int) -> dict[str, str]:
        return {"REMOTE_ADDR": f"198.51.100.{address}"}

    limits = {"rate_limit": None, "env": "production", "offer_limit": RateLimit(10, 3600)}
    client = selling(keyed, settings=limits)
    orders = [buy(client, key=f"{KEY}-{number}", environ_overrides=clients(1)) for number in range(3)]
    assert [answer.status_code for answer in orders] == [201, 201, 429]
    assert int(orders[2].headers["Retry-After"]) > 0
    repeats = [buy(client, key=f"{KEY}-1", environ_overrides=clients(1)) for _ in range(9)]
    assert {answer.json["orderCode"] for answer in repeats} == {orders[1].json["orderCode"]}
    assert buy(client, key=f"{KEY}-2", environ_overrides=clients(1)).status_code == 429
    assert buy(client, key=f"{KEY}-2", environ_overrides=clients(2)).status_code == 201


def test_all_strangers_together_make_few_orders_of_one_offer(keyed: World) -> None:
    client = selling(keyed, settings={"rate_limit": RateLimit(60, 60), "offer_limit": RateLimit(1, 3600)})
    answers = [
        buy(client, key=f"{KEY}-{number}", json={}, environ_overrides={"REMOTE_ADDR": f"198.51.{number}.1"})
        for number in range(22)
    ]
    assert {answer.status_code for answer in answers} == {422}  # a mistake uses nothing up
    answers = [
        buy(client, key=f"{KEY}-{number}", environ_overrides={"REMOTE_ADDR": f"198.51.{number}.1"})
        for number in range(21)
    ]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    phone = {"customer": PERSON | PHONE}
    assert buy(client, "trial", json=phone, environ_overrides={"REMOTE_ADDR": "198.51.99.1"}).status_code == 201
