"""Starts the simulated StepPay, plain and TLS in one process, with an authority of the bench's own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Upstream:
    """`authority`: the certificate (PEM) that signed `certificate`; `authorities`: certifi's and this one."""

    port: int
    tls_port: int
    authority: Path
    authorities: Path
    certificate: Path
    process: subprocess.Popen[bytes]

    def url(self, *, tls: bool = False) -> str:
        return f"https://localhost:{self.tls_port}" if tls else f"http://127.0.0.1:{self.port}"

    def delay(self, milliseconds: int) -> None:
        """Before each answer from now on."""
        self._control(f"delay/{milliseconds}")

    def take_calls(self) -> int:
        """How often it was called since this was asked last."""
        return sum(self._control("reset").values())

    def _control(self, words: str) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url()}/bench/{words}", timeout=30) as answer:
            counts: dict[str, int] = json.load(answer)
        return counts


@contextmanager
def running_upstream(folder: Path, ports: tuple[int, int]) -> Iterator[Upstream]:
    """On the cores of its parent process."""
    authority, authorities, own = folder / "authority.pem", folder / "authorities.pem", folder / "steppay.pem"
    made = trustme.CA()
    made.cert_pem.write_to_path(authority)
    authorities.write_bytes(Path(certifi.where()).read_bytes() + made.cert_pem.bytes())
    made.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(own)
    process = subprocess.Popen([sys.executable, "-m", "bench.upstream", *map(str, ports), str(own)], cwd=ROOT)
    upstream = Upstream(*ports, authority, authorities, own, process)
    try:
        _wait(upstream)
        yield upstream
    finally:
        process.terminate()
        process.wait()


def _wait(upstream: Upstream) -> None:
    for _ in range(400):
        try:
            upstream.take_calls()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the simulated StepPay did not start")
