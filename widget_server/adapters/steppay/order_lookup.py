"""Which order code belongs to StepPay's order number: events of payments name the number alone."""

from __future__ import annotations

from widget_server import errors
from widget_server.domain.model import ORDER_CODE
from widget_server.services.steppay_call import BUDGET_SECONDS, Call, Deadline, Request


class OrderLookup:
    """Implements `ports.OrderLookup`. For the worker only: what a browser sends is never looked up by number."""

    def __init__(self, ask: Call) -> None:
        self._ask = ask

    def find_code(self, order_id: int) -> str | None:
        """None: StepPay knows no such order. Raises `errors.UpstreamError` subclasses."""
        order = self._ask(Request.number(order_id), Deadline.after(BUDGET_SECONDS))
        if order is None:
            return None
        code = order.get("orderCode")
        if order.get("orderId") != order_id or not isinstance(code, str) or not ORDER_CODE.fullmatch(code):
            raise errors.UpstreamBadResponse("another order")
        return code
