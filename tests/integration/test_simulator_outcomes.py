"""What each scenario leaves behind, in the browser's address and in StepPay's answers."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import app_fixture
from widget_server.demo.simulator.catalogue import PRODUCTS
from widget_server.demo.simulator.scenarios import SCENARIOS

TOKEN = {"Secret-Token": app_fixture.TOKEN}
URLS = {
    "successUrl": "http://shop.localhost:8301/ok",
    "errorUrl": "http://shop.localhost:8301/bad?try=1",
    "cancelUrl": "http://shop.localhost:8301/cancel?keep=1#cart",
}


@pytest.fixture
def naps() -> list[float]:
    """Every pause the simulator asked for, in seconds."""
    return []


@pytest.fixture
def client(naps: list[float]) -> FlaskClient:
    app = app_fixture.simulator("http://pay.localhost:8300/", sleep=naps.append, pay_page_headers={"X-Test": "yes"})
    return app.test_client()


def create_order(client: FlaskClient, index: int = 1) -> str:
    """Create an order of the catalogue's product at `index`; return its code."""
    fields = {"name": "모의 고객", "email": "sample@example.com"}
    customer = client.post("/api/v1/customers", json=fields, headers=TOKEN).get_json()
    product = PRODUCTS[index]
    item = {
        "productCode": product.code,
        "priceCode": product.price_code,
        "currency": "KRW",
        "minimumQuantity": 1,
    }
    body = {"customerCode": customer["code"], "items": [item]}
    return str(client.post("/api/v1/orders", json=body, headers=TOKEN).get_json()["orderCode"])


def read_order(client: FlaskClient, code: str) -> Any:
    return client.get(f"/api/v1/orders/{code}", headers=TOKEN).get_json()


def read_receipt(client: FlaskClient, code: str) -> Any:
    id_key = read_order(client, code)["idKey"]
    return client.get(f"/api/payment/receipt/{id_key}", headers=TOKEN)


def choose(client: FlaskClient, code: str, scenario: str, **fields: str) -> Any:
    return client.post(f"/pay/{code}", data={"scenario": scenario, **URLS, **fields})


# scenario: paymentStatus, is paymentDate set in the order, returnedAmount, where the browser goes
OUTCOMES = {
    "paid": ("COMPLETE", True, 0, "success"),
    "declined": ("FAILED", False, 0, "error"),
    "canceled": ("USER_CANCELED", False, 0, "cancel"),
    "vbank": ("VIRTUAL_BANK_STANDBY", False, 0, "success"),
    "cms": ("CMS_STANDBY", False, 0, "success"),
    "slow": ("COMPLETE", True, 0, "success"),
    "outage": ("COMPLETE", True, 0, "success"),
    "lagging": ("COMPLETE", True, 0, "success"),
    "refunded": ("CANCELED", True, 18_000, "success"),
    "partially_refunded": ("PARTIAL_CANCELED", True, 9_000, "success"),
    "closed": ("COMPLETE", True, 0, "nowhere"),
    "unheard": ("COMPLETE", True, 0, "nowhere"),
    "forged": ("STANDBY", False, 0, "success"),
}


def test_the_table_below_knows_every_scenario() -> None:
    assert OUTCOMES.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("scenario", OUTCOMES)
def test_each_scenario_leaves_its_own_traces(client: FlaskClient, scenario: str) -> None:
    code = create_order(client)
    status, dated, returned, returns_to = OUTCOMES[scenario]
    answer = choose(client, code, scenario)
    tail = f"order_id={_id_of(code, client)}&order_code={code}&status={returns_to}"
    expected = {
        "success": f"{URLS['successUrl']}?{tail}",
        "error": f"{URLS['errorUrl']}&{tail}",
        "cancel": URLS["cancelUrl"],
    }
    stays = (200, None)
    came_to = (answer.status_code, answer.headers.get("Location"))
    assert came_to == ((303, expected[returns_to]) if returns_to in expected else stays)
    _settle(client, code)
    order, receipt = read_order(client, code), read_receipt(client, code).get_json()
    assert receipt["paymentStatus"] == status
    assert (receipt["paymentDate"] is not None) is dated
    assert (order["paymentDate"] is not None) is dated
    assert (order["returnedAmount"], order["paidAmount"]) == (returned, 18_000)


