"""The order that changes a subscription's card, as StepPay answers it when it is made."""

from collections.abc import Mapping
from typing import NamedTuple

from widget_server.domain.model import ORDER_CODE, OrderType
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.domain.parsing import (
    MalformedResponse,
    OrderMismatch,
    currency_of,
    exact_amount,
    subscription_ids_of,
)


class ChangeOrder(NamedTuple):
    """`currency` None: StepPay names none. The order charges nothing."""

    order_code: str
    order_id: int
    currency: str | None


def read_change_order(body: Mapping[str, object], subscription_id: int) -> ChangeOrder:
    """Raises `MalformedResponse` with the member that is wrong: another type of order, an amount to pay, another
    subscription. Such an order must not reach the member."""
    code, number = body.get("orderCode"), body.get("orderId")
    if not isinstance(code, str) or not ORDER_CODE.fullmatch(code) or body.get("code", code) != code:
        raise MalformedResponse("orderCode")
    if type(number) is not int or not 1 <= number <= MAX_ORDER_ID:
        raise MalformedResponse("orderId")
    if body.get("type") != OrderType.PAYMENT_METHOD:
        raise MalformedResponse("type")
    if exact_amount(body.get("paidAmount")) != 0:
        raise MalformedResponse("paidAmount")
    named = subscription_ids_of(body)
    if named and subscription_id not in named:
        raise OrderMismatch("subscriptions")
    return ChangeOrder(code, number, currency_of(body))
