"""What the shop does with each payment."""

import pytest
from models import Fulfillment
from sqlalchemy import func, select

from widget_server.testing import signed_delivery


def state(customer, code):
    return customer.get(f"/orders/{code}").text.partition('data-state="')[2].partition('"')[0]


def is_member(customer):
    return 'data-member="yes"' in customer.get("/club").text


def fulfillments(shop):
    with shop.database() as rows:
        return rows.scalar(select(func.count()).select_from(Fulfillment))


def test_a_paid_order_is_fulfilled_once(shop, customer, order, flow):
    code = order("beans")
    assert state(customer, code) == "new"
    flow.buy(code)
    for message in flow.work():
        flow.receive(message)  # the same event again, as a worker sends it that was killed
    assert (state(customer, code), fulfillments(shop)) == ("done", 1)


@pytest.mark.parametrize("outcome", ["failed", "canceled", "awaiting_deposit", "outage", "amount_differs"])
def test_what_is_not_paid_in_full_gives_nothing(shop, customer, order, flow, outcome):
    code = order("beans")
    flow.buy(code, outcome)
    flow.work()
    assert (state(customer, code), fulfillments(shop)) == ("new", 0)


def test_a_deposit_that_arrives_later(customer, order, flow, steppay_simulator):
    code = order("beans")
    flow.buy(code, "awaiting_deposit")
    flow.work()
    steppay_simulator.find(code).deposit()
    flow.work()
    assert state(customer, code) == "done"


@pytest.mark.parametrize("product", ["beans", "club"])
def test_a_refund_takes_it_back(customer, order, flow, steppay_simulator, product):
    code = order(product)
    flow.buy(code)
    flow.work()
    assert is_member(customer) == (product == "club")
    steppay_simulator.find(code).refund()
    flow.work()
    assert (state(customer, code), is_member(customer)) == ("taken-back", False)


def test_a_refund_that_arrives_before_the_payment(shop, customer, order, flow):
    code = order("beans")
    for kind in ("payment.refunded", "payment.paid"):
        flow.receive(signed_delivery(kind, order_code=code, amount=18_000))
    assert (state(customer, code), fulfillments(shop)) == ("taken-back", 1)


@pytest.mark.parametrize("product", ["club", "trial"])
def test_a_membership_begins_and_is_renewed_each_month(shop, customer, order, flow, steppay_simulator, product):
    assert not is_member(customer)
    code = order(product)
    flow.buy(code)
    flow.work()
    assert is_member(customer)
    for _month in range(2):
        steppay_simulator.find(code).renew()
        flow.work()
    with shop.database() as rows:
        days = sorted(rows.scalars(select(Fulfillment.until)))
    first = shop.PRODUCTS[product]["days"]
    assert [(day - shop.today()).days for day in days] == [first, first + 31, first + 62]


def test_a_refunded_month_is_taken_back_alone(shop, customer, order, flow, steppay_simulator):
    code = order("club")
    flow.buy(code)
    flow.work()
    renewal = steppay_simulator.find(code).renew()
    flow.work()
    renewal.refund()
    flow.work()
    assert is_member(customer)
    assert str(shop.today() + shop.timedelta(days=31)) in customer.get("/club").text


def test_an_order_of_another_shop_of_the_same_account(shop, flow):
    flow.receive(signed_delivery("payment.paid", order_code="order_of_another"))
    assert fulfillments(shop) == 0


def test_an_order_page_is_for_its_customer_alone(shop, order):
    assert shop.app.test_client().get(f"/orders/{order('beans')}").status_code == 404


def test_a_price_that_differs_at_steppay_is_not_sold(shop, customer, monkeypatch):
    monkeypatch.setitem(shop.PRODUCTS["beans"], "price", 17_000)
    answer = customer.post("/products/beans", data={"name": "김달래", "email": "dal@example.com"})
    assert (answer.status_code, "결제된 금액은 없습니다" in answer.text) == (503, True)


@pytest.mark.parametrize("path", ["/", "/products/beans", "/products/trial", "/club"])
def test_every_page_answers(customer, path):
    assert customer.get(path).status_code == 200
