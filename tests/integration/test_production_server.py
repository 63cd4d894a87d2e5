"""The production server under load and bad manners: what cannot wait for StepPay never does."""

from __future__ import annotations

import gzip
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.app_fixture import SHOP, FakeStepPay, environment
from tests.support.blocking_steppay import SECONDS, Hold, held_steppay
from widget_server.web.middleware.bodies import MAX_BODIES

PAGE = {"Origin": SHOP}
JSON = {"Content-Type": "application/json"}
HANGING = 256
"""As many calls as a busy machine can begin before the first runs out of time. More callers than there are places:
`test_availability.py`."""
GOOD = b'{"orderCode": "order_a"}'


@dataclass(frozen=True)
class Served:
    """`widget-server serve` in its own process, in front of a StepPay that waits for `hold.gate`."""

    url: str
    port: int
    steppay: FakeStepPay
    hold: Hold

    def get(self, path: str) -> int:
        return requests.get(self.url + path, headers=PAGE, timeout=SECONDS).status_code

    def verify(self, code: str) -> requests.Response:
        return requests.post(f"{self.url}/v1/verify", json={"orderCode": code}, headers=PAGE, timeout=SECONDS)

    def send(self, head: str, body: bytes = b"") -> socket.socket:
        peer = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        peer.sendall(f"{head} HTTP/1.1\r\nHost: x\r\n".encode() + body)
        return peer


@contextmanager
def served_in(folder: Path, port: int, *options: str) -> Iterator[Served]:
    url = f"http://127.0.0.1:{port}"
    with held_steppay() as (steppay, hold):
        settings = environment(steppay.url, folder / "widget.db") | {"WIDGET_TRUSTED_PROXIES": "1"}
        with running(folder, settings, url, "--port", str(port), *options):
            yield Served(url, port, steppay, hold)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Served]:
    """Without a worker: all calls to StepPay come from the requests of the test."""
    with served_in(tmp_path_factory.mktemp("server"), free_port(), "--no-jobs") as server:
        yield server


@pytest.fixture
def served(shared_server: Served) -> Iterator[Served]:
    shared_server.hold.gate.clear()
    shared_server.steppay.forget_calls()
    yield shared_server
    shared_server.hold.gate.set()


@contextmanager
def running(folder: Path, settings: dict[str, str], url: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-W", "error", "-m", "widget_server.cli", "serve", *options]
    environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings}
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=out, start_new_session=True)
    try:
        until(lambda: process.poll() is not None or answers(url))
        assert process.poll() is None, (folder / "out.txt").read_text("utf-8")
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the main process alone would leave its workers behind
        process.wait(SECONDS)
    assert "Traceback" not in (folder / "out.txt").read_text("utf-8")


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=60).ok
    except requests.ConnectionError:
        return False


def until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(SECONDS * 20):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError("it never happens")


def first_line(peer: socket.socket) -> bytes:
    return peer.recv(4096).partition(b"\r\n")[0]


@pytest.fixture
def whole_server(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Served]:
    with served_in(tmp_path, free_port()) as server:
        yield server


def test_while_steppay_hangs_everything_else_answers(whole_server: Served) -> None:
    served = whole_server
    opened = requests.post(
        f"{served.url}/v1/checkouts", json={"orderCode": "order_a", "mode": "tab"}, headers=PAGE, timeout=SECONDS
    ).json()["checkout"]
    followers = 40
    with ThreadPoolExecutor(HANGING + followers) as pool:
        hanging = [pool.submit(served.verify, f"order_{n}") for n in range(HANGING)]
        hanging += [pool.submit(served.verify, "order_0") for _ in range(followers)]
        served.hold.wait_for(HANGING)
        for path in ("/healthz", "/readyz", "/v1/widget.js", "/v1/pages?path=/", f"/v1/checkouts/{opened}"):
            assert served.get(path) == 200, path
        served.hold.gate.set()  # only now: all the answers above came while StepPay gave none
        codes = {call.result(SECONDS).json().get("code") for call in hanging}
    if "upstream_timeout" in codes:  # on a slow machine, and many of them open the circuit breaker
        codes.discard("upstream_unavailable")
    assert codes <= {"order_not_found", "upstream_timeout"}
    assert len(served.steppay.calls()) <= HANGING + followers


def stall(served: Served, sender: str) -> socket.socket:
    """A body that begins and does not go on, of the client that our own proxy would name so."""
    head = f"X-Forwarded-For: {sender}\r\nContent-Type: application/json\r\nContent-Length: {len(GOOD)}\r\n\r\n"
    return served.send("POST /v1/verify", head.encode() + GOOD[:3])


