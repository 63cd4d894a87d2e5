"""The running demo as the tests see it: its addresses, and the simulator's control API."""

from __future__ import annotations

import json
import secrets
import urllib.request
from dataclasses import dataclass
from typing import Any

from widget_server.demo.run import Demo


@dataclass(frozen=True)
class Order:
    code: str
    id: int

    @property
    def back(self) -> str:
        """The query that StepPay comes back with after a success, to an address that carries our marker."""
        return f"steppay_return=success.{self.code}.&order_id={self.id}&order_code={self.code}&status=success"


@dataclass(frozen=True)
class RunningDemo:
    urls: Demo
    simulator: str
    """The simulator as Python reaches it; not every system resolves `*.localhost`."""

    def unpaid_order(self) -> Order:
        """A new order at StepPay that the shop's pages do not show."""
        code = "order_" + secrets.token_hex(5)
        summary = self._control("PUT", f"/orders/{code}/answer", {})
        return Order(code, summary["orderId"])

    def checkout(self, order: Order, mode: str) -> str:
        """The shop's page opens a checkout; gives the address of its return page."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.urls.server_url.rsplit(':', 1)[1]}/v1/checkouts",
            data=json.dumps({"orderCode": order.code, "mode": mode}).encode(),
            headers={"Content-Type": "application/json", "Origin": self.urls.shop_url},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return f"{self.urls.server_url}/v1/return/{json.load(answer)['checkout']}"

    def settle(self, order_code: str, scenario: str) -> None:
        """StepPay learns the outcome while no browser comes back."""
        self._control("POST", f"/orders/{order_code}/scenario", {"scenario": scenario})

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.simulator}/simulator{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
