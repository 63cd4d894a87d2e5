"""The client under test with obviously fake secrets, and replies that several tests script."""

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.upstream import Reply, Upstream, answer
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.transport import open_transport
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import BUDGET_SECONDS, Body, Deadline, Request

TOKEN = "canary-token-5f2b"
ORDER = "order_15XqwcM1f"
KEY = "canaryKey123"
PAID = answer(b'{"orderCode":"order_15XqwcM1f","paidAmount":1000.5}')
LOST = answer(b"", status="500 Internal Server Error")


@pytest.fixture(params=["libcurl", "requests"])
def each_adapter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Once with pycurl and once as if it were not installed."""
    if request.param == "requests":
        monkeypatch.setitem(sys.modules, "widget_server.adapters.steppay.curl_transport", None)
    return str(request.param)


def client_of(url: str, ca_file: str | None = None) -> StepPayClient:
    return StepPayClient(
        open_transport(ca_file=ca_file),
        secret_token=TOKEN,
        api_url=url,
        jitter=lambda low, _high: low,
        sleep=lambda _seconds: None,
    )


def order_of(upstream: Upstream, ca_file: str | None = None, budget_seconds: float = BUDGET_SECONDS) -> Any:
    return ask_order(client_of(upstream.url, ca_file), budget_seconds=budget_seconds)


def ask_order(steppay: StepPay, order_code: str = ORDER, budget_seconds: float = BUDGET_SECONDS) -> Any:
    return steppay.call(Request("order", order_code), Deadline.after(budget_seconds))


def ask_receipt(steppay: StepPay, id_key: str = KEY) -> Any:
    return steppay.call(Request("receipt", ORDER, id_key), Deadline.after(BUDGET_SECONDS))


@dataclass(frozen=True)
class Hurried:
    """`steppay` for verifications that have only so many seconds."""

    steppay: StepPay
    seconds: float

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        if request.resource == "order":
            deadline.ends_at -= BUDGET_SECONDS - self.seconds
        return self.steppay.call(request, deadline)


def chunked(tail: bytes) -> Reply:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Reply(head + tail)


def longer_than_sent(body: bytes, *, reset: bool = False) -> Reply:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
    return Reply(head + body, reset=reset)


def gzipped(body: bytes, *, status: str = "200 OK", headers: str = "") -> Reply:
    return answer(gzip.compress(body, 9), status=status, headers=f"Content-Encoding: gzip\r\n{headers}")