def _id_of(code: str, client: FlaskClient) -> int:
    """The order's number, from a control call so that no counted read is used up."""
    return int(client.put(f"/simulator/orders/{code}/answer", json={}).get_json()["orderId"])


def _settle(client: FlaskClient, code: str) -> None:
    """Use up the counted misbehaviour."""
    for _ in range(4):
        client.get(f"/api/v1/orders/{code}", headers=TOKEN)


@pytest.mark.parametrize("index", [2, 3])
def test_an_order_that_charges_nothing_completes_without_a_receipt(client: FlaskClient, index: int) -> None:
    code = create_order(client, index)
    page = client.get(f"/pay/{code}").text
    assert 'data-scenario="vbank"' not in page
    assert choose(client, code, "vbank").status_code == 409
    assert choose(client, code, "paid", paymentMethod="VBANK").status_code == 303
    order = read_order(client, code)
    assert order["paymentDate"] is not None
    assert order["paidAmount"] == 0
    assert len(order["subscriptions"]) == (order["type"] == "RECURRING_INITIAL")
    assert read_receipt(client, code).status_code == 404


def test_slow_holds_exactly_two_order_reads(client: FlaskClient, naps: list[float]) -> None:
    code = create_order(client)
    choose(client, code, "slow")
    for _ in range(4):
        assert read_order(client, code)["paymentDate"] is not None
    assert naps == [3.0, 3.0]


def test_an_outage_lasts_four_calls_of_either_kind(client: FlaskClient) -> None:
    code = create_order(client)
    id_key = read_order(client, code)["idKey"]
    choose(client, code, "outage")
    paths = [f"/api/v1/orders/{code}", f"/api/payment/receipt/{id_key}"] * 3
    statuses = [client.get(path, headers=TOKEN).status_code for path in paths]
    assert statuses == [503, 503, 503, 503, 200, 200]


def test_a_lagging_order_shows_its_date_from_the_third_read_while_the_receipt_is_complete(
    client: FlaskClient,
) -> None:
    code = create_order(client, 0)
    id_key = read_order(client, code)["idKey"]
    choose(client, code, "lagging")
    receipt = client.get(f"/api/payment/receipt/{id_key}", headers=TOKEN).get_json()
    assert receipt["paymentStatus"] == "COMPLETE"
    assert receipt["paymentDate"] is not None
    reads = [read_order(client, code) for _ in range(3)]
    assert [read["paymentDate"] is not None for read in reads] == [False, False, True]
    assert [len(read["subscriptions"]) for read in reads] == [0, 0, 1]


@pytest.mark.parametrize("method", ["VBANK", "CMS"])
def test_a_deposit_completes_the_payment_the_shopper_left_open(client: FlaskClient, method: str) -> None:
    code = create_order(client)
    choose(client, code, "paid", paymentMethod=method)
    assert read_order(client, code)["paymentDate"] is None
    assert client.post(f"/simulator/orders/{code}/deposit").status_code == 200
    assert read_receipt(client, code).get_json()["paymentStatus"] == "COMPLETE"
    assert read_order(client, code)["paymentDate"] is not None
    assert client.post(f"/simulator/orders/{code}/deposit").status_code == 409


def test_a_second_checkout_gets_a_new_id_key_and_the_failed_receipt_stays(client: FlaskClient) -> None:
    code = create_order(client)
    first = read_order(client, code)["idKey"]
    choose(client, code, "declined")
    choose(client, code, "paid")
    assert read_order(client, code)["idKey"] != first
    old = client.get(f"/api/payment/receipt/{first}", headers=TOKEN).get_json()
    assert (old["paymentStatus"], old["paymentDate"]) == ("FAILED", None)


def test_a_paid_order_cannot_be_paid_or_declined_again(client: FlaskClient) -> None:
    code = create_order(client)
    choose(client, code, "paid")
    assert choose(client, code, "declined").status_code == 409
    assert "이미 결제된 주문" in client.get(f"/pay/{code}").text
    control = client.post(f"/simulator/orders/{code}/scenario", json={"scenario": "declined"})
    assert control.status_code == 409
    assert read_receipt(client, code).get_json()["paymentStatus"] == "COMPLETE"
