"""deploy's own files behind a CDN: each shopper is counted alone, and only the CDN may say who it is."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.test_front import IN_FRONT
from tests.integration.test_production_server import running
from tests.support.app_fixture import FakeStepPay, environment
from tests.support.reverse_proxies import FRONTS
from tests.support.reverse_proxy import Front, Places
from widget_server.adapters.keys.doctor_proof import make_proof
from widget_server.adapters.keys.signing_keys import load_or_create

CDN = "127.0.3.0/24"


@pytest.fixture(scope="module", params=IN_FRONT)
def front(
    request: pytest.FixtureRequest, shared_steppay: FakeStepPay, free_port: Callable[[], int]
) -> Iterator[tuple[Front, str]]:
    """With the proof that makes the server say which client it counts."""
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steppay-cdn-")))
        settings = environment(shared_steppay.url, folder / "widget.db") | {
            "WIDGET_TRUSTED_PROXIES": "1",
            "WIDGET_SIGNING_KEY_FILE": str(folder / "keys.json"),
            "WIDGET_RATE_LIMIT": "4/hour",
        }
        proof = make_proof(load_or_create(folder / "keys.json", ())[0], time.time())
        stack.enter_context(running(folder, settings, f"http://127.0.0.1:{port}", "--no-jobs", "--port", str(port)))
        places = Places(folder / "front", free_port(), free_port(), (port, port))
        yield stack.enter_context(FRONTS[request.param](places, body_seconds=30, cdn=CDN)), proof


def counted(front: tuple[Front, str], address: str, **headers: str) -> str:
    with front[0].shopper(address) as shopper:
        told = {"X-Widget-Doctor": front[1]} | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = shopper.get(f"{front[0].url}/v1/checkouts/{'A' * 22}", headers=told, timeout=60)
    return answer.headers["X-Counted-Client"]


def test_the_shopper_is_counted_and_not_the_cdn(front: tuple[Front, str]) -> None:
    shoppers = [f"198.51.100.{number}" for number in range(1, 20)]
    assert [counted(front, "127.0.3.1", CF_Connecting_IP=address) for address in shoppers] == shoppers
    assert counted(front, "127.0.3.2", CF_Connecting_IP="2001:db8:1:2::7") == "2001:db8:1:2::/64"


def test_a_client_that_comes_around_the_cdn_is_counted_as_itself(front: tuple[Front, str]) -> None:
    for header in ("CF_Connecting_IP", "X_Forwarded_For", "X_Real_IP", "Forwarded"):
        assert counted(front, "127.0.4.1", **{header: "198.51.100.7"}) == "127.0.4.1"


def test_in_a_busy_minute_no_shopper_pays_for_the_others(front: tuple[Front, str]) -> None:
    def verify(address: str) -> int:
        with front[0].shopper("127.0.3.9") as shopper:
            told = {"CF-Connecting-IP": address}
            return shopper.post(
                f"{front[0].url}/v1/verify", json={"orderCode": "order_none"}, headers=told, timeout=60
            ).status_code

    assert {verify(f"203.0.113.{number}") for number in range(1, 31)} == {404}
    assert [verify("203.0.113.99") for _ in range(6)] == [404] * 4 + [429] * 2
