"""`StepPayCheckout`, the one name that a shop imports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from flask import Flask, current_app
from markupsafe import Markup

from widget_server.extension.commands import steppay
from widget_server.extension.configuration import read_configuration
from widget_server.extension.handlers import Handler, Handlers, check_types
from widget_server.extension.local import LocalServer
from widget_server.extension.markup import pay_link, script_tag
from widget_server.extension.remote import RemoteServer
from widget_server.extension.subscriptions import Subscription
from widget_server.merchant.verdicts import Verdict
from widget_server.services.change_card import CardChange
from widget_server.services.create_order import CreatedOrder
from widget_server.web.order_schemas import SubscriptionPath
from widget_server.web.schemas import load

EXTENSION = "steppay_checkout"
_Handler = TypeVar("_Handler", bound=Handler)


class StepPayCheckout:
    """StepPay's checkout in a Flask application: `StepPayCheckout(app)`, or `init_app` for an application factory. One
    object may serve several applications; each keeps its own settings, database and keys."""

    def __init__(self, app: Flask | None = None) -> None:
        self._handlers = Handlers()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Mount the server below `STEPPAY_CHECKOUT_PREFIX`. Raises `ConfigurationError`, which names every problem of
        the settings. Nothing is opened before the first request."""
        if EXTENSION in app.extensions:
            raise RuntimeError("StepPayCheckout is in this application already")
        given = read_configuration(app)
        server = RemoteServer if given.remote_url else LocalServer
        app.extensions[EXTENSION] = server(app, given, self._handlers)
        app.jinja_env.globals.update(steppay_tag=self.tag, steppay_button=self.button)
        app.cli.add_command(steppay)

    def on(self, *types: str, accept_test: bool = False) -> Callable[[_Handler], _Handler]:
        """Let a function receive deliveries of these types: `@checkout.on("payment.paid", "renewal.paid")`. It gets a
        `Delivery`, in the application's context, at least once under the same `id`. An exception has the delivery sent
        again later, to all handlers of its type. `accept_test`: also test messages (`flask steppay deliveries
        send-test`), whose `is_test` is True and which are never fulfillable. Raises `ValueError` for a type that no
        delivery has."""
        check_types(types)

        def register(handler: _Handler) -> _Handler:
            self._handlers.add(types, handler, accept_test=accept_test)
            return handler

        return register

    def verify(self, token: object, *, order_code: str, amount: int | Decimal, currency: str = "KRW") -> Verdict:
        """The verdict in a token that came through the shopper's browser, if it is genuine and about exactly this
        order. `order_code`, `amount` and `currency` come from your own records, never from the request. Raises
        `VerdictVerificationError` for every other token."""
        return _installed().verify(token, order_code=order_code, amount=amount, currency=currency)

    def create_order(
        self,
        *,
        customer: Mapping[str, object],
        items: Sequence[Mapping[str, object]],
        purchase_deadline: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> CreatedOrder:
        """One new order at StepPay, with its amount bound. Keep its code, amount and currency.

        `customer`: `{"id": 1}` or `{"code": "customer_..."}` of StepPay, or `{"name", "email", "phone"?, "reuse"?}`,
        which is kept nowhere here. `items`: `[{"productCode", "priceCode", "currency"?, "quantity"?}]`.
        `purchase_deadline`: aware; until when it can be paid. `idempotency_key`: a new one for each order of yours, 8
        to 128 of `A-Z a-z 0-9 _ - . :`; the same call with it gives the same order for 30 days, so repeat it after
        every error that is `retryable`.

        Raises `errors.InvalidRequest` and `errors.OrderRefused` (correct it; nothing was made),
        `errors.OrderOutcomeUnknown` (perhaps it was made: look at StepPay's portal), other `errors.UpstreamError` and
        `errors.StorageError` (try again). With a key also `errors.IdempotencyKeyReused`, `OrderInProgress` and
        `OrderUnconfirmed`; without one `errors.OrderNotBound` (made, but do not show it).
        """
        return _installed().create_order(
            customer=customer, items=items, purchase_deadline=purchase_deadline, idempotency_key=idempotency_key
        )

    def expect(self, order_code: str, *, amount: int | Decimal, currency: str = "KRW") -> None:
        """Bind what an order that you made yourself must cost, before its page opens: no verdict is `paid` for another
        amount, and one of 0 is fulfillable only where 0 is bound. `create_order` does it by itself. Raises
        `errors.InvalidRequest`, `errors.ExpectationSettled` and `errors.StorageError`."""
        _installed().expect(order_code, amount, currency)

    def subscription(self, subscription_id: int) -> Subscription:
        """Ask StepPay whether the member may come in: `access`, and what else it is now. `subscription_id` comes from
        your own records, never from the request. Raises `errors.InvalidRequest`, `errors.SubscriptionNotFound` and
        `errors.UpstreamError`, which says nothing about access: keep the last answer that you had."""
        return _installed().subscription(_number(subscription_id))

    def change_payment_method(self, subscription_id: int, *, customer_id: int | None = None) -> CardChange:
        """Make the order by which the member changes the card, also after a failed renewal; show `button(order_code,
        "결제수단 변경")`. It charges nothing. Take `subscription_id` from the records of the member who is signed in;
        with `customer_id`, StepPay's number of the customer, another customer's subscription is not found.

        Raises `errors.SubscriptionNotFound`, `errors.SubscriptionEnded` (sell a new one), `errors.InvalidRequest`,
        `errors.OrderRefused`, and `errors.UpstreamError` or `errors.StorageError`: call it again."""
        owner = {} if customer_id is None else {"customerId": customer_id}
        return _installed().change_payment_method(_number(subscription_id), owner)

    def tag(self, **attributes: object) -> Markup:
        """The widget's script tag, pinned to its content. `attributes`: more of the tag's, such as `nonce`."""
        return script_tag(*_installed().widget(), attributes)

    def csp(self, page: str = "/") -> dict[str, str]:
        """What a Content-Security-Policy of your page needs besides its own: sources by directive."""
        return _installed().csp(page)

    def button(self, order_code: str, text: str, mode: str | None = None, **attributes: object) -> Markup:
        """The link that pays `order_code`. `attributes`: more of the link's, such as `class_` or `data_success_url`."""
        return pay_link(_installed().public_url, order_code, text, mode, attributes)


def _number(subscription_id: object) -> int:
    """Raises `errors.InvalidRequest`: nothing else becomes part of an address."""
    return int(load(SubscriptionPath(), {"subscriptionId": subscription_id})["subscription_id"])


def _installed() -> LocalServer | RemoteServer:
    """What the current application keeps."""
    installed = current_app.extensions.get(EXTENSION)
    if installed is None:
        raise RuntimeError("StepPayCheckout is not in this application; call init_app first")
    return installed  # type: ignore[no-any-return]  # a plain dict of Flask's
