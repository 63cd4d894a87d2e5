"""deploy/nginx and deploy/caddy in front of `widget-server serve`: what the documents promise of the two together."""

from __future__ import annotations

import signal
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.integration.test_production_server import running, until
from tests.support.app_fixture import COMPLETE, PAID, SHOP, FakeStepPay, environment
from tests.support.reverse_proxies import FRONTS
from tests.support.reverse_proxy import HOST, Front, Places, find
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.web.assets import widget

PACKAGES = {"nginx": "nginx-light", "caddy": "caddy"}
IN_FRONT = [
    pytest.param(name, marks=[] if find(name) else pytest.mark.skip(f"{name} is not installed: apt install {package}"))
    for name, package in PACKAGES.items()
]
PAGE = {"Origin": SHOP}
LIMIT = 4
SERVED = widget(f"https://{HOST}")


@dataclass(frozen=True)
class ServedThrough:
    """A front before one web process, in both places; `folder` has its output."""

    name: str
    front: Front
    folder: Path

    def lines(self, route: str) -> int:
        """How many requests of a route came through."""
        written = "".join(file.read_text("utf-8") for file in self.folder.glob("web-*/out.txt"))
        return sum(f'"route": "{route}"' in line for line in written.splitlines())


@contextmanager
def web_process(steppay: FakeStepPay, folder: Path, port: int, rate: str) -> Iterator[subprocess.Popen[bytes]]:
    mine = folder / f"web-{port}"
    mine.mkdir(exist_ok=True)
    settings = environment(steppay.url, folder / "widget.db") | {
        "WIDGET_PUBLIC_URL": f"https://{HOST}",
        "WIDGET_TRUSTED_PROXIES": "1",
        "WIDGET_RATE_LIMIT": rate,
    }
    with running(mine, settings, f"http://127.0.0.1:{port}", "--no-jobs", "--port", str(port)) as process:
        yield process


@pytest.fixture(scope="module", params=IN_FRONT)
def served(
    request: pytest.FixtureRequest, shared_steppay: FakeStepPay, free_port: Callable[[], int]
) -> Iterator[ServedThrough]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix=f"steppay-{request.param}-") as name:
        folder = Path(name)
        places = Places(folder / "front", free_port(), free_port(), (port, port))
        with web_process(shared_steppay, folder, port, f"{LIMIT}/hour"), FRONTS[request.param](places) as front:
            yield ServedThrough(request.param, front, folder)


def verify(front: Front, shopper: requests.Session, code: str, **headers: str) -> requests.Response:
    return shopper.post(f"{front.url}/v1/verify", json={"orderCode": code}, headers=headers, timeout=60)


def test_a_payment_is_verified_through_it_with_the_servers_own_headers(
    served: ServedThrough, steppay: FakeStepPay
) -> None:
    answer = verify(served.front, served.front.shopper("127.0.1.1"), steppay.paid(), **PAGE)
    assert (answer.status_code, answer.json()["verdict"]) == (200, "paid")
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"  # once: joined ones have a comma
    assert "Content-Encoding" not in answer.headers


def test_plain_http_is_sent_to_https(served: ServedThrough) -> None:
    url = f"http://127.0.0.1:{served.front.plain_port}/v1/pay/order_a?x=1"
    answer = requests.get(url, headers={"Host": HOST}, allow_redirects=False, timeout=60)
    assert answer.status_code in {301, 308}
    assert answer.headers["Location"] == f"https://{HOST}/v1/pay/order_a?x=1"


LIES = ("X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP")


def test_av_02_the_budget_is_the_shoppers_own_whatever_headers_say(served: ServedThrough, steppay: FakeStepPay) -> None:
    code, liar = steppay.unpaid(), served.front.shopper("127.0.1.2")
    told = [
        verify(served.front, liar, code, **dict.fromkeys(LIES, f"192.0.2.{number}")).status_code
        for number in range(LIMIT + 2)
    ]
    assert told == [200] * LIMIT + [429, 429]
    assert verify(served.front, served.front.shopper("127.0.1.3"), code).status_code == 200


def test_in_16_a_slow_body_is_cut_and_never_reaches_the_server(served: ServedThrough) -> None:
    before = served.lines("/v1/verify")
    head = f"POST /v1/verify HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"
    with served.front.connect() as slow:
        slow.sendall(head.encode() + b'{"or')
        assert slow.recv(4096) == b"", "it hangs up; nginx logs 408"
    assert served.lines("/v1/verify") == before


