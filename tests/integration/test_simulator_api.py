"""The simulator speaks StepPay's published order API."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import app_fixture
from tests.support.steppay_schema import schema_errors
from widget_server.demo.simulator.catalogue import PRODUCTS, Product

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
EXAMPLES = {"order-created": SAMPLES / "order-created.json", "order-unpaid": ROOT / "bench" / "order-unpaid.json"}
"""Those of StepPay's documents."""
TOKEN = {"Secret-Token": app_fixture.TOKEN}


@pytest.fixture
def client() -> FlaskClient:
    app = app_fixture.simulator("http://pay.localhost:8300", clock=lambda: datetime(2026, 11, 1, 18, 0, 5, tzinfo=UTC))
    return app.test_client()


def create_order(client: FlaskClient, product: Product = PRODUCTS[1]) -> dict[str, Any]:
    """Create a customer and an order of one product; return the 201 body."""
    fields = {"name": "모의 고객", "email": "sample@example.com"}
    customer = client.post("/api/v1/customers", json=fields, headers=TOKEN)
    item = {
        "productCode": product.code,
        "priceCode": product.price_code,
        "currency": "KRW",
        "minimumQuantity": 1,
    }
    order = {"customerId": customer.get_json()["id"], "items": [item]}
    answer = client.post("/api/v1/orders", json=order, headers=TOKEN)
    assert answer.status_code == 201
    return dict(answer.get_json())


def missing_keys(example: Any, body: Any, path: str = "$") -> list[str]:
    """Paths of the example that the body lacks; the first element stands for a list."""
    if isinstance(example, list) and isinstance(body, list) and example and body:
        return missing_keys(example[0], body[0], f"{path}[0]")
    if not isinstance(example, dict) or not isinstance(body, dict):
        return []
    gone = [f"{path}.{key}" for key in example.keys() - body.keys()]
    shared = example.keys() & body.keys()
    return gone + [line for key in shared for line in missing_keys(example[key], body[key], f"{path}.{key}")]


def example(name: str) -> Any:
    return json.loads(EXAMPLES[name].read_text())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_validator_accepts_steppays_own_examples(name: str) -> None:
    schema = {"order-unpaid": "OrderV1DTO", "order-created": "ProductOrderdto"}[name]
    assert schema_errors(schema, example(name)) == []


def test_the_validator_notices_a_null_in_a_required_field() -> None:
    body = example("order-unpaid") | {"orderId": None, "type": "온라인"}
    assert len(schema_errors("OrderV1DTO", body)) == 2


@pytest.mark.parametrize("scenario", [None, "paid", "declined", "vbank", "cms", "partially_refunded"])
@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: str(product.code))
def test_every_order_answer_follows_the_published_schema(
    client: FlaskClient, product: Product, scenario: str | None
) -> None:
    created = create_order(client, product)
    assert schema_errors("ProductOrderdto", created) == []
    path = f"/simulator/orders/{created['orderCode']}/scenario"
    if scenario:
        client.post(path, json={"scenario": scenario})
    read = client.get(f"/api/v1/orders/{created['orderCode']}", headers=TOKEN)
    assert schema_errors("OrderV1DTO", read.get_json()) == []


def test_the_other_bodies_follow_the_published_schema(client: FlaskClient) -> None:
    customer = client.post("/api/v1/customers", json={"name": "모의", "email": "a@example.com"}, headers=TOKEN)
    refused = client.get("/api/v1/products/product_basic")
    assert schema_errors("CustomerV1DTO", customer.get_json()) == []
    assert schema_errors("ProductErrorresponse", refused.get_json()) == []
    for product in PRODUCTS:
        body = client.get(f"/api/v1/products/{product.code}", headers=TOKEN).get_json()
        assert schema_errors("ProductProductdto", body) == []
        assert body["prices"][0]["code"] == product.price_code


def test_orders_carry_every_field_of_steppays_examples(client: FlaskClient) -> None:
    created = create_order(client, PRODUCTS[0])
    read = client.get(f"/api/v1/orders/{created['orderCode']}", headers=TOKEN).get_json()
    assert missing_keys(example("order-created"), created) == []
    assert missing_keys(example("order-unpaid"), read) == []


def test_ids_agree_everywhere(client: FlaskClient) -> None:
    created = create_order(client)
    code, number, id_key = created["orderCode"], created["orderId"], created["idKey"]
    assert re.fullmatch(r"order_[A-Za-z0-9]{9}", code)
    assert re.fullmatch(r"[A-Za-z0-9]{30}", id_key)
    by_code = client.get(f"/api/v1/orders/{code}", headers=TOKEN).get_json()
    assert client.get(f"/api/v1/orders/{number}", headers=TOKEN).get_json() == by_code
    assert (by_code["id"], by_code["orderId"], by_code["code"], by_code["orderCode"]) == (
        number, number, code, code,
    )  # fmt: skip
    receipt = client.get(f"/api/payment/receipt/{id_key}", headers=TOKEN).get_json()
    assert receipt == {
        "idKey": id_key,
        "orderId": number,
        "paidAmount": 18_000,
        "paymentStatus": "STANDBY",
        "paymentDate": None,
    }


