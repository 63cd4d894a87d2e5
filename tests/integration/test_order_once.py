"""One order for each idempotency key: repeats, two callers at once, lost answers, and keys that are not right."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import text

from tests.support.app_fixture import API_KEY, TOKEN, FakeStepPay, World
from widget_server.adapters.store.order_requests import purge_order_requests
from widget_server.adapters.store.tables import metadata
from widget_server.domain.order_request import KEPT, LEASE, SETTLED_AFTER, MadeOrder, OrderRequest
from widget_server.errors import StorageError

pytestmark = pytest.mark.usefixtures("each_adapter")

KEY = "7f3c1c9e-6a52-4d0b-9d55-0f6f0a4f8a11"
BEANS = [{"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW", "quantity": 2}]
PERSON = {"name": "canary 김달래", "email": "canary@shop.kr", "phone": "010-9876-5432"}
SECOND = timedelta(seconds=1)


def post(world: World, customer: Any = None, key: str | None = KEY, **changes: Any) -> Any:
    given = {"Authorization": f"Bearer {API_KEY}"} | ({"Idempotency-Key": key} if key is not None else {})
    body = {"customer": customer or PERSON, "items": BEANS, **changes}
    return world.client.post("/v1/orders", json=body, headers=given)


def answer_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json.get("code") or answer.json.get("orderCode")


@dataclass(frozen=True)
class Shop:
    """The merchant's account at the simulated StepPay."""

    url: str

    def customer(self, **members: str) -> int:
        """A customer who is there already, with an older order that looks the same."""
        made = self._call("POST", "customers", json={"name": "김달래", "email": "dallae@shop.kr", **members}).json()
        item = {"minimumQuantity": 2, **{name: BEANS[0][name] for name in ("productCode", "priceCode", "currency")}}
        assert self._call("POST", "orders", json={"customerId": made["id"], "items": [item]}).ok
        return int(made["id"])

    def orders(self) -> int:
        return int(self._call("GET", "orders").json()["totalElements"])

    def lose(self, fault: str) -> None:
        requests.post(f"{self.url}/simulator/faults", json={"fault": fault}, timeout=60).raise_for_status()

    def _call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Secret-Token": TOKEN}
        return requests.request(method, f"{self.url}/api/v1/{path}", headers=headers, timeout=60, **more)


@pytest.fixture
def shop(steppay: FakeStepPay) -> Shop:
    requests.post(f"{steppay.url}/simulator/reset", timeout=60).raise_for_status()
    return Shop(steppay.url)


def test_a_repeat_gives_the_same_answer_and_asks_nothing(keyed: World, steppay: FakeStepPay) -> None:
    made = post(keyed, purchaseDeadline="2026-12-31T23:59:00+09:00")
    assert made.status_code == 201, made.text
    body = made.json
    assert (body["amount"], body["currency"], body["expiresAt"]) == (36000, "KRW", "2026-12-31T14:59:00Z")
    assert body["payUrl"].endswith(f"/v1/pay/{body['orderCode']}")
    assert f'data-steppay-order="{body["orderCode"]}"' in body["html"]
    again = post(keyed, key=f'"{KEY}"', purchaseDeadline="2026-12-31T14:59:00Z")
    assert (again.status_code, again.json) == (201, body)
    assert steppay.calls() == ["/api/v1/customers", "/api/v1/orders"]
    bound = keyed.deps.expectations.find(body["orderCode"])
    assert bound is not None
    assert bound.expectation.amount == 36000


@pytest.mark.parametrize("fault", ["lost", "failed"])
@pytest.mark.parametrize("by", ["new", "id", "reuse", "code"])
def test_KE_01_an_order_whose_answer_was_lost_is_found_again(keyed: World, shop: Shop, by: str, fault: str) -> None:
    number = shop.customer()
    named = {"name": "김달래", "email": "dallae@shop.kr", "reuse": True}
    code = shop._call("GET", f"customers/{number}").json()["code"]
    customer = {"new": PERSON, "id": {"id": number}, "reuse": named, "code": {"code": code}}[by]
    shop.customer(name="another", email="another@shop.kr")
    before = shop.orders()
    shop.lose(fault)
    lost = post(keyed, customer)
    assert answer_of(lost) == (409, "order_unconfirmed")
    assert int(lost.headers["Retry-After"]) >= 1
    found = post(keyed, customer)
    assert found.status_code == 201, found.text
    assert post(keyed, customer).json == found.json
    assert shop.orders() == before + 1


