"""SIGTERM: what was begun ends, nothing new begins."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.functional.holding import SECONDS, held_steppay
from tests.functional.test_production_server import running, until
from tests.functional.world import COMPLETE, PAID, environment


@pytest.mark.timeout(400)
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