def test_dates_are_seoul_time_without_a_zone(client: FlaskClient) -> None:
    code = create_order(client)["orderCode"]
    client.post(f"/simulator/orders/{code}/scenario", json={"scenario": "paid"})
    read = client.get(f"/api/v1/orders/{code}", headers=TOKEN).get_json()
    assert read["paymentDate"] == "2026-11-02T03:00:05"


@pytest.mark.parametrize("headers", [{}, {"Secret-Token": ""}, {"Secret-Token": "wrong"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/customers"),
        ("POST", "/api/v1/orders"),
        ("GET", "/api/v1/orders/{code}"),
        ("GET", "/api/v1/orders/{code}/pay"),
        ("PATCH", "/api/v1/orders/{code}/cancel"),
        ("GET", "/api/v1/products/product_basic"),
        ("GET", "/api/payment/receipt/{key}"),
    ],
)
def test_without_the_secret_token_nothing_is_answered(
    client: FlaskClient, method: str, path: str, headers: dict[str, str]
) -> None:
    order = create_order(client)
    answer = client.open(
        path.format(code=order["orderCode"], key=order["idKey"]), method=method, json={}, headers=headers
    )
    assert answer.status_code == 403
    assert answer.get_json().keys() == {"traceId", "errorCode", "errorMessage", "details"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/orders/order_missing00", None, 404),
        ("GET", "/api/v1/orders/999", None, 404),
        ("GET", "/api/payment/receipt/missing", None, 404),
        ("GET", "/api/v1/products/missing", None, 404),
        ("GET", "/api/public/orders/order_missing00/pay", None, 404),
        ("POST", "/api/v1/customers", {"name": "모의"}, 400),
        ("POST", "/api/v1/customers", [], 400),
        ("POST", "/api/v1/customers", {"name": "모의", "email": "a@shop.kr", "phone": "12"}, 400),
        ("POST", "/api/v1/orders", {"customerId": 1, "items": []}, 400),
        ("POST", "/api/v1/orders", {"customerId": 1, "items": [{"productCode": "product_basic"}]}, 400),
        ("PATCH", "/api/v1/orders/order_missing00/cancel", {}, 400),
        ("DELETE", "/api/v1/orders/1", None, 405),
    ],
)
def test_mistakes_get_an_error_response(client: FlaskClient, method: str, path: str, body: Any, status: int) -> None:
    answer = client.open(path, method=method, json=body, headers=TOKEN)
    assert answer.status_code == status
    assert answer.get_json().keys() == {"traceId", "errorCode", "errorMessage", "details"}


def test_a_refund_beyond_what_was_paid_is_refused(client: FlaskClient) -> None:
    code = create_order(client)["orderCode"]
    path = f"/api/v1/orders/{code}/cancel"
    assert client.patch(path, json={"requestPrice": 1}, headers=TOKEN).status_code == 400
    client.post(f"/simulator/orders/{code}/scenario", json={"scenario": "paid"})
    assert client.patch(path, json={"requestPrice": 18_001}, headers=TOKEN).status_code == 400
    assert client.patch(path, json={"requestPrice": 8_000}, headers=TOKEN).status_code == 200
    assert client.patch(path, json={"requestPrice": 10_000.0}, headers=TOKEN).status_code == 200
    read = client.get(f"/api/v1/orders/{code}", headers=TOKEN).get_json()
    assert (read["returnedAmount"], read["leftAmount"]) == (18_000, 0)
    assert read["paymentDate"] is not None


def test_a_pay_link_lives_until_its_deadline(client: FlaskClient) -> None:
    customer = client.post("/api/v1/customers", json={"name": "모의", "email": "a@shop.kr"}, headers=TOKEN).get_json()[
        "id"
    ]
    item = {"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW", "minimumQuantity": 1}

    def made(deadline: object, **more: object) -> Any:
        body = {"customerId": customer, "items": [{**item, **more}], "purchaseDeadline": deadline}
        return client.post("/api/v1/orders", json=body, headers=TOKEN)

    order = made("2199-01-01T00:00:00").get_json()
    assert order["purchaseDeadline"] == "2199-01-01T00:00:00"
    assert client.get(f"/api/public/orders/{order['orderCode']}/pay").status_code == 302
    assert [made(wrong).status_code for wrong in ("2001-01-01T00:00:00", "soon", 7)] == [400] * 3
    assert made(None, maximumQuantity=0).status_code == 400
