"""Calls of StepPay from behind a proxy or under a private authority, and the operator's word for a fault."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest
import trustme

from tests.support.connect_proxy import egress_proxy
from tests.support.steppay_calls import ORDER, PAID, TOKEN, ask_order
from tests.support.upstream import Upstream
from widget_server import errors
from widget_server.adapters.egress import Proxy
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.steppay.transport import open_transport
from widget_server.services.metrics import UPSTREAM_FAULTS, UPSTREAM_METRICS

pytestmark = pytest.mark.usefixtures("each_adapter")
NAME = "api.steppay.test"


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    return str(tmp_path / "ca.pem")


@pytest.fixture
def tls(ca_file: str) -> ssl.SSLContext:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME, "127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(ca_file)
    return context


def client(url: str, **options: object) -> StepPayClient:
    transport = open_transport(**options)  # type: ignore[arg-type]  # a test's options
    return StepPayClient(transport, secret_token=TOKEN, api_url=url, sleep=lambda _seconds: None)


def test_the_token_goes_through_the_tunnel_and_never_to_the_proxy(tls: ssl.SSLContext, ca_file: str) -> None:
    with Upstream(PAID, tls=tls) as upstream, egress_proxy() as proxy:
        steppay = client(f"https://{NAME}:{upstream.port}", ca_file=ca_file, proxy=Proxy.at(proxy.url))
        assert ask_order(steppay)["orderCode"] == ORDER
    assert proxy.targets == [f"{NAME}:{upstream.port}"]
    assert TOKEN not in "".join(proxy.heads)
    assert TOKEN in upstream.heads[0]


def test_this_machine_is_asked_without_the_proxy() -> None:
    with Upstream(PAID) as upstream, egress_proxy() as proxy:
        url = upstream.url.replace("127.0.0.1", "steppay.localhost")
        assert ask_order(client(url, proxy=Proxy.at(proxy.url)))
    assert proxy.heads == []


@pytest.mark.parametrize("refuses", [True, False])
def test_a_proxy_that_refuses_or_is_down_is_named(caplog: pytest.LogCaptureFixture, *, refuses: bool) -> None:
    with egress_proxy(refuses=True) as proxy:
        if refuses:
            asked(client(f"https://{NAME}", proxy=Proxy.at(proxy.url)))
    if not refuses:
        asked(client(f"https://{NAME}", proxy=Proxy.at(proxy.url)))
    assert "upstream_proxy call=order status=0" in caplog.text


def asked(steppay: StepPayClient) -> None:
    with pytest.raises(errors.UpstreamUnavailable) as fault:
        ask_order(steppay)
    assert fault.value.code == "upstream_unavailable"  # outsiders learn no more


def test_a_certificate_that_is_not_trusted_is_named_in_log_and_metrics(
    tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    figures = MultiProcessMetrics(UPSTREAM_METRICS, tmp_path)
    with Upstream(PAID, tls=tls) as upstream:
        steppay = with_resilience(client(upstream.url), figures, None)
        with pytest.raises(errors.UpstreamUnavailable):
            ask_order(steppay)
    assert upstream.heads == []
    assert "upstream_certificate call=order status=0" in caplog.text
    assert [record.levelno for record in caplog.records if "upstream_" in record.msg] == [logging.ERROR]
    assert figures.totals().number(UPSTREAM_FAULTS, ("order", "upstream_certificate")) == 1


def test_a_name_without_an_address_is_named(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [])
    asked(client(f"https://{NAME}"))
    assert "upstream_no_address call=order status=0" in caplog.text


def test_the_own_authority_stands_beside_the_public_ones(ca_file: str, tls: ssl.SSLContext) -> None:
    """Else StepPay could not be reached any more as soon as the backend's authority is named."""
    with Upstream(PAID, tls=tls) as upstream:
        assert ask_order(client(upstream.url, ca_file=ca_file))
    other = str(Path(ca_file).with_name("other.pem"))
    trustme.CA().cert_pem.write_to_path(other)
    with Upstream(PAID, tls=tls) as upstream:
        asked(client(upstream.url, ca_file=other))
