"""The shoppers, pages, operators and StepPay of the soak: each flow is a chain of requests, every answer checked."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from bench.events import Event
from bench.orders import VERDICTS, new_code
from bench.workload import ORIGIN, Get, Step, UnexpectedResponse, Verify, refusal, request

Flow = Callable[[], Step]
_KINDS = "ppruf"
"""No deposits that are waited for: their rows stay until a person looks, which is meant so."""


class Open:
    """A page opens a checkout, polls it, the shopper comes back to the return page, the page polls once more."""

    def __init__(self, kind: str) -> None:
        self._code = new_code(kind)
        body = json.dumps({"orderCode": self._code, "mode": "tab", "locale": "ko"}).encode()
        self.raw = request("POST", "/v1/checkouts", body, f"Origin: {ORIGIN}")

    def take(self, status: int, head: bytes, body: bytes) -> Step:
        if status != 201:
            raise UnexpectedResponse("opening: " + refusal(status, body))
        return Poll(self._code, json.loads(body)["checkout"], returned=False)


class Poll:
    def __init__(self, code: str, checkout: str, *, returned: bool) -> None:
        self._code, self._checkout, self._returned = code, checkout, returned
        self.raw = request("GET", f"/v1/checkouts/{checkout}", b"", f"Origin: {ORIGIN}")

    def take(self, status: int, head: bytes, body: bytes) -> Step | None:
        if status != 200:
            raise UnexpectedResponse("poll: " + refusal(status, body))
        answer = json.loads(body)
        if not self._returned:
            return ComeBack(self._code, self._checkout)
        if answer["state"] != "returned" or answer["verdict"]["verdict"] != VERDICTS[self._code[6]]:
            raise UnexpectedResponse("poll: another answer")
        return None


class ComeBack:
    """The return page, as StepPay sends shoppers there."""

    def __init__(self, code: str, checkout: str) -> None:
        self._code, self._checkout = code, checkout
        claim = "error" if code[6] == "f" else "success"
        self.raw = request("GET", f"/v1/return/{checkout}?order_code={code}&status={claim}")

    def take(self, status: int, head: bytes, body: bytes) -> Step:
        if status != 200 or self._code.encode() not in body:
            raise UnexpectedResponse(f"return page: status {status}")
        return Poll(self._code, self._checkout, returned=True)


class RenewalOfV1(Get):
    """StepPay's old, unsigned word of a renewal: only the number of an order. The server may say that it has enough."""

    def __init__(self) -> None:
        super().__init__("/")
        body = json.dumps({"webHookType": "PAYMENT", "orderId": 1}).encode()
        self.raw = request("POST", "/v1/webhooks/steppay-v1", body)


def flows(dice: random.Random) -> Flow:
    """Gives the next request by chance. About six new orders a second at twenty requests a second."""
    seen: list[str] = []

    def verify() -> Step:
        seen.append(new_code(dice.choice("ppru")))
        del seen[:-200]
        return Verify(seen[-1])

    def again() -> Step:
        return Verify(dice.choice(seen)) if seen else verify()

    def file() -> Step:
        return Get(dice.choice(("/v1/widget.js", "/healthz", "/readyz", "/v1/pages?path=/pricing", "/openapi.json")))

    kinds: dict[Flow, int] = {
        verify: 15,
        again: 20,
        lambda: Open(dice.choice(_KINDS)): 15,
        Event: 10,
        lambda: Event(new_code("r"), "order.created"): 5,
        RenewalOfV1: 5,
        lambda: Get(f"/v1/checkouts/{'x' * 22}", status=404): 5,
        file: 25,
    }

    def any_of_them() -> Step:
        return dice.choices(list(kinds), list(kinds.values()))[0]()

    return any_of_them
