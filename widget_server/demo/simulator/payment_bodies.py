"""JSON bodies of what a payment starts: its receipt, the `payment` part of an order, its subscription. All numbers are
made up."""

from datetime import timedelta

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.product_bodies import EXAMPLES, Body, plan_body, price_body
from widget_server.demo.simulator.records import Item, Order, Payment

_MONTH = timedelta(days=30)


def receipt_body(order: Order, payment: Payment) -> Body:
    """The answer of `GET /api/payment/receipt/{idKey}`.

    StepPay publishes no schema for it: its sample code uses paymentDate and paymentStatus only.
    """
    return {
        "idKey": payment.id_key,
        "orderId": order.id,
        "paidAmount": order.amount,
        "paymentStatus": payment.status,
        "paymentDate": local_text(payment.paid_at),
    }


def order_payment_body(order: Order, shows_paid: bool) -> Body:
    """The `payment` part of an order; `shows_paid` is false while the order lags behind the receipt."""
    payment = order.payment
    failed = payment.status == "FAILED"
    return EXAMPLES["payment"] | {
        "paymentMethod": _method(order),
        "paymentDate": local_text(order.payment_date) if shows_paid else None,
        "amount": order.amount,
        "paymentGateway": "TOSS" if shows_paid else "UNKNOWN",
        "cardNumber": "0000-****-****-0000" if shows_paid and payment.method == "CARD" else None,
        "vbankDTO": _virtual_account(order) if payment.method == "VBANK" else None,
        "niceCmsDTO": _bank_debit(order) if payment.method == "CMS" else None,
        "customerDTO": {name: order.customer.body[name] for name in ("name", "email", "phone")},
        "errorCode": "SIMULATED_DECLINE" if failed else None,
        "errorMessage": "모의 승인 거절" if failed else None,
    }


def _method(order: Order) -> str:
    # A subscription keeps the card or account for renewals; StepPay marks those with _BILL.
    keeps = order.type != "ONE_TIME" and order.payment.method in ("CARD", "CMS", "CELLPHONE")
    return order.payment.method + ("_BILL" if keeps else "")


def _virtual_account(order: Order) -> Body:
    return EXAMPLES["virtual_account"] | {"bankDate": local_text(order.modified_at + timedelta(days=3))}


def _bank_debit(order: Order) -> Body:
    status = "WITHDRAW_SUCCESS" if order.payment_date else "WITHDRAW_PENDING"
    return EXAMPLES["bank_debit"] | {"date": local_text(order.modified_at), "status": status}


def subscriptions_body(order: Order) -> list[Body]:
    """The `subscriptions` of an order: one for a paid order of a subscription, else none."""
    if order.type not in ("RECURRING_INITIAL", "RECURRING") or order.payment_date is None:
        return []
    first = order.items[0]
    trial_end = order.payment_date + timedelta(days=first.product.trial_days) if first.is_trial else None
    varying = {
        "id": order.subscription_id,
        "items": [_subscription_item(item) for item in order.items],
        "price": price_body(first.product),
        "startDate": local_text(order.payment_date),
        "lastPaymentDate": local_text(order.payment_date),
        "nextPaymentDate": local_text(trial_end or order.payment_date + _MONTH),
        "trialEndDate": local_text(trial_end),
    }
    return [EXAMPLES["subscription"] | varying]


def _subscription_item(item: Item) -> Body:
    product = item.product
    return EXAMPLES["subscription_item"] | {
        "id": item.id,
        "code": item.code,
        "productName": product.name,
        "productType": product.kind,
        "plan": plan_body(product),
        "price": product.amount,
        "quantity": item.quantity,
        "productCode": product.code,
        "priceCode": product.price_code,
    }
