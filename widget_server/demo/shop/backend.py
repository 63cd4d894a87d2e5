"""What a merchant backend does before a page gets an order code: it creates the order at StepPay with the Secret-Token,
and binds its price at the widget server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from widget_server.demo.shop.catalogue import Product

_TIMEOUT_SECONDS = 30
_CUSTOMER = {"name": "김달래", "email": "shopper@shop.localhost"}
"""The demo has one made-up shopper."""


class BackendUnavailable(Exception):
    """StepPay or the widget server did not answer or refused: an order whose price is not bound is not offered."""


@dataclass(frozen=True)
class StepPayOrders:
    """StepPay's customer and order calls."""

    api_url: str
    secret_token: str = field(repr=False)

    def create(self, product: Product) -> str:
        """A new order for the demo's shopper; returns its `orderCode`. Raises `BackendUnavailable`."""
        customer = self._post("/api/v1/customers", _CUSTOMER)
        item = {"productCode": product.product_code, "priceCode": product.price_code, "currency": "KRW"}
        order = self._post(
            "/api/v1/orders", {"customerId": customer.get("id"), "items": [{**item, "minimumQuantity": 1}]}
        )
        code = order.get("orderCode")
        if not isinstance(code, str):
            raise BackendUnavailable
        return code

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        return _call("POST", self.api_url + path, body, {"Secret-Token": self.secret_token})


@dataclass(frozen=True)
class WidgetApi:
    """`url` as the shop's machine reaches it."""

    url: str
    api_key: str = field(repr=False)

    def bind(self, order_code: str, amount_krw: int) -> None:
        """Raises `BackendUnavailable`."""
        body = {"amount": amount_krw, "currency": "KRW"}
        headers = {"Authorization": f"Bearer {self.api_key}"}
        _call("PUT", f"{self.url}/v1/orders/{order_code}/expectation", body, headers)


def _call(method: str, url: str, body: Mapping[str, object], headers: Mapping[str, str]) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False  # no proxy of the environment may see the secret, and no .netrc may replace it
        try:
            response = session.request(
                method, url, json=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
            response.raise_for_status()
            value = response.json()
        except (requests.RequestException, ValueError) as error:
            raise BackendUnavailable from error
    if response.status_code not in (200, 201) or not isinstance(value, dict):
        raise BackendUnavailable
    return value
