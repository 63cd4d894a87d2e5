"""JSON bodies of what a payment starts: its receipt and the `payment` part of an order. All numbers are made up."""

from datetime import timedelta

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.product_bodies import EXAMPLES, Body
from widget_server.demo.simulator.records import Order, Payment


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
