"""What is asked, and how its answer is checked: a server that answers fast and wrongly gets no mark."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from bench.orders import AMOUNT, VERDICTS, new_code
from bench.upstream import TOKEN

ORIGIN = "https://shop.bench.test"


class ClientAddresses:
    """Shoppers' addresses, as a proxy reports them: the rate limit stays on. They come in turn, so that it meets none
    twice while there are enough of them."""

    def __init__(self) -> None:
        self.number = 1 << 24
        self._came = count(1)

    def next_address(self) -> str:
        number = next(self._came) % self.number
        return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


visitors = ClientAddresses()


class UnexpectedResponse(Exception):
    """The answer is not what was asked for."""


class Step(Protocol):
    """One request, and what follows from its answer: the next request, or None. `take` raises `Wrong`."""

    raw: bytes

    def take(self, status: int, head: bytes, body: bytes) -> Step | None: ...


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"X-Forwarded-For: {visitors.next_address()}", *headers]
    if body:
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def refusal(status: int, body: bytes) -> str:
    """The status, and the stable code of our errors where there is one."""
    code = re.search(rb'"code": ?"([a-z_]+)"', body)
    return f"{status} {code[1].decode() if code else ''}".strip()


class Verify:
    """One verification of `code`, default a new paid order."""

    __slots__ = ("code", "raw")

    def __init__(self, code: str | None = None) -> None:
        self.code = code or new_code()
        body = b'{"orderCode":"%s","status":"success"}' % self.code.encode()
        self.raw = request("POST", "/v1/verify", body, f"Origin: {ORIGIN}", "Accept-Language: ko-KR,ko;q=0.9")

    def take(self, status: int, head: bytes, body: bytes) -> None:
        if status != 200:
            raise UnexpectedResponse(refusal(status, body))
        answer, verdict = json.loads(body), VERDICTS[self.code[6]]
        if answer["orderCode"] != self.code or answer["verdict"] != verdict or answer["amount"] != AMOUNT:
            raise UnexpectedResponse("another answer")
        if answer["fulfill"] is not (verdict == "paid"):
            raise UnexpectedResponse("fulfill")


class Get:
    """Any page that must answer 200, with `needs` in its head in lower case."""

    def __init__(self, path: str, *headers: str, needs: bytes = b"", status: int = 200) -> None:
        self.raw = request("GET", path, b"", *headers)
        self._needs, self._status = needs, status

    def take(self, status: int, head: bytes, body: bytes) -> None:
        if status != self._status:
            raise UnexpectedResponse(f"status {status}")
        if self._needs not in head.lower():
            raise UnexpectedResponse(self._needs.decode())


@dataclass
class Direct:
    """The two calls of a verification without any server between: the least that one can take."""

    raw: bytes
    second: bytes | None

    def take(self, status: int, head: bytes, body: bytes) -> Direct | None:
        if status != 200:
            raise UnexpectedResponse(f"status {status}")
        return Direct(self.second, None) if self.second else None


def direct() -> Direct:
    code, token = new_code(), f"Secret-Token: {TOKEN}"
    order = request("GET", f"/api/v1/orders/{code}", b"", token)
    return Direct(order, request("GET", f"/api/payment/receipt/key{code[6:]}", b"", token))