def test_KE_02_what_steppay_never_made_is_sent_again_only_when_that_is_settled(keyed: World, shop: Shop) -> None:
    shop.lose("refused")
    assert answer_of(post(keyed)) == (409, "order_unconfirmed")
    keyed.clock.pass_by(SETTLED_AFTER - SECOND)
    assert answer_of(post(keyed)) == (409, "order_unconfirmed")
    keyed.clock.pass_by(2 * SECOND)
    assert post(keyed).status_code == 201
    assert shop.orders() == 1


def test_KE_03_a_customer_whose_orders_cannot_be_read_is_left_to_a_person(keyed: World, shop: Shop) -> None:
    """Of a customer by code only the list of all orders is read; that it does not show the order proves nothing."""
    made = shop._call("POST", "customers", json={"name": "a", "email": "a@shop.kr"}).json()
    shop.lose("refused")
    for _ in range(2):
        assert answer_of(post(keyed, {"code": made["code"]})) == (409, "order_unconfirmed")
    shop.customer()  # who orders the same meanwhile
    keyed.clock.pass_by(timedelta(days=1))
    assert answer_of(post(keyed, {"code": made["code"]})) == (502, "order_outcome_unknown")
    assert shop.orders() == 1


def test_KE_04_equal_orders_of_two_lost_answers_are_told_apart(keyed: World, shop: Shop) -> None:
    customer = {"id": shop.customer()}
    keys = ["first-key", "second-key"]
    for key in keys:
        shop.lose("lost")
        post(keyed, customer, key)
    found = {post(keyed, customer, key).json["orderCode"] for key in keys}
    assert len(found) == 2
    assert shop.orders() == 3


def test_KE_05_an_order_made_elsewhere_is_not_taken(keyed: World, shop: Shop) -> None:
    """Two that fit, and one request that misses one: a person decides."""
    customer = {"id": shop.customer()}
    shop.lose("lost")
    post(keyed, customer)
    item = {"minimumQuantity": 2, **{name: BEANS[0][name] for name in ("productCode", "priceCode", "currency")}}
    shop._call("POST", "orders", json={"customerId": customer["id"], "items": [item]})
    assert answer_of(post(keyed, customer)) == (502, "order_outcome_unknown")


