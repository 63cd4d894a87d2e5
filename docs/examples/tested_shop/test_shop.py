"""The shop's own tests: no StepPay, no network, no browser."""

import pytest
from shop import create_app, find_sale, run, sell

from widget_server.testing import WRONG_VERDICTS, deliver, signed_delivery, signed_verdict

CODE, PRICE = "order_15XqwcM1f", 18_000


@pytest.fixture
def app(steppay_settings, tmp_path):
    app = create_app({**steppay_settings, "SHOP_DATABASE": tmp_path / "shop.db"})
    with app.app_context():
        sell(CODE, PRICE)
        yield app


def show(app, token, code=CODE):
    """The page sends the widget's token to the shop."""
    return app.test_client().post("/paid", data={"order_code": code, "steppay-token": token})


def state(code=CODE):
    return find_sale(code)[1]


def parcels():
    return len(run("SELECT order_code FROM parcels"))


def test_a_paid_order_is_sent(app):
    assert show(app, signed_verdict(order_code=CODE, amount=PRICE)).json == {"state": "sent"}
    assert parcels() == 1


@pytest.mark.parametrize("verdict", ["pending", "unknown", "mismatch", "canceled"])
def test_an_order_that_is_not_paid_stays_open(app, verdict):
    show(app, signed_verdict(order_code=CODE, amount=PRICE, verdict=verdict))
    assert (state(), parcels()) == ("open", 0)


def test_a_failed_payment_may_succeed_later(app):
    show(app, signed_verdict(order_code=CODE, amount=PRICE, verdict="failed"))
    assert (state(), parcels()) == ("failed", 0)
    deliver(app, signed_delivery("payment.paid", order_code=CODE, amount=PRICE))
    assert (state(), parcels()) == ("sent", 1)


@pytest.mark.parametrize("wrong", WRONG_VERDICTS)
def test_a_wrong_token_sends_nothing(app, wrong):
    answer = show(app, signed_verdict(order_code=CODE, amount=PRICE, wrong=wrong))
    assert (answer.status_code, state(), parcels()) == (400, "open", 0)


def test_the_address_proves_nothing(app):
    app.test_client().get(f"/thanks?order_code={CODE}&status=success")
    assert (state(), parcels()) == ("open", 0)


def test_the_shopper_need_not_come_back(app):
    deliver(app, signed_delivery("payment.paid", order_code=CODE, amount=PRICE))
    assert (state(), parcels()) == ("sent", 1)


def test_a_repeat_sends_nothing_more(app):
    message = signed_delivery("payment.paid", order_code=CODE, amount=PRICE)
    deliver(app, message)
    deliver(app, message)
    show(app, signed_verdict(order_code=CODE, amount=PRICE))
    assert parcels() == 1


def test_another_amount_sends_nothing(app):
    deliver(app, signed_delivery("payment.paid", order_code=CODE, amount=PRICE // 10))
    assert (state(), parcels()) == ("open", 0)


def test_an_order_of_another_shop_is_ignored(app):
    deliver(app, signed_delivery("payment.paid", order_code="order_of_another", amount=PRICE))
    assert parcels() == 0


def test_a_refund_takes_the_sale_back_for_good(app):
    for kind in ("payment.paid", "payment.refunded", "payment.paid"):  # the last one again, and late
        deliver(app, signed_delivery(kind, order_code=CODE, amount=PRICE))
    assert (state(), parcels()) == ("refunded", 1)


def test_a_free_trial_is_let_in_and_a_registered_card_is_not(app):
    sell("order_trial", 0)
    deliver(app, signed_delivery("payment.no_charge", order_code="order_trial", reason="payment_method_registered"))
    assert state("order_trial") == "open"
    deliver(app, signed_delivery("payment.no_charge", order_code="order_trial"))
    assert state("order_trial") == "sent"


def test_a_whole_sale(app, steppay_simulator, steppay_flow):
    steppay_simulator.sell("product_club/price_club=9900,month")
    code = app.test_client().post("/order/club").json["order_code"]
    flow = steppay_flow(app)
    verdict = flow.buy(code)  # open the pay page, pay at the simulated StepPay, come back
    assert show(app, verdict["token"], code).json == {"state": "sent"}
    assert [message.type for message in flow.work()] == ["payment.paid", "subscription.active"]
    order = steppay_simulator.find(code)
    next_month = order.renew()
    flow.work()
    order.refund()
    flow.work()
    assert run("SELECT * FROM renewals") == [(next_month.code, code)]
    assert (state(code), parcels()) == ("refunded", 1)
