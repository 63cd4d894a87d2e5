"""The simulator finds customers, products and orders as StepPay's specification says, and can lose an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from tests.support import app_fixture
from tests.support.steppay_schema import schema_errors
from tools.wsgi_server import serving
from widget_server.domain.new_order import NewOrder, Person, read_new_order

TOKEN = {"Secret-Token": app_fixture.TOKEN}
BEANS = {"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW", "minimumQuantity": 1}
FULL = {"marketingSms": False, "marketingEmail": False, "marketingKakao": False, "attributes": {}}


@pytest.fixture
def clock() -> app_fixture.Clock:
    return app_fixture.Clock(datetime(2026, 11, 1, 18, 0, 5, tzinfo=UTC))


@pytest.fixture
def client(clock: app_fixture.Clock) -> FlaskClient:
    return app_fixture.simulator(clock=clock).test_client()


def post(client: FlaskClient, path: str, body: object) -> Any:
    return client.post(f"/api/v1/{path}", json=body, headers=TOKEN)


def get(client: FlaskClient, path: str) -> Any:
    return client.get(f"/api/v1/{path}", headers=TOKEN)


def found(client: FlaskClient, path: str, schema: str) -> list[Any]:
    """The rows of a list, which must be as specified."""
    body = get(client, path).get_json()
    assert schema_errors(schema, body) == []
    assert (body["numberOfElements"], body["empty"]) == (len(body["content"]), not body["content"])
    return list(body["content"])


def names(client: FlaskClient, query: str) -> list[str]:
    return [row["name"] for row in found(client, f"customers?{query}", "CustomerListPageDTO")]


def make_customers(client: FlaskClient, clock: app_fixture.Clock) -> list[int]:
    people = [("김달래", "dal@shop.kr"), ("이달", "LEE@shop.kr"), ("박", "dalbit@shop.kr")]
    made = []
    for name, email in people:
        made.append(post(client, "customers", {"name": name, "email": email, **FULL}).get_json()["id"])
        clock.pass_by(timedelta(days=1))
    return made


def test_customers_are_found_by_text_in_name_and_email(client: FlaskClient, clock: app_fixture.Clock) -> None:
    numbers = make_customers(client, clock)
    assert names(client, "") == ["박", "이달", "김달래"]
    assert names(client, "keyword=dal&sortDir=ASC") == ["김달래", "박"]
    assert names(client, "keyword=달&sort=id") == ["이달", "김달래"]
    assert names(client, "keyword=lee@shop.kr") == ["이달"]
    assert names(client, "size=2&page=1") == ["김달래"]
    assert names(client, "page=9") == []
    assert names(client, "startDate=2026-11-03T00:00:00&endDate=2026-11-04T00:00:00Z") == ["박", "이달"]
    details = get(client, f"customers/{numbers[0]}").get_json()
    assert schema_errors("ProductCustomerdto", details) == []
    assert (details["name"], details["orderCount"]) == ("김달래", 0)


def test_orders_are_found_without_their_codes(client: FlaskClient, clock: app_fixture.Clock) -> None:
    made = []
    for number in make_customers(client, clock)[:2]:
        made.append(post(client, "orders", {"customerId": number, "items": [BEANS]}).get_json())
        clock.pass_by(timedelta(hours=1))

    def orders(query: str) -> list[int]:
        return [row["id"] for row in found(client, f"orders?{query}", "OrderListPageV1DTO")]

    first, second = (order["orderId"] for order in made)
    assert orders("") == [second, first]
    assert orders("keyword=dal@shop.kr&type=email") == [first]
    assert orders("keyword=dal@shop.kr&type=customerName") == []
    assert orders(f"keyword={made[1]['orderCode']}&type=orderCode") == [second]
    assert orders("status=PAID") == []
    client.post(f"/simulator/orders/{made[0]['orderCode']}/scenario", json={"scenario": "paid"})
    assert orders("status=PAID") == [first]
    row = get(client, "orders").get_json()["content"][0]
    assert made[1]["orderCode"] not in str(row)
    assert get(client, f"customers/{made[0]['customer']['id']}").get_json()["totalPurchasedPrice"] == 18_000


def test_a_product_has_all_of_its_prices(client: FlaskClient) -> None:
    client.post("/simulator/products", json={"product": "product_beans/price_club=9000,month,trial=7"})
    rows = found(client, "products?keyword=블렌드", "ProductListPageDTO")
    assert [[price["code"] for price in row["prices"]] for row in rows] == [["price_beans", "price_club"]]
    number = rows[0]["id"]
    prices = get(client, f"products/{number}/prices").get_json()
    assert [schema_errors("PriceV1DTO", price) for price in prices] == [[], []]
    assert len({price["id"] for price in prices}) == 2
    one = get(client, f"products/product_beans/prices/{prices[1]['id']}").get_json()
    assert (one["code"], schema_errors("ProductPricedto", one)) == ("price_club", [])
    assert found(client, "products?status=UNSOLD", "ProductListPageDTO") == []


REFUSED: list[tuple[str, Any, int]] = [
    *((f"customers?{query}", None, 400) for query in ("page=-1", "size=0", "sort=x", "sortDir=UP", "startDate=x")),
    *((f"orders?{query}", None, 400) for query in ("type=RECURRING", "status=x", "size=x")),
    ("customers/x", None, 400),
    ("customers/999", None, 404),
    ("products/999/prices", None, 404),
    ("products/2/prices/999", None, 404),
    ("products?status=x", None, 400),
    *(
        ("customers", {"name": "김", "email": "a@b.kr", **FULL, **wrong}, 400)
        for wrong in (
            {"name": " "}, {"email": 1}, {"phone": "+82 10"}, {"marketingSms": "no"}, {"attributes": []},
            {"shipping": {"postcode": "1"}},
        )
    ),
    *(
        ("orders", {"customerId": 1, "items": [BEANS], **wrong}, status)
        for wrong, status in (
            ({"items": None}, 400), ({"customerId": None}, 400), ({"customerId": "1"}, 400), ({"customerId": 999}, 404),
            ({"customerId": None, "customerCode": "customer_none"}, 404), ({"paymentGateway": "PAYPAL"}, 400),
            ({"items": [{**BEANS, "currency": "USD"}]}, 400), ({"items": [{**BEANS, "minimumQuantity": 0}]}, 400),
            ({"items": [{**BEANS, "minimumQuantity": 2, "maximumQuantity": 1}]}, 400),
            ({"items": [{**BEANS, "productOption": ["red"]}]}, 400), ({"purchaseDeadline": "soon"}, 400),
            ({"items": [{**BEANS, "priceCode": "price_none"}]}, 404),
        )
    ),
]  # fmt: skip


def test_what_the_specification_forbids_is_refused(client: FlaskClient, clock: app_fixture.Clock) -> None:
    make_customers(client, clock)
    for path, body, status in REFUSED:
        answer = get(client, path) if body is None else post(client, path, body)
        assert (path, body, answer.status_code) == (path, body, status)
        assert schema_errors("ProductErrorresponse", answer.get_json()) == []
        assert {"traceId", "errorMessage"} <= answer.get_json().keys()
    assert len(get(client, "customers").get_json()["content"]) == 3
    assert get(client, "orders").get_json()["empty"]


def test_the_widget_servers_own_calls_are_as_specified() -> None:
    given = {"name": "김", "email": "a@b.kr", "phone": "+82 10-1234-5678"}
    items = [{"productCode": "product_beans", "priceCode": "price_beans"}]
    order = read_new_order(given, items, datetime(2030, 1, 1, tzinfo=UTC), app_fixture.NOW)
    assert isinstance(order, NewOrder)
    assert isinstance(order.customer, Person)
    assert schema_errors("AccountCustomercreatedto", order.customer.members()) == []
    assert schema_errors("OrderCreateV1DTO", order.members(1)) == []
    assert schema_errors("OrderCreateV1DTO", order.members("customer_a")) == []


@pytest.mark.parametrize(
    ("kind", "status", "made"), [("lost", 0, 1), ("failed", 500, 1), ("late", 201, 1), ("refused", 503, 0)]
)
def test_an_order_can_be_made_without_its_caller_learning_it(kind: str, status: int, made: int) -> None:
    naps: list[float] = []
    with serving(app_fixture.simulator(sleep=naps.append)) as url:
        fault = {"call": "POST /api/v1/o*", "fault": kind, "every": 2, "seconds": 7}
        assert requests.post(f"{url}/simulator/faults", json=fault, timeout=60).status_code == 201
        customer = requests.post(f"{url}/api/v1/customers", json={"name": "a", "email": "a"}, headers=TOKEN, timeout=60)

        def order() -> int:
            body = {"customerId": customer.json()["id"], "items": [BEANS]}
            try:
                return requests.post(f"{url}/api/v1/orders", json=body, headers=TOKEN, timeout=60).status_code
            except requests.ConnectionError:
                return 0

        assert [order() for _ in range(4)] == [201, status, 201, 201]
        orders = requests.get(f"{url}/api/v1/orders", headers=TOKEN, timeout=60).json()
        calls = requests.get(f"{url}/simulator/calls", timeout=60).json()
    assert orders["totalElements"] == 3 + made
    assert [call.get("fault") for call in calls] == [None, None, kind if made else None, None, None, None]
    assert naps == ([7] if kind == "late" else [])


@pytest.mark.parametrize("wrong", [{}, {"fault": "x"}, {"fault": "lost", "times": 0}, {"fault": "lost", "call": "x"}])
def test_a_fault_that_means_nothing_is_refused(client: FlaskClient, wrong: Any) -> None:
    assert client.post("/simulator/faults", json=wrong).status_code == 400
    assert client.get("/simulator/faults").get_json() == []
