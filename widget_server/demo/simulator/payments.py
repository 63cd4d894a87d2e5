"""How an order's payment moves from one state to the next."""

from widget_server.demo.simulator.records import Order, PaymentStatus
from widget_server.demo.simulator.store import Store

_UNPAID_EVENTS = {"FAILED": "payment.failed", "USER_CANCELED": "payment.canceled"}


class NotPossible(Exception):
    """The order's state does not allow this step; the text says why."""


def pay(store: Store, order: Order, method: str = "CARD") -> None:
    """Pay in full. An order that is already paid stays as it is."""
    if order.payment_date is not None:
        return
    store.start_attempt(order).method = method
    _complete(store, order)


def leave_unpaid(store: Store, order: Order, status: PaymentStatus, method: str = "CARD") -> None:
    """End an attempt without money: FAILED, USER_CANCELED or one of the STANDBY states."""
    if order.payment_date is not None:
        raise NotPossible("the order is already paid")
    payment = store.start_attempt(order)
    payment.status, payment.method = status, method
    order.modified_at = store.real_clock()
    store.happened(_UNPAID_EVENTS.get(status, "payment.standby"), order)


def deposit(store: Store, order: Order) -> Order:
    """The awaited money arrives: virtual account or bank debit. The payment record stays the same."""
    if order.payment.status not in ("VIRTUAL_BANK_STANDBY", "CMS_STANDBY"):
        raise NotPossible("no deposit is awaited")
    _complete(store, order)
    return order


def _complete(store: Store, order: Order) -> None:
    order.payment.status = "COMPLETE"
    order.payment.paid_at = order.payment_date = order.modified_at = store.real_clock()
    store.happened("order.payment_completed", order)
    store.order_changed(store, order)


def refund(store: Store, order: Order, amount: int | None = None) -> None:
    """Give back `amount` won, or all that is left. The payment date is kept (StepPay does not say)."""
    payment, left = order.payment, order.amount - order.payment.returned
    amount = left if amount is None else amount
    if order.payment_date is None or not order.has_receipt:
        raise NotPossible("the order has no payment to refund")
    if not 0 < amount <= left:
        raise NotPossible("the amount is not between 1 and what is left")
    payment.returned += amount
    payment.status = "CANCELED" if payment.returned == order.amount else "PARTIAL_CANCELED"
    order.modified_at = store.real_clock()
    store.happened("order.updated", order)
    store.order_changed(store, order)
