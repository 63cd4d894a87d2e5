"""How long `widget-server serve` keeps silent connections, and that many of them keep no shopper out."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.integration.test_production_server import running
from tests.support.app_fixture import environment
from widget_server.cli import main
from widget_server.server.keep_alive import KEEP_ALIVE_SECONDS, allow_connections, http1

SECONDS = 60
ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def served(tmp_path: Path, free_port: Callable[[], int]) -> Callable[..., AbstractContextManager[int]]:
    @contextmanager
    def serve(*options: str) -> Iterator[int]:
        port = free_port()
        settings = environment("http://127.0.0.1:9", tmp_path / "widget.db")
        with running(tmp_path, settings, f"http://127.0.0.1:{port}", "--no-jobs", "--port", str(port), *options):
            yield port

    return serve


def read_answer(peer: socket.socket) -> bytes:
    came = b""
    while b'{"status":"ok"}' not in came:
        piece = peer.recv(4096)
        assert piece, came
        came += piece
    return came


def test_a_silent_connection_ends_after_the_time_that_was_said(
    served: Callable[..., AbstractContextManager[int]],
) -> None:
    with served("--keep-alive", "1") as port, socket.create_connection(("127.0.0.1", port), SECONDS) as peer:
        for _ in range(2):  # it is kept at first
            peer.sendall(ASK)
            read_answer(peer)
        assert peer.recv(1) == b""


def test_without_keep_alive_each_answer_ends_its_connection(served: Callable[..., AbstractContextManager[int]]) -> None:
    with served("--keep-alive", "0") as port, socket.create_connection(("127.0.0.1", port), SECONDS) as peer:
        peer.sendall(ASK)
        assert b"connection: close" in read_answer(peer).lower()
        assert peer.recv(1) == b""


def test_silent_connections_keep_no_shopper_out(served: Callable[..., AbstractContextManager[int]]) -> None:
    with served() as port, ExitStack() as stack:
        allow_connections()  # for their other ends, in this process
        for _ in range(1100):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS))
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=SECONDS).ok


@pytest.mark.parametrize("seconds", ["-1", "3601", "x"])
def test_another_number_is_refused(seconds: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--keep-alive", seconds])
    assert (result.exit_code, "--keep-alive" in result.output) == (2, True)


def test_it_is_longer_than_the_fronts_keep_theirs() -> None:
    caddy, nginx, load_balancer = 120, 60, 60
    assert max(caddy, nginx, load_balancer) < KEEP_ALIVE_SECONDS
    assert http1(KEEP_ALIVE_SECONDS).header_read_timeout == KEEP_ALIVE_SECONDS * 1000
    example = (Path(__file__).resolve().parents[2] / "deploy/nginx/steppay-widget.conf").read_text("utf-8")
    assert f"keepalive_timeout {nginx}s;" in example
