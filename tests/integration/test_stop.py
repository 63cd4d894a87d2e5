"""SIGTERM: what was begun ends, nothing new begins."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.integration.test_production_server import running, until
from tests.support.app_fixture import COMPLETE, PAID, environment
from tests.support.blocking_steppay import SECONDS, held_steppay


def test_a_stop_lets_a_verification_end_and_takes_no_new_one(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with held_steppay() as (steppay, hold), ThreadPoolExecutor(1) as pool:
        code = steppay.order(PAID, COMPLETE)
        settings = environment(steppay.url, tmp_path / "widget.db")
        with running(tmp_path, settings, url, "--no-jobs", "--port", str(port)) as server:
            begun = pool.submit(requests.post, f"{url}/v1/verify", json={"orderCode": code}, timeout=SECONDS)
            hold.wait_for(1)
            server.send_signal(signal.SIGTERM)
            until(lambda: is_closed(port))
            hold.gate.set()
            answer = begun.result(SECONDS)
            assert server.wait(SECONDS) == 0
    assert (answer.status_code, answer.json()["verdict"]) == (200, "paid")


def is_closed(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_stop_answers_who_is_connected_and_has_not_asked_yet(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """What a web server in front has opened: Caddy does not ask another process with a body that it has sent."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with held_steppay() as (steppay, _hold):
        settings = environment(steppay.url, tmp_path / "widget.db")
        with running(tmp_path, settings, url, "--no-jobs", "--port", str(port)) as server:
            connected = [socket.create_connection(("127.0.0.1", port), SECONDS) for _ in range(20)]
            server.send_signal(signal.SIGTERM)
            until(lambda: is_deaf(port))
            answers = [first_line(peer) for peer in connected]
            assert server.wait(SECONDS) == 0
    assert answers == [b"HTTP/1.1 200 OK"] * 20
    assert is_closed(port)


def first_line(peer: socket.socket) -> bytes:
    with peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return peer.recv(4096).partition(b"\r\n")[0]


def is_deaf(port: int) -> bool:
    """A connection to loopback is made at once, or its packet was dropped."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.1).close()
    except TimeoutError:
        return True
    return False
