"""How the merchant's backend is reached: every address of its name, its certificate, the proxy; and the word for what
failed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.connect_proxy import egress_proxy
from tests.support.upstream import Upstream, answer
from widget_server.adapters.egress import Proxy
from widget_server.adapters.webhooks_out import connections
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.domain.delivery import DeliveryResponse

SECRET = "whsec_" + "Q2FuYXJ5" * 4
AT = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
NAME = "shop.test"
NO_CONTENT = answer(b"", status="204 No Content")
Resolve = Callable[[Sequence[str]], None]


def send(url: str, **options: Any) -> DeliveryResponse:
    return WebhookSender(url, SECRET, **{"private": True, **options}).send("evt_1", "{}", AT)


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """What the system's resolver says of NAME."""
    real = socket.getaddrinfo
    said: list[str] = []

    def fake(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if host != NAME:
            return real(host, port, *args, **options)
        if not said:
            raise socket.gaierror(socket.EAI_NONAME, "canary")
        families = {address: socket.AF_INET6 if ":" in address else socket.AF_INET for address in said}
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for address, family in families.items()]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return lambda addresses: said.__setitem__(slice(None), addresses)


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return made


def server_tls(authority: trustme.CA, name: str = NAME) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@contextmanager
def silent(address: str = "127.0.0.1") -> Iterator[int]:
    """A port that takes no further connection: its queue is full, as behind a firewall that drops."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, 0), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("::1", "127.0.0.1"), ("127.0.0.2", "127.0.0.1"), ("127.0.0.2", "::1", "127.0.0.1")]
)
def test_every_address_of_the_name_is_tried_until_one_takes_the_message_once(
    addresses: Sequence[str], resolve: Resolve
) -> None:
    resolve(addresses)
    with Upstream(NO_CONTENT) as shop:
        assert send(f"http://{NAME}:{shop.port}/told").accepted
    assert len(shop.heads) == 1
    assert f"Host: {NAME}:{shop.port}\r\n" in shop.heads[0]


def test_an_address_that_swallows_the_connection_leaves_time_for_the_next(
    resolve: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 1.0)
    resolve(["127.0.0.2", "127.0.0.1"])
    with silent("127.0.0.2") as port, socket.create_server(("127.0.0.1", port)) as alive:
        alive.setblocking(False)
        assert send(f"http://{NAME}:{port}/").outcome != "forbidden_address"
        peer, _ = alive.accept()  # it came to the second one
        peer.close()


def test_an_address_with_another_servers_certificate_is_passed_over(
    resolve: Resolve, authority: trustme.CA, tmp_path: Path
) -> None:
    resolve(["127.0.0.2", "127.0.0.1"])
    with (
        Upstream(NO_CONTENT, tls=server_tls(authority)) as shop,
        Upstream(NO_CONTENT, tls=server_tls(authority, "other.test"), address=("127.0.0.2", shop.port)) as other,
    ):
        assert send(f"https://{NAME}:{shop.port}/told", ca_file=str(tmp_path / "ca.pem")).accepted
    assert (other.connections, other.heads) == (1, [])
    assert len(shop.heads) == 1


@pytest.mark.parametrize("addresses", [("127.0.0.1", "93.184.215.14"), ("93.184.215.14", "127.0.0.1")])
def test_one_private_address_forbids_the_name_and_none_is_connected(addresses: Sequence[str], resolve: Resolve) -> None:
    resolve(addresses)
    with Upstream(NO_CONTENT) as shop:
        assert send(f"http://{NAME}:{shop.port}/", private=False).outcome == "forbidden_address"
    assert shop.connections == 0


def test_a_message_that_was_sent_is_not_sent_to_the_next_address(resolve: Resolve) -> None:
    resolve(["127.0.0.1", "::1"])
    with Upstream(answer(b"", status="500 Oops")) as shop:
        assert send(f"http://{NAME}:{shop.port}/").status == 500
    assert shop.connections == 1


def test_each_name_below_localhost_is_this_machine(resolve: Resolve) -> None:
    with Upstream(NO_CONTENT) as shop:
        assert send(f"http://my.shop.localhost:{shop.port}/").accepted
        assert send(f"http://my.shop.localhost:{shop.port}/", private=False).outcome == "forbidden_address"


def test_the_reason_is_one_word(resolve: Resolve, authority: trustme.CA, tmp_path: Path) -> None:
    with Upstream(NO_CONTENT, tls=server_tls(authority)) as shop:
        assert send(f"https://{NAME}:{shop.port}/").outcome == "no_address"
        resolve(["::1", "127.0.0.1"])
        url, trusted = f"https://{NAME}:{shop.port}/", str(tmp_path / "ca.pem")
        assert send(url).outcome == "certificate"
        assert send(f"https://127.0.0.1:{shop.port}/", ca_file=trusted).outcome == "certificate"
        assert send(url, ca_file=trusted).accepted
    assert send(url).outcome == "unreachable"
    assert len(shop.heads) == 1


def test_through_a_proxy_the_name_is_asked_for_and_tls_reaches_the_backend(
    resolve: Resolve, authority: trustme.CA, tmp_path: Path
) -> None:
    with Upstream(NO_CONTENT, tls=server_tls(authority)) as shop, egress_proxy() as proxy:
        url = f"https://{NAME}:{shop.port}/told"
        through = {"proxy": Proxy.at(proxy.url.replace("//", "//me:p%40ss@")), "ca_file": str(tmp_path / "ca.pem")}
        assert send(url, private=False, **through).accepted
        assert proxy.targets == [f"{NAME}:{shop.port}"]
        assert "Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in proxy.heads[0]
        assert "p@ss" not in repr(through)
        assert "webhook" not in proxy.heads[0].lower()
        resolve(["127.0.0.1"])
        assert send(url, private=False, **through).outcome == "forbidden_address"
        assert send(url, **through).accepted  # private addresses are allowed: reached without the proxy
        assert len(proxy.heads) == 1
        resolve(["93.184.215.14"])
        assert send(url, **through).accepted
        assert len(proxy.heads) == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://shop.localhost"])
def test_this_machine_is_asked_without_the_proxy(url: str) -> None:
    with Upstream(NO_CONTENT) as shop, egress_proxy() as proxy:
        assert send(f"{url}:{shop.port}/", proxy=Proxy.at(proxy.url)).accepted
        assert proxy.heads == []


def test_a_proxy_that_refuses_or_is_down_is_named(resolve: Resolve) -> None:
    with egress_proxy(refuses=True) as proxy:
        assert send(f"https://{NAME}/", proxy=Proxy.at(proxy.url)).outcome == "proxy"
    assert send(f"https://{NAME}/", proxy=Proxy.at(proxy.url)).outcome == "proxy"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://www.shop.kr/told/", "https://www.shop.kr/told/"),
        ("/told/", "http://{here}/told/"),
        ("told/?token=canary#x", "http://{here}/told/"),
        ("//me:canary@www.shop.kr/a b", "http://www.shop.kr/a b"),
    ],
)
def test_a_redirect_says_where_to_and_is_not_followed(location: str, shown: str) -> None:
    with Upstream(answer(b"x" * 50, status="308 Permanent", headers=f"Location: {location}\r\n")) as shop:
        got = send(f"http://127.0.0.1:{shop.port}/told")
    here = f"127.0.0.1:{shop.port}"
    assert got == DeliveryResponse("redirects", 308, shown.format(here=here))
    assert len(shop.heads) == 1


@pytest.mark.parametrize(
    "location", ["", "Location: \r\n", "Location: javascript:alert(1)\r\n", "Location: http://[\r\n"]
)
def test_a_redirect_to_nowhere_is_an_answer(location: str) -> None:
    with Upstream(answer(b"x", status="302 Found", headers=location)) as shop:
        assert send(f"http://127.0.0.1:{shop.port}/told") == DeliveryResponse("answered", 302, "x")
