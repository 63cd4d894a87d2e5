"""What a merchant's backend does: it creates the order at StepPay with the Secret-Token, and hands only the
code to the page."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from widget_server.demo.shop.catalogue import Product

_TIMEOUT_SECONDS = 5
_CUSTOMER = {"name": "김달래", "email": "shopper@shop.localhost"}
"""The demo has one made-up shopper."""


class StepPayUnavailable(Exception):
    """StepPay could not be reached or refused."""


@dataclass(frozen=True)
class StepPayOrders:
    """StepPay's customer and order calls. `repr` shows no token."""

    api_url: str
    secret_token: str

    def __repr__(self) -> str:
        return f"StepPayOrders(api_url={self.api_url!r})"

    def create(self, product: Product) -> str:
        """A new order for the demo's shopper; returns its `orderCode`. Raises `StepPayUnavailable`."""
        customer = self._post("/api/v1/customers", _CUSTOMER)
        item = {"productCode": product.product_code, "priceCode": product.price_code, "currency": "KRW"}
        order = self._post(
            "/api/v1/orders", {"customerId": customer.get("id"), "items": [{**item, "minimumQuantity": 1}]}
        )
        code = order.get("orderCode")
        if not isinstance(code, str):
            raise StepPayUnavailable
        return code

    def _post(self, path: str, body: dict[str, object] | dict[str, str]) -> dict[str, object]:
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment may see the token
            try:
                answer = session.post(
                    self.api_url + path,
                    json=body,
                    headers={"Secret-Token": self.secret_token},
                    timeout=_TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
                answer.raise_for_status()
                value = answer.json()
            except (requests.RequestException, ValueError) as error:
                raise StepPayUnavailable from error
        if answer.status_code not in (200, 201) or not isinstance(value, dict):
            raise StepPayUnavailable
        return value
