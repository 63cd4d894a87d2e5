"""What reaches the network, and for how long."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from tests.support.steppay_calls import (
    KEY,
    ORDER,
    PAID,
    TOKEN,
    ask_order,
    ask_receipt,
    client_of,
    longer_than_sent,
    order_of,
)
from tests.support.upstream import Reply, Upstream, answer
from widget_server import errors
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.transport import open_transport
from widget_server.services.steppay_call import Deadline, Request

pytestmark = pytest.mark.usefixtures("each_adapter")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(params=["plain", "tls"])
def tls(request: pytest.FixtureRequest, server_tls: ssl.SSLContext) -> ssl.SSLContext | None:
    return server_tls if request.param == "tls" else None


def test_an_order_is_asked_for_with_the_token_and_read_exactly(tls: ssl.SSLContext | None, ca_file: str) -> None:
    with Upstream(PAID, tls=tls) as upstream:
        order = order_of(upstream, ca_file)
    assert order == {"orderCode": ORDER, "paidAmount": pytest.approx(1000.5)}
    request, *lines = upstream.heads[0].rstrip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert request == f"GET /api/v1/orders/{ORDER} HTTP/1.1"
    assert headers.pop("User-Agent").startswith("steppay-widget-server/")
    assert headers == {
        "Host": f"127.0.0.1:{upstream.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive",
        "Secret-Token": TOKEN,
    }


def test_the_retry_after_a_5xx_takes_another_connection() -> None:
    with Upstream(answer(status="502 Bad Gateway", keep=True), answer(keep=True)) as upstream:
        order_of(upstream)
        assert upstream.connections == 2


HEADER_DRIP = Reply(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 400, drip_seconds=0.04)
SILENT_START = Reply(b"HTTP/1.1 200", drip_seconds=60)
BODY_DRIP = Reply(longer_than_sent(b" " * 4000).raw, drip_seconds=0.04)


DRIPS = {"headers": HEADER_DRIP, "body": BODY_DRIP, "silence": SILENT_START}


def ends_at_the_budget(reply: Reply, tls: ssl.SSLContext | None, ca_file: str) -> bool:
    with Upstream(reply, tls=tls) as upstream:
        with pytest.raises(errors.UpstreamTimeout):
            order_of(upstream, ca_file, budget_seconds=3)  # a busy machine needs some of it for a TLS handshake
        return len(upstream.heads) == 1


def test_UP_02_a_dripping_answer_ends_at_the_budget(tls: ssl.SSLContext | None, ca_file: str) -> None:
    """Each drip lasts longer than the budget by far; all at once, for the time they take."""
    with ThreadPoolExecutor(len(DRIPS)) as pool:
        calls = {name: pool.submit(ends_at_the_budget, reply, tls, ca_file) for name, reply in DRIPS.items()}
    assert {name: call.result() for name, call in calls.items()} == dict.fromkeys(DRIPS, True)


def test_a_server_that_never_finishes_the_tls_handshake_ends_at_the_budget(ca_file: str) -> None:
    with Upstream(PAID) as upstream:
        client = client_of(f"https://127.0.0.1:{upstream.port}", ca_file)
        with pytest.raises(errors.UpstreamTimeout):
            ask_order(client, budget_seconds=0.6)


def test_a_name_lookup_that_hangs_ends_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    with Upstream(PAID) as upstream:
        released = threading.Event()
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: released.wait(90) and [])
        with pytest.raises(errors.UpstreamTimeout):
            order_of(upstream, budget_seconds=0.3)
        released.set()


def test_order_and_receipt_share_one_budget() -> None:
    now = [100.0]
    with Upstream(answer(keep=True)) as upstream:
        client = StepPayClient(
            open_transport(),
            secret_token=TOKEN,
            api_url=upstream.url,
        )
        deadline = Deadline.after(8.0, clock=lambda: now[0])
        client.call(Request("order", ORDER), deadline)
        now[0] += 8.1
        with pytest.raises(errors.UpstreamTimeout):
            client.call(Request("receipt", ORDER, KEY), deadline)
        assert len(upstream.heads) == 1
        assert ask_receipt(client) == {}


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
def test_UP_08_the_token_never_follows_a_redirect_to_another_host(status: str) -> None:
    with Upstream(PAID) as thief:
        elsewhere = answer(status=f"{status} Moved", headers=f"Location: {thief.url}/api/v1/orders/{ORDER}\r\n")
        with Upstream(elsewhere) as upstream, pytest.raises(errors.UpstreamBadResponse):
            order_of(upstream)
        assert thief.connections == 0


def test_an_untrusted_certificate_never_receives_a_request(server_tls: ssl.SSLContext) -> None:
    with Upstream(PAID, tls=server_tls) as upstream:
        with pytest.raises(errors.UpstreamUnavailable):
            order_of(upstream)
        assert upstream.heads == []


def test_a_certificate_for_another_name_never_receives_a_request(authority: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("steppay.example").configure_cert(context)
    with Upstream(PAID, tls=context) as upstream:
        with pytest.raises(errors.UpstreamUnavailable):
            order_of(upstream, ca_file)
        assert upstream.heads == []


@pytest.fixture
def hostile_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Upstream]:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password canary-netrc\n")
    with Upstream(PAID) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("NETRC", str(netrc))
        yield proxy


def test_proxies_and_netrc_of_the_environment_are_ignored(hostile_environment: Upstream) -> None:
    with Upstream(PAID) as upstream:
        order_of(upstream)
    assert hostile_environment.connections == 0
    assert "authorization" not in upstream.heads[0].lower()


def test_a_ca_bundle_of_the_environment_is_not_trusted(
    server_tls: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, ca_file)
    with Upstream(PAID, tls=server_tls) as upstream, pytest.raises(errors.UpstreamUnavailable):
        order_of(upstream)


def test_cookies_are_not_sent_back() -> None:
    with Upstream(answer(headers="Set-Cookie: session=1; Path=/\r\n")) as upstream:
        client = client_of(upstream.url)
        ask_order(client)
        ask_order(client)
    assert "cookie" not in "".join(upstream.heads).lower()


def test_calls_share_one_connection(tls: ssl.SSLContext | None, ca_file: str) -> None:
    replies = [answer(keep=True), answer(status="404 Not Found", keep=True), answer(keep=True)]
    with Upstream(*replies, tls=tls) as upstream:
        client = client_of(upstream.url, ca_file)
        ask_order(client)
        ask_receipt(client)
        ask_order(client)
        assert (upstream.connections, len(upstream.heads)) == (1, 3)


def test_debug_logs_of_the_libraries_do_not_hold_the_token(caplog: pytest.LogCaptureFixture) -> None:
    with Upstream(PAID) as upstream, caplog.at_level(logging.DEBUG):
        order_of(upstream)
    assert TOKEN not in caplog.text
