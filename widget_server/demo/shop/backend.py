"""What a merchant backend asks StepPay, with the Secret-Token, and the widget server, with the API key: above all, it
creates an order and binds its price before a page gets the order's code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from widget_server.demo.shop.catalogue import PRODUCTS, Product

_TIMEOUT_SECONDS = 30
_CUSTOMER = {"name": "김달래", "email": "shopper@shop.localhost"}
"""The demo has one made-up shopper."""


class BackendUnavailable(Exception):
    """StepPay or the widget server did not answer or refused: an order whose price is not bound is not offered."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class StepPayApi:
    """StepPay's calls with the Secret-Token. Each raises `BackendUnavailable`."""

    api_url: str
    secret_token: str = field(repr=False)

    def create_order(self, product: Product, quantity: int = 1) -> str:
        """A new order for the demo's shopper; returns its `orderCode`."""
        customer = self._call("POST", "/api/v1/customers", _CUSTOMER)
        item = {"productCode": product.product_code, "priceCode": product.price_code, "currency": "KRW"}
        order = self._call(
            "POST",
            "/api/v1/orders",
            {"customerId": customer.get("id"), "items": [{**item, "minimumQuantity": quantity}]},
        )
        return _text(order, "orderCode")

    def bought(self, order_code: str) -> tuple[Product, int] | None:
        """What an order of an offer is for: a product of this shop and how many; None: of another shop."""
        items = self._call("GET", f"/api/v1/orders/{order_code}").get("items")
        if not isinstance(items, list) or len(items) != 1:
            return None
        codes = (items[0]["product"]["code"], items[0]["price"]["code"])
        found = [one for one in PRODUCTS if (one.product_code, one.price_code) == codes]
        return (found[0], int(items[0]["quantity"])) if found else None

    def change_subscription(self, number: int, step: str, body: Mapping[str, object]) -> None:
        """`step`: pause, active or cancel."""
        self._call("POST", f"/api/v1/subscriptions/{number}/{step}", body)

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        return call(method, self.api_url + path, body, {"Secret-Token": self.secret_token})


@dataclass(frozen=True)
class WidgetApi:
    """`url` as the shop's machine reaches it. Each call raises `BackendUnavailable`."""

    url: str
    api_key: str = field(repr=False)

    def bind(self, order_code: str, amount_krw: int) -> None:
        self._call("PUT", f"/v1/orders/{order_code}/expectation", {"amount": amount_krw, "currency": "KRW"})

    def order(self, order_code: str) -> dict[str, Any] | None:
        """The stored record with `timeline`; None: the widget server has never heard of the order."""
        try:
            return self._call("GET", f"/v1/orders/{order_code}?timeline=1")
        except BackendUnavailable as error:
            if error.status == 404:
                return None
            raise

    def subscription(self, number: int) -> dict[str, Any]:
        """`access` and the rest, as StepPay says at this moment."""
        return self._call("GET", f"/v1/subscriptions/{number}")

    def change_card(self, number: int) -> str:
        """The code of an order whose pay page takes another card."""
        return _text(self._call("POST", f"/v1/subscriptions/{number}/payment-method", {}), "orderCode")

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        return call(method, self.url + path, body, {"Authorization": f"Bearer {self.api_key}"})


def call(
    method: str, url: str, body: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Raises `BackendUnavailable`."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy of the environment may see the secret, and no .netrc may replace it
        try:
            response = session.request(
                method, url, json=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
            value = response.json()
        except (requests.RequestException, ValueError) as error:
            raise BackendUnavailable from error
    if response.status_code not in (200, 201) or not isinstance(value, dict):
        raise BackendUnavailable(response.status_code)
    return value


def _text(answer: Mapping[str, Any], member: str) -> str:
    value = answer.get(member)
    if not isinstance(value, str):
        raise BackendUnavailable
    return value
