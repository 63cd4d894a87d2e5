"""Order codes with a fixed outcome: what the simulator's table says is what a real server answers."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from tests.support import app_fixture
from tests.support.app_fixture import FakeStepPay, World
from tests.support.merchant import bind, verify
from widget_server.demo.simulator.outcomes import OUTCOMES, Outcome

API = {"Secret-Token": app_fixture.TOKEN}
URLS = {
    "successUrl": "http://shop.localhost:8301/ok",
    "errorUrl": "http://shop.localhost:8301/bad",
    "cancelUrl": "http://shop.localhost:8301/cancel",
}


@pytest.fixture
def client() -> FlaskClient:
    return app_fixture.simulator().test_client()


@pytest.mark.parametrize("row", OUTCOMES.values(), ids=lambda row: row.name)
def test_a_code_has_the_verdict_of_its_row_from_the_first_time_on(
    row: Outcome, world: World, steppay: FakeStepPay
) -> None:
    code = f"{row.code}-{row.name.replace('_', '')[:20]}"
    body = verify(world, code).json
    assert (body["verdict"], body.get("reason", body.get("code"))) == (row.verdict, row.reason)
    assert body["fulfill"] is (row.verdict == "paid")


def test_a_code_says_its_amount_and_tells_two_orders_apart(world: World) -> None:
    amounts = {
        code: verify(world, code).json["amount"]
        for code in ("order_test_paid", "order_test_paid_18000", "order_test_paid_18000-b", "order_test_amount_differs")
    }
    assert list(amounts.values()) == [10_000, 18_000, 18_000, 1_000]
    assert len({verify(world, code).json["orderId"] for code in amounts}) == len(amounts)


def test_a_bound_amount_that_differs_is_a_mismatch(keyed: World) -> None:
    code = "order_test_amount_differs_420000-bound"
    bind(keyed, code, {"amount": 420_000, "currency": "KRW"})
    assert verify(keyed, code).json["reason"] == "amount_mismatch"


@pytest.mark.parametrize("code", ["order_test_", "order_test_nothing", "order_test_paid_0", "order_test_paid_1e9"])
def test_any_other_code_is_unknown(client: FlaskClient, code: str) -> None:
    assert client.get(f"/api/v1/orders/{code}", headers=API).status_code == 404


@pytest.mark.parametrize("row", OUTCOMES.values(), ids=lambda row: row.name)
def test_the_pay_page_leads_back_with_the_outcome_whatever_is_pressed(client: FlaskClient, row: Outcome) -> None:
    page = client.get(f"/pay/{row.code}", query_string=URLS)
    assert row.korean in page.text
    assert 'data-scenario="declined"' not in page.text
    for scenario in ("paid", "declined"):
        answer = client.post(f"/pay/{row.code}", data={**URLS, "scenario": scenario})
        wanted = URLS[{"success": "successUrl", "error": "errorUrl", "cancel": "cancelUrl"}[row.returns_to]]
        assert answer.headers["Location"].startswith(wanted)


def control(client: FlaskClient, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/simulator{path}", json=body)


def test_an_order_is_made_with_an_amount_and_brought_to_another_outcome(client: FlaskClient) -> None:
    made = control(client, "/orders", {"amount": 7_000, "outcome": "awaiting_deposit"})
    assert (made.status_code, made.json["amount"], made.json["paymentStatus"]) == (201, 7_000, "VIRTUAL_BANK_STANDBY")
    path = f"/orders/{made.json['orderCode']}"
    assert control(client, f"{path}/outcome", {"outcome": "outage"}).status_code == 200
    assert client.get(f"/api/v1{path}", headers=API).status_code == 503
    assert control(client, f"{path}/outcome", {"outcome": "paid"}).json["paymentStatus"] == "COMPLETE"
    assert client.get(f"/api/v1{path}", headers=API).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [({"amount": 0}, 400), ({"amount": True}, 400), ({"amount": "7000"}, 400), ({"outcome": "nothing"}, 409)],
)
def test_what_cannot_be_made_is_refused(client: FlaskClient, body: dict[str, Any], status: int) -> None:
    assert control(client, "/orders", body).status_code == status


def test_an_outcome_that_the_order_cannot_have_is_refused_with_the_reason(client: FlaskClient) -> None:
    answer = control(client, "/orders/order_test_paid/outcome", {"outcome": "free_trial"})
    assert (answer.status_code, answer.json["error"]) == (
        409,
        "an order of this type cannot have the outcome free_trial",
    )
    assert control(client, "/orders/order_test_paid/outcome", {"outcome": "pending"}).status_code == 409


def test_a_reset_forgets_orders_and_products(client: FlaskClient) -> None:
    control(client, "/products", {"product": "product_tea/price_tea=12000"})
    code = control(client, "/orders", {}).json["orderCode"]
    assert control(client, "/orders/order_test_awaiting_deposit/deposit", {}).json["paymentStatus"] == "COMPLETE"
    assert control(client, "/reset", {}).status_code == 204
    assert client.get(f"/api/v1/orders/{code}", headers=API).status_code == 404
    assert client.get("/api/v1/products/product_tea", headers=API).status_code == 404
    again = client.get("/api/v1/orders/order_test_awaiting_deposit", headers=API).json
    assert (again["paymentDate"], again["orderId"]) == (None, 183_682)


def test_the_list_of_outcomes_is_the_table(client: FlaskClient) -> None:
    listed = client.get("/simulator/outcomes").json
    assert [row["orderCode"] for row in listed] == [f"order_test_{name}" for name in OUTCOMES]


def test_a_subscription_renews_and_a_trial_charges_its_price_afterwards(steppay: FakeStepPay, world: World) -> None:
    for code in ("order_test_subscription_9900", "order_test_free_trial_9900"):
        first = verify(world, code).json
        renewed = requests.post(f"{steppay.url}/simulator/orders/{code}/renew", timeout=60).json()
        body = verify(world, renewed["orderCode"]).json
        assert (body["orderType"], body["amount"]) == ("RECURRING", 9_900)
        assert body["subscriptionIds"] == first["subscriptionIds"]


@pytest.mark.parametrize(
    ("name", "kind"), [("failed", "failed"), ("awaiting_deposit", "pending"), ("pending", "pending")]
)
def test_a_person_opens_a_code_at_the_widget_server_and_comes_back(
    world: World, steppay: FakeStepPay, name: str, kind: str
) -> None:
    """The plain link, StepPay's pay page, any button, the return page."""
    opened = world.client.get(f"/v1/pay/{OUTCOMES[name].code}-person")
    to_pay_page = requests.get(opened.headers["Location"], allow_redirects=False, timeout=60).headers["Location"]
    path, _, query = to_pay_page.partition("/pay/")[2].partition("?")
    left = requests.post(
        f"{steppay.url}/pay/{path}?{query}", data={"scenario": "paid"}, allow_redirects=False, timeout=60
    )
    back = left.headers["Location"].removeprefix(app_fixture.PUBLIC)
    assert f'data-kind="{kind}"' in world.client.get(back).text
