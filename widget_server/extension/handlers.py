"""The shop's own functions that receive deliveries, in the place of a backend at WIDGET_NOTIFY_URL."""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask

from widget_server.domain.delivery import DeliveryResponse
from widget_server.errors import ConfigurationError
from widget_server.merchant.webhooks import ERROR_CODES, TYPES, Delivery, read_unverified

log = logging.getLogger("widget_server.handlers")

Handler = Callable[[Delivery], Any]


class Handlers:
    """By type of delivery. One object may serve several applications."""

    def __init__(self) -> None:
        self._by_type: dict[str, list[tuple[Handler, bool]]] = defaultdict(list)
        self._elsewhere = False

    def add(self, types: tuple[str, ...], handler: Handler, *, accept_test: bool) -> None:
        """`accept_test`: it also receives test messages. Raises `ConfigurationError`, as `send_elsewhere`."""
        for kind in types:
            self._by_type[kind].append((handler, accept_test))
        self._check()

    def receivers(self, delivery: Delivery) -> tuple[Handler, ...]:
        """Those of its type; of a test message only those that accept one."""
        found = self._by_type.get(delivery.type, ())
        return tuple(handler for handler, accept_test in found if accept_test or not delivery.is_test)

    def send_elsewhere(self) -> None:
        """Deliveries go to WIDGET_NOTIFY_URL. Raises `ConfigurationError` where there are handlers, now or later."""
        self._elsewhere = True
        self._check()

    def _check(self) -> None:
        if self._elsewhere and self._by_type:
            sentence = "deliveries go either there or to handlers (`@checkout.on`); remove one of the two"
            raise ConfigurationError([f"WIDGET_NOTIFY_URL: {sentence}"])


def check_types(types: tuple[object, ...]) -> None:
    """Raises `ValueError`, which lists the types that there are."""
    wrong = [kind for kind in types if kind not in TYPES]
    if not types or wrong:
        named = ", ".join(repr(kind) if isinstance(kind, str) else "something else" for kind in wrong) or "none"
        raise ValueError(f"@checkout.on names {named}; give one or more of {', '.join(TYPES)}")


def run_handlers(app: Flask, handlers: Handlers, delivery: Delivery) -> list[str]:
    """Every handler that receives it, each in a context of its own: what one leaves behind, a broken transaction for
    example, is not the next one's. Returns what failed, as `name: kind of exception`."""
    failed = []
    for handler in handlers.receivers(delivery):
        name = getattr(handler, "__name__", type(handler).__name__)
        try:
            with app.app_context():
                app.ensure_sync(handler)(delivery)
        except Exception as error:
            failed.append(f"{name}: {type(error).__name__}")
            # As Flask's for a view, this goes to the shop's own log with its traceback. Our lines keep the message out.
            log.error("handler_failed id=%s type=%s handler=%s", delivery.id, delivery.type, name, exc_info=error)
    return failed


NOT_RECEIVED = {
    False: DeliveryResponse("answered", 204, "no handler for this type"),
    True: DeliveryResponse("answered", 400, f"test_message: {ERROR_CODES['test_message']}"),
}
"""By whether it is a test: what is answered where no handler receives a message."""


class ApplicationBackend:
    """Implements `ports.MerchantBackend`: the application itself is the merchant backend."""

    def __init__(self, app: Flask, handlers: Handlers) -> None:
        self._app, self._handlers = app, handlers

    def send(self, event_id: str, payload: str, at: datetime) -> DeliveryResponse:
        """What the job records is an HTTP status, as that of any backend."""
        delivery = read_unverified(event_id, payload)
        if not self._handlers.receivers(delivery):
            return NOT_RECEIVED[delivery.is_test]
        failed = run_handlers(self._app, self._handlers, delivery)
        return DeliveryResponse("answered", 500 if failed else 200, "; ".join(failed))