def go_on(stalled: list[socket.socket]) -> bytes:
    """The answer to the first of them that sends the rest after all, of those that were not refused at once."""
    waiting = next(peer for peer in stalled if not select.select([peer], [], [], 0)[0])
    waiting.sendall(GOOD[3:])
    return first_line(waiting)


def ends(served: Served, sender: str) -> str:
    """The answer to a verification of this client; StepPay does not know the order."""
    headers = PAGE | {"X-Forwarded-For": sender}
    answer = requests.post(f"{served.url}/v1/verify", data=GOOD, headers=JSON | headers, timeout=SECONDS)
    return str(answer.json()["code"])


def test_in_16_one_sender_who_stalls_leaves_readers_for_all_others(served: Served) -> None:
    served.hold.gate.set()
    with ExitStack() as stack:
        stalled = [stack.enter_context(stall(served, "2001:db8::1")) for _ in range(MAX_BODIES)]
        until(lambda: ends(served, "2001:db8::2") == "overloaded")
        assert [ends(served, f"192.0.2.{n}") for n in range(9)] == ["order_not_found"] * 9
        assert b"404" in go_on(stalled), "slow is not wrong"


def test_in_16_many_stalled_senders_do_not_delay_requests_without_a_body(whole_server: Served) -> None:
    served = whole_server  # where no reader of the test before is still busy: a sender who is refused stalls nothing
    served.hold.gate.set()
    with ExitStack() as stack:
        stalled = [stack.enter_context(stall(served, f"198.51.100.{n}")) for n in range(MAX_BODIES)]
        until(lambda: ends(served, "192.0.2.1") == "overloaded")
        for path in ("/healthz", "/readyz", "/v1/widget.js", "/v1/pages?path=/"):
            assert served.get(path) == 200, path
        assert b"404" in go_on(stalled)
        assert ends(served, "192.0.2.1") == "order_not_found"
    until(lambda: ends(served, "192.0.2.1") == "order_not_found")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_in_16_a_compressed_body_is_refused_without_unpacking_it(served: Served, encoding: str) -> None:
    bomb = gzip.compress(b" " * 1_000_000)
    headers = JSON | {"Content-Encoding": encoding}
    answer = requests.post(f"{served.url}/v1/verify", data=bomb, headers=headers, timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert served.steppay.calls() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "PATCH"])
def test_in_16_other_methods_get_the_allowed_ones(served: Served, method: str) -> None:
    url, headers = f"{served.url}/v1/verify?orderCode=order_a", {"X-HTTP-Method-Override": "POST"}
    answer = requests.request(method, url, headers=headers, timeout=SECONDS)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert served.steppay.calls() == []


def test_in_10_a_chunked_body_beyond_the_limit_is_413_and_ends_the_connection(served: Served) -> None:
    head = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with served.send("POST /v1/verify", head + b"1001\r\n" + b" " * 4097) as peer:
        assert b"413" in first_line(peer)
        rest = b"x"
        while rest:
            rest = peer.recv(4096)
    assert served.steppay.calls() == []


@pytest.mark.parametrize(("size", "status"), [(65, 422), (4000, 422), (10_000, 413)])
def test_in_10_a_code_that_is_too_long_is_refused(served: Served, size: int, status: int) -> None:
    assert served.verify("a" * size).status_code == status
    assert served.steppay.calls() == []


def test_a_head_larger_than_any_browsers_is_refused_unparsed(served: Served) -> None:
    with served.send("GET /v1/widget.js", b"If-None-Match: " + b'"a",' * 20_000 + b"\r\n\r\n") as peer:
        assert b"431" in first_line(peer)


def test_only_http_1_is_spoken_so_no_connection_stays_open_for_ever(served: Served) -> None:
    """granian ends a silent HTTP/1 connection, but neither an idle HTTP/2 one nor one that has not chosen yet."""
    with socket.create_connection(("127.0.0.1", served.port), SECONDS) as peer:
        peer.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000"))
        assert first_line(peer) in (b"", b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 505 HTTP Version Not Supported")


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """The kernel kills the largest process when memory runs out; without its only worker granian would end, too."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = environment("http://127.0.0.1:9", tmp_path / "widget.db")
    with running(tmp_path, settings, url, "--port", str(port)) as server:
        killed = workers_of(server.pid)
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        until(lambda: not killed & workers_of(server.pid) and answers(url))
        assert server.poll() is None


def workers_of(server: int) -> set[int]:
    listed = subprocess.run(["pgrep", "-P", str(server)], capture_output=True, text=True, check=False)
    return {int(line) for line in listed.stdout.split()}
