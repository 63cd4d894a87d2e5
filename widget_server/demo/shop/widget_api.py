"""The shop's backend tells the widget server what each order must cost, before any page gets its code."""

from __future__ import annotations

from dataclasses import dataclass

import requests

_TIMEOUT_SECONDS = 5


class WidgetServerUnavailable(Exception):
    """The widget server could not be reached or refused: an order whose price nobody checks is not offered."""


@dataclass(frozen=True)
class WidgetApi:
    """`url` as the shop's machine reaches it. `repr` shows no key."""

    url: str
    api_key: str

    def __repr__(self) -> str:
        return f"WidgetApi(url={self.url!r})"

    def bind(self, order_code: str, amount_krw: int) -> None:
        """Raises `WidgetServerUnavailable`."""
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment may see the key, and no .netrc may replace it
            try:
                session.put(
                    f"{self.url}/v1/orders/{order_code}/expectation",
                    json={"amount": amount_krw, "currency": "KRW"},
                    headers={"Authorization": f"Bearer {self.api_key}"},
                    timeout=_TIMEOUT_SECONDS,
                    allow_redirects=False,
                ).raise_for_status()
            except requests.RequestException as error:
                raise WidgetServerUnavailable from error