class Gone:
    """The store of a process that ends between StepPay's answer and the row."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def complete(self, request: OrderRequest, made: MadeOrder, now: Any) -> bool:
        raise StorageError("gone")

    def release(self, request: OrderRequest) -> None:
        raise StorageError("gone")


def test_KE_06_who_takes_over_waits_for_the_lease_and_finds_the_order(keyed: World, shop: Shop) -> None:
    dying = replace(keyed, app=keyed.app)
    dying.client = keyed.with_deps(order_requests=Gone(keyed.deps.order_requests))
    assert answer_of(post(dying)) == (503, "storage_unavailable")
    busy = post(keyed)
    assert answer_of(busy) == (409, "order_in_progress")
    assert busy.headers["Retry-After"]
    keyed.clock.pass_by(LEASE + SECOND)
    assert post(keyed).status_code == 201
    assert shop.orders() == 1


def test_KE_07_eight_callers_with_one_key_make_one_order(keyed: World, shop: Shop) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(keyed), range(8)))
    assert {answer_of(one)[1] for one in answers} <= {"order_in_progress", post(keyed).json["orderCode"]}
    assert shop.orders() == 1


@pytest.mark.parametrize(
    "key", [None, "", "short", "a" * 129, "with space", "키키키키키키키키", '"open-quote', "a\tb-c-d-e-f"]
)
def test_a_key_of_another_form_makes_nothing(keyed: World, steppay: FakeStepPay, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key.encode().decode("latin-1")}
    refused = keyed.client.post(
        "/v1/orders",
        json={"customer": PERSON, "items": BEANS},
        headers={"Authorization": f"Bearer {API_KEY}", **headers},
    )
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["Idempotency-Key"])
    assert steppay.calls() == []


@pytest.mark.parametrize("change", ["customer", "items", "purchaseDeadline"])
def test_KE_08_a_key_with_another_body_makes_nothing(keyed: World, steppay: FakeStepPay, change: str) -> None:
    assert post(keyed).status_code == 201
    steppay.forget_calls()
    other = {
        "customer": {**PERSON, "email": "other@shop.kr"},
        "items": [{**BEANS[0], "quantity": 1}],
        "purchaseDeadline": "2026-12-31T00:00:00Z",
    }
    assert answer_of(post(keyed, **{change: other[change]})) == (422, "idempotency_key_reused")
    assert steppay.calls() == []


def test_a_refusal_frees_its_key(keyed: World, shop: Shop) -> None:
    wrong = [{"productCode": "product_none", "priceCode": "price_none"}]
    refused = post(keyed, items=wrong)
    assert (refused.status_code, refused.json["code"]) == (422, "order_refused")
    assert post(keyed).status_code == 201
    assert answer_of(post(keyed, {"id": 10**12}, "another-key")) == (422, "order_refused")
    invalid = post(keyed, {**PERSON, "email": "x"}, items=[{**BEANS[0], "quantity": 0}], purchaseDeadline="soon")
    assert set(invalid.json["errors"]) == {"purchaseDeadline"}
    assert set(post(keyed, {**PERSON, "email": "x"}, items=[]).json["errors"]) == {"customer.email", "items"}


def test_KE_09_a_known_customer_is_taken_only_when_it_is_exactly_this_one(keyed: World, shop: Shop) -> None:
    known = shop.customer()
    near = [("김달래", "dallae@shop.kr.evil"), ("김달래 ", "dallae@shop.kr"), ("김달래", "Dallae@shop.kr")]
    for name, email in near:
        shop.customer(name=name, email=email)
    body = {"name": "김달래", "email": "dallae@shop.kr"}
    used = [post(keyed, {**body, "reuse": True}, "reuse-key"), post(keyed, body, "plain-key")]
    customers = [keyed_order_customer(shop, one.json["orderId"]) for one in used]
    assert customers[0] == known != customers[1]
    refused = post(keyed, {**body, "reuse": True}, "third-key")
    assert "several" in refused.json["errors"]["customer"][0]


def keyed_order_customer(shop: Shop, number: int) -> int:
    return int(shop._call("GET", f"orders/{number}").json()["customer"]["id"])


def test_LK_09_nothing_of_a_request_is_kept(keyed: World, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "widget_server")
    shop.lose("lost")
    answers = [post(keyed, {**PERSON, "reuse": True}) for _ in range(2)]
    answers.append(post(keyed, {**PERSON, "email": "canary"}, "another-key"))
    shown = [one.text for one in answers]
    shown += [record.getMessage() for record in caplog.records if record.name.startswith("widget_server")]
    with keyed.engine.connect() as connection:
        shown += [str(connection.execute(text(f"SELECT * FROM {table}")).all()) for table in metadata.tables]
        row = connection.execute(text("SELECT * FROM steppay_order_requests")).mappings().one()
    assert not [mark for mark in ("canary", "김달래", "9876", KEY) for line in shown if mark in line]
    assert (row["order_code"], row["customer_id"]) == (answers[1].json["orderCode"], None)


def test_old_keys_are_deleted(keyed: World, shop: Shop) -> None:
    first = post(keyed).json["orderCode"]
    purge_order_requests(keyed.engine, keyed.clock.now + KEPT - SECOND)
    assert post(keyed).json["orderCode"] == first
    purge_order_requests(keyed.engine, keyed.clock.now + KEPT + SECOND)
    assert post(keyed).json["orderCode"] != first


@pytest.mark.parametrize(
    "bad", ["a@shop.kr\r\nBcc: x@evil.kr", "a@shop.kr\n", "a@shop.kr\x00", "a b@shop.kr", "a@@shop.kr"]
)
def test_KE_10_no_line_of_a_customer_gets_beyond_its_field(keyed: World, shop: Shop, bad: str) -> None:
    assert set(post(keyed, {**PERSON, "email": bad}).json["errors"]) == {"customer.email"}
    assert set(post(keyed, {**PERSON, "name": bad[:9] + "\r\nX: y"}).json["errors"]) == {"customer.name"}
    script = '<script>alert("x")</script>&keyword='
    made = post(keyed, {**PERSON, "name": script, "reuse": True})
    assert made.status_code == 201
    assert "script" not in made.text
    assert shop._call("GET", "customers").json()["content"][0]["name"] == script


def test_KE_11_strangers_learn_nothing_of_keys_and_customers(keyed: World, shop: Shop) -> None:
    assert post(keyed).status_code == 201
    for extra, code in (
        ({}, "unauthorized"),
        ({"Authorization": f"Bearer {API_KEY}x"}, "unauthorized"),
        ({"Authorization": f"Bearer {API_KEY}", "Origin": "https://shop.test"}, "browser_not_allowed"),
    ):
        seen = set()
        for key in (KEY, "another-key"):
            body = {"customer": PERSON, "items": BEANS}
            answer = keyed.client.post("/v1/orders", json=body, headers={"Idempotency-Key": key, **extra})
            seen.add((answer.status_code, answer.json["code"], answer.json["detail"]))
        assert len(seen) == 1
        assert seen.pop()[1] == code
    assert shop.orders() == 1
