"""The rules in tests/conftest.py hold: a guard that does not guard is worse than none."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NetworkForbiddenError, is_loopback

ROOT = Path(__file__).resolve().parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-rs", "-p", "tests.conftest", "-p", "no:cacheprovider")
SKIPPING = """\
import pytest
def test_one(): pass
@pytest.mark.skip(reason="engine missing")
def test_two(): pass
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "shop.localhost", "", None, b"::1"])
def test_this_machine_is_in_reach(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "2001:db8::1", "example.com", "localhost.example.com", "127.0.0.1.example"]
)
def test_every_other_machine_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_connecting_outside_is_refused_before_a_packet_leaves() -> None:
    with socket.socket() as outward, pytest.raises(NetworkForbiddenError):
        outward.connect(("192.0.2.1", 80))


def test_even_asking_for_a_name_is_refused() -> None:
    with pytest.raises(NetworkForbiddenError):
        socket.getaddrinfo("api.example.com", 443)


@pytest.mark.parametrize(("ci", "workers", "exit_status"), [("true", "0", 1), ("true", "2", 1), ("", "0", 0)])
def test_a_skipped_test_fails_the_run_where_nothing_is_optional(
    tmp_path: Path, ci: str, workers: str, exit_status: int
) -> None:
    (tmp_path / "test_sample.py").write_text(SKIPPING)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    run = subprocess.run(
        [*PYTEST, "-n", workers, str(tmp_path)],
        cwd=tmp_path,
        env={**environment, "CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == exit_status, run.stdout + run.stderr
    assert "engine missing" in run.stdout
