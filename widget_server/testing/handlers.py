"""The handlers of a shop with the Flask extension, run as the job worker runs them."""

from typing import Any

from flask import Flask

from widget_server.merchant.webhooks import Delivery
from widget_server.testing.deliveries import SignedDelivery


def installed(app: Flask) -> Any:
    """What the extension keeps in this application. Raises RuntimeError without one."""
    kept = app.extensions.get("steppay_checkout")
    if kept is None:
        raise RuntimeError("StepPayCheckout is not in this application; call init_app first")
    return kept


def deliver(app: Flask, message: SignedDelivery | Delivery) -> None:
    """Run the application's handlers (`@checkout.on`) of this message's type, each in a context of its own:
    `deliver(app, signed_delivery("payment.paid", order_code=...))`. All of them run. Raises what a handler raised, an
    `ExceptionGroup` if several did; the worker would send the message to all of them again."""
    delivery = message if isinstance(message, Delivery) else message.delivery
    failed: list[Exception] = []
    for handler in installed(app).handlers.receivers(delivery):
        try:
            with app.app_context():
                app.ensure_sync(handler)(delivery)
        except Exception as error:  # noqa: BLE001 - raised below: the other handlers run first
            failed.append(error)
    raise_all(failed)


def raise_all(failed: list[Exception]) -> None:
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise ExceptionGroup("several handlers failed", failed)