def test_av_12_readers_who_do_not_read_are_cut_and_hold_up_no_one(served: ServedThrough, steppay: FakeStepPay) -> None:
    """Each asks for megabytes and takes nothing."""
    asked = f"GET /docs HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 60
    readers = [served.front.connect(receive_bytes=2048) for _ in range(30)]
    try:
        for reader in readers:
            reader.sendall(asked)
        assert verify(served.front, served.front.shopper("127.0.1.9"), steppay.paid()).status_code == 200
        until(lambda: all(map(is_cut, readers)))
    finally:
        for reader in readers:
            reader.close()


def is_cut(reader: ssl.SSLSocket) -> bool:
    """Whether the other side is gone, seen without taking what it has sent."""
    try:
        reader.setblocking(False)
        reader.sendall(b" ")
    except (BlockingIOError, ssl.SSLWantWriteError):
        return False
    except (ConnectionError, ssl.SSLError):
        return True
    return False


def test_the_widget_is_compressed_and_the_same_to_the_byte_and_nginx_keeps_it(served: ServedThrough) -> None:
    shopper, url = served.front.shopper("127.0.1.4"), served.front.url + versioned_path(SERVED)
    before = served.lines("/v1/widget-<digest>.js")
    first, second = (shopper.get(url, headers={"Accept-Encoding": "gzip"}, timeout=60) for _ in range(2))
    for answer in (first, second):
        assert answer.content == SERVED
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "immutable" in answer.headers["Cache-Control"]
    assert "Content-Encoding" not in shopper.get(url, headers={"Accept-Encoding": "identity"}, timeout=60).headers
    known = {"If-None-Match": second.headers["ETag"], "Accept-Encoding": "gzip"}
    assert shopper.get(url, headers=known, timeout=60).status_code == 304
    assert served.name != "nginx" or served.lines("/v1/widget-<digest>.js") == before + 1
    assert shopper.get(f"{served.front.url}/v1/widget-{'0' * 16}.js", timeout=60).status_code == 404


OPERATORS = ("/metrics", "/metrics/", "/admin", "/admin/orders", "//metrics", "/x/../admin", "/%6detrics", "/METRICS")


@pytest.mark.parametrize("path", OPERATORS)
def test_the_operators_pages_are_not_public(served: ServedThrough, path: str) -> None:
    with served.front.connect() as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"x-request-id" not in answer.lower(), "it came from the server behind"


@pytest.mark.parametrize(
    ("path", "headers", "size", "statuses"),
    [
        ("/v1/verify", {"X-Big": "a" * 40_000}, 2, {400, 431}),
        ("/v1/verify", {}, 65_000, {413}),
        ("/v1/verify", {}, 70_000, {413}),
        ("/v1/webhooks/steppay", {}, 1_000_000, {401}),
        ("/v1/webhooks/steppay", {}, 1_100_000, {413}),
    ],
)
def test_in_10_what_is_too_large_is_refused_before_or_behind(
    served: ServedThrough, path: str, headers: dict[str, str], size: int, statuses: set[int]
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    with served.front.shopper("127.0.1.5") as shopper:
        answer = shopper.post(served.front.url + path, data=b" " * size, headers=sent, timeout=60)
    assert answer.status_code in statuses


@pytest.mark.parametrize("name", IN_FRONT)
def test_a_reload_of_one_process_after_the_other_fails_no_request(
    name: str, shared_steppay: FakeStepPay, free_port: Callable[[], int], tmp_path: Path
) -> None:
    """What `systemctl reload steppay-widget` does, under shoppers who come all the time."""
    behind = [free_port(), free_port()]
    places = Places(tmp_path / "front", free_port(), free_port(), behind)
    done, codes, mixed_up = threading.Event(), [], []

    def shop(number: int) -> None:
        code = shared_steppay.order(PAID, COMPLETE)
        with front.shopper(f"127.0.2.{number}") as shopper:
            while not done.wait(0.02):  # the cores are for the starts, too
                answer = verify(front, shopper, code)
                codes.append(answer.status_code)
                if answer.ok and answer.json()["orderCode"] != code:
                    mixed_up.append(answer.text)

    with ExitStack() as stack:
        web = [stack.enter_context(web_process(shared_steppay, tmp_path, port, "off")) for port in behind]
        front = stack.enter_context(FRONTS[name](places))
        with ThreadPoolExecutor(4) as pool:
            shoppers = [pool.submit(shop, number + 1) for number in range(4)]
            for old, port in zip(web, behind, strict=True):
                answered = len(codes)
                until(lambda answered=answered: len(codes) > answered + 50)
                old.send_signal(signal.SIGTERM)
                assert old.wait(60) == 0
                stack.enter_context(web_process(shared_steppay, tmp_path, port, "off"))
            done.set()
            for shopper in shoppers:
                shopper.result(60)
    assert (set(codes), mixed_up) == ({200}, [])
