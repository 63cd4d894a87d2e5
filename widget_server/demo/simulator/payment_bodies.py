"""JSON bodies of payments: the receipt, and the `payment` part of an order. All numbers are made up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from widget_server.demo.simulator.customer_bodies import payer_body
from widget_server.demo.simulator.dates import local_text
from widget_server.demo.simulator.records import Order, Payment

Body = dict[str, Any]


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
    return {
        "paymentMethod": _method(order),
        "paymentDate": local_text(order.payment_date) if shows_paid else None,
        "amount": order.amount,
        "discount": 0,
        "paymentReturn": None,
        "paymentReceiptUrl": None,
        "paymentGateway": "TOSS" if shows_paid else "UNKNOWN",
        "cardNumber": "0000-****-****-0000" if shows_paid and payment.method == "CARD" else None,
        "vbankDTO": _virtual_account(order) if payment.method == "VBANK" else None,
        "niceCmsDTO": _bank_debit(order) if payment.method == "CMS" else None,
        "customerDTO": payer_body(order.customer),
        "errorCode": "SIMULATED_DECLINE" if failed else None,
        "errorMessage": "모의 승인 거절" if failed else None,
    }


def _method(order: Order) -> str:
    # A subscription keeps the card or account for renewals; StepPay marks those with _BILL.
    keeps = order.type != "ONE_TIME" and order.payment.method in ("CARD", "CMS", "CELLPHONE")
    return order.payment.method + ("_BILL" if keeps else "")


def _virtual_account(order: Order) -> Body:
    return {
        "bankCode": "000",
        "bankName": "모의은행",
        "accountNumber": "000-0000-000000",
        "accountName": "모의 예금주",
        "bankDate": local_text(order.modified_at + timedelta(days=3)),
    }


def _bank_debit(order: Order) -> Body:
    return {
        "corporateManager": "모의 담당자",
        "companyName": "모의 회사",
        "companyRegistrationNumber": "000-00-00000",
        "bankCode": "000",
        "bankAccount": "000-0000-000000",
        "date": local_text(order.modified_at),
        "status": "WITHDRAW_SUCCESS" if order.payment_date else "WITHDRAW_PENDING",
        "errorReturn": None,
    }
