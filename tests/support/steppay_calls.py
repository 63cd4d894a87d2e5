"""The client under test with obviously fake secrets, and replies that several tests script."""

from __future__ import annotations

import gzip
import sys

import pytest

from tests.support.upstream import Reply, Upstream, answer
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.transport import RequestsTransport

TOKEN = "canary-token-5f2b"
ORDER = "order_15XqwcM1f"
KEY = "canaryKey123"
PAID = answer(b'{"orderCode":"order_15XqwcM1f","paidAmount":1000.5}')
LOST = answer(b"", status="500 Internal Server Error")


@pytest.fixture(params=["libcurl", "urllib3"])
def each_adapter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Once with pycurl and once as if it were not installed."""
    if request.param == "urllib3":
        monkeypatch.setitem(sys.modules, "widget_server.adapters.steppay.curl_adapter", None)
    return str(request.param)


def client_of(url: str, ca_file: str | None = None, *, budget_seconds: float = 8.0) -> StepPayClient:
    return StepPayClient(
        RequestsTransport(ca_file=ca_file),
        secret_token=TOKEN,
        api_url=url,
        budget_seconds=budget_seconds,
        jitter=lambda low, _high: low,
        sleep=lambda _seconds: None,
    )


def order_of(upstream: Upstream, ca_file: str | None = None, **options: float) -> object:
    return client_of(upstream.url, ca_file, **options).open_exchange().get_order(ORDER)


def chunked(tail: bytes) -> Reply:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Reply(head + tail)


def longer_than_sent(body: bytes, *, reset: bool = False) -> Reply:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
    return Reply(head + body, reset=reset)


def gzipped(body: bytes, *, status: str = "200 OK", headers: str = "") -> Reply:
    return answer(gzip.compress(body, 9), status=status, headers=f"Content-Encoding: gzip\r\n{headers}")
