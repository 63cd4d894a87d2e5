"""Each web server in front, at a distance: no request is lost where the server once ended its connections, the client's
own address is counted, and long bodies and the return page come through."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_production_server import running
from tests.support.app_fixture import FakeStepPay, environment
from tests.support.latency_proxy import line_to
from tests.support.plain_reverse_proxies import PACKAGES, PLAIN, PROGRAMS, apache
from tests.support.reverse_proxies import FRONTS
from tests.support.reverse_proxy import HOST, Front, Places, find
from widget_server.adapters.keys.doctor_proof import make_proof
from widget_server.adapters.keys.signing_keys import load_or_create

MISSING = [PACKAGES[name] for name, program in PROGRAMS.items() if not find(program)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: apt install {' '.join(MISSING)}")
POSTS = 60
"""Half of them meet a kept connection, one each 2 ms of the 40 in which the line's latency hides its end."""
ONCE_SECONDS = 10.0
"""After which the server once ended a silent connection, sooner than any front gives up one of its own."""

SPREAD_SECONDS = 0.12
CHECKOUT = "A" * 22


@dataclass(frozen=True)
class FrontUnderTest:
    """`silent_for`: the silence at which a front that trusts a kept connection could lose a request."""

    running: Front
    tls: bool
    silent_for: float
    proof: str

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Status and the whole answer; 0 when none came."""
        context = ssl.create_default_context(cafile=self.running.authority) if self.tls else None
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.running.port, ssl=context, server_hostname=HOST if self.tls else None
            )
        except OSError:
            return 0, b""
        told = {"Host": HOST, "Connection": "close", "Content-Type": "application/json", **headers}
        lines = [f"{method} {path} HTTP/1.1", f"Content-Length: {len(body)}", *map(": ".join, told.items())]
        try:
            writer.write("\r\n".join([*lines, "\r\n"]).encode() + body)
            answer = await reader.read(-1)
        except OSError:
            answer = b""
        finally:
            writer.close()
        return int(answer[9:12] or 0) if answer.startswith(b"HTTP/1.") else 0, answer


@contextmanager
def server(steppay: FakeStepPay, folder: Path, port: int, *options: str) -> Iterator[int]:
    """The near end of a line to a web process."""
    folder.mkdir()
    settings = environment(steppay.url, folder / "widget.db") | {
        "WIDGET_TRUSTED_PROXIES": "1",
        "WIDGET_SIGNING_KEY_FILE": str(folder.parent / "keys.json"),
    }
    command = ("--no-jobs", "--port", str(port), *options)
    with running(folder, settings, f"http://127.0.0.1:{port}", *command), line_to(port) as near:
        yield near


@pytest.fixture(scope="module")
def fronts(shared_steppay: FakeStepPay, free_port: Callable[[], int]) -> Iterator[dict[str, FrontUnderTest]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steppay-fronts-")))
        proof = make_proof(load_or_create(folder / "keys.json", ())[0], time.time())
        behind = partial(server, shared_steppay)
        usual = stack.enter_context(behind(folder / "usual", free_port()))
        short = stack.enter_context(behind(folder / "short", free_port(), "--keep-alive", "4"))
        never = stack.enter_context(behind(folder / "never", free_port(), "--keep-alive", "0"))
        wanted = [
            *((f"{name}, plain", run, usual, ONCE_SECONDS) for name, run in PLAIN.items()),
            *((f"{name}, deploy", partial(run, body_seconds=60), usual, ONCE_SECONDS) for name, run in FRONTS.items()),
            ("apache, ttl below --keep-alive", partial(apache, options=" ttl=2"), short, 4.0),
            ("apache, --keep-alive 0", apache, never, ONCE_SECONDS),
        ]
        made = {}
        for number, (name, run, near, seconds) in enumerate(wanted):
            places = Places(folder / f"front-{number}", free_port(), free_port(), (near, near))
            made[name] = FrontUnderTest(stack.enter_context(run(places)), name.endswith("deploy"), seconds, proof)
        yield made


async def lost(front: FrontUnderTest) -> list[int]:
    """The answers that are not the server's own, of requests that meet connections after a certain silence."""

    async def pause_and_post(number: int) -> list[int]:
        post = partial(front.ask, "POST", "/v1/verify", b'{"orderCode": "?"}')
        first = await post()
        await asyncio.sleep(front.silent_for + SPREAD_SECONDS * (number / POSTS - 0.5))
        return [status for status, answer in (first, await post()) if not is_the_servers_own(status, answer)]

    told = await asyncio.gather(*(pause_and_post(number) for number in range(POSTS // 2)))
    return [status for pair in told for status in pair]


def is_the_servers_own(status: int, answer: bytes) -> bool:
    """It also may be too busy on a slow machine, which is no lost request."""
    return status == 422 or b'"code":"overloaded"' in answer


def run_apart(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: a browser of other tests may have left an event loop running in this one."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


def test_no_request_is_lost_when_a_front_and_the_server_give_up_a_connection(fronts: dict[str, FrontUnderTest]) -> None:
    async def all_lost() -> list[list[int]]:
        return await asyncio.gather(*map(lost, fronts.values()))

    found = dict(zip(fronts, run_apart(all_lost()), strict=True))
    assert {name: statuses for name, statuses in found.items() if statuses} == {}


def test_the_clients_own_address_is_counted_whatever_it_claims(fronts: dict[str, FrontUnderTest]) -> None:
    for name, front in fronts.items():
        headers = {"X-Widget-Doctor": front.proof, "X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
        _status, answer = run_apart(front.ask("GET", f"/v1/checkouts/{CHECKOUT}", **headers))
        assert b"\r\nx-counted-client: 127.0.0.1\r\n" in answer.lower(), (name, answer)


def test_long_bodies_are_413_and_the_return_page_comes_through(fronts: dict[str, FrontUnderTest]) -> None:
    for name, front in fronts.items():
        status, _answer = run_apart(front.ask("POST", "/v1/verify", b" " * 6000))
        assert status == 413, name
        status, answer = run_apart(front.ask("GET", f"/v1/return/{CHECKOUT}?status=success"))
        assert (status, b"text/html" in answer) in {(200, True), (404, True)}, (name, answer)
