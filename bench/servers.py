"""Starts the servers: each pinned to its core, all at once, warm before anything is measured."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench import load, machine
from bench.peers.proof import prove
from bench.steppay import Upstream
from bench.upstream import TOKEN
from bench.workload import ORIGIN, Verify

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
WEBHOOK_SECRET = "bench-webh00k-7b21f0c6"
NOTIFY_SECRET = "whsec_c29hay1zZWNyZXQtb2YtdGhlLWJlbmNoLTAxMjM0NQ=="
"""Of the webhooks to the merchant's backend."""
GUARANTEED = {
    "Starlette with guarantees": "asynchronous_guaranteed",
    "Fastify with guarantees": "fastify-guaranteed.mjs",
    "Express with guarantees": "express-guaranteed.mjs",
}
"""The peers that do the same work: name to file in bench/peers."""
_START_SECONDS = 60
_GRANIAN = ("--no-ws", "--log-level", "warning", "--backlog", "2048", "--host", "127.0.0.1")


@dataclass
class Server:
    """One running server. `name` as in the tables."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    warm_up: int = 2_000
    warm: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        return machine.cpu_seconds(self.process.pid)

    def sample(self) -> machine.Sample:
        return machine.sample(self.process.pid)

    def get_warm(self, most: int) -> None:
        if not self.warm:
            load.closed_loop(self.port, Verify, count=min(self.warm_up, most))
            self.warm = True

    def stop(self) -> None:
        """Gently first: then its worker ends too."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def settings(steppay_url: str, folder: Path, **more: str) -> dict[str, str]:
    """Ours. Everything that is on in production is on: the rate limit counts each shopper that the load makes up."""
    return {
        "WIDGET_ENV": "sandbox",  # for http on loopback
        "STEPPAY_SECRET_TOKEN": TOKEN,
        "STEPPAY_API_URL": steppay_url,
        "WIDGET_PUBLIC_URL": "https://pay.bench.test",
        "WIDGET_ALLOWED_ORIGINS": ORIGIN,
        "WIDGET_DATABASE_URL": f"sqlite:///{folder / 'widget.db'}",
        "WIDGET_SIGNING_KEY_FILE": str(folder / "keys.json"),
        "WIDGET_TRUSTED_PROXIES": "1",
        "STEPPAY_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    } | more


class Starter:
    """Starts servers in front of `upstream`, each in a folder of its own, and stops them all at the end."""

    def __init__(self, upstream: Upstream, folder: Path, cores: machine.Cores) -> None:
        self.upstream, self.cores = upstream, cores
        self._folder = folder
        self._running: list[Server] = []
        self._numbers = count(1)

    def ours(
        self,
        name: str = "this server",
        *,
        tls: bool = False,
        workers: int = 1,
        cores: Iterable[int] | None = None,
        module: str = "widget_server.cli",
        options: Iterable[str] = (),
        environ: dict[str, str] | None = None,
    ) -> Server:
        """`widget-server serve` as it is shipped. `module` may be a variant of its command line."""
        folder, port = self.new_folder(), free_port()
        environ = settings(self.upstream.url(tls=tls), folder, **(environ or {}))
        command = [sys.executable, "-m", module, "serve", "--port", str(port), "--workers", str(workers)]
        command += options
        return self.start(name, port, folder, command, environ, cores=cores)

    def naive(self, *, tls: bool = False) -> Server:
        server = self._granian(
            "Flask + requests.get", "wsgi", "bench.peers.naive:app", "--blocking-threads", "32", tls=tls
        )
        server.warm_up = 40 if tls else 1_000
        return server

    def asynchronous(self, *, tls: bool = False) -> Server:
        return self._asgi("Starlette + aiohttp + orjson", "asynchronous", tls=tls)

    def guaranteed(self, name: str, *, tls: bool = False) -> Server:
        """One of `GUARANTEED`."""
        file = GUARANTEED[name]
        server = self.node(name, file, tls=tls) if file.endswith(".mjs") else self._asgi(name, file, tls=tls)
        prove(server.url, server.folder)
        return server

    def _asgi(self, name: str, module: str, *, tls: bool) -> Server:
        return self._granian(name, "asgi", f"bench.peers.{module}:app", "--loop", "uvloop", tls=tls)

    def _granian(self, name: str, interface: str, app: str, *options: str, tls: bool) -> Server:
        folder, port = self.new_folder(), free_port()
        command = [sys.executable, "-m", "granian", app, "--interface", interface, "--port", str(port)]
        return self.start(name, port, folder, [*command, *_GRANIAN, *options], self._environ(tls=tls))

    def node(self, name: str, file: str, *, tls: bool = False) -> Server:
        """Node compiles what is used often: unwarmed it looks two to four times slower."""
        folder, port = self.new_folder(), free_port()
        server = self.start(name, port, folder, ["node", str(PEERS / file), str(port)], self._environ(tls=tls))
        server.warm_up = 20_000
        return server

    def _environ(self, *, tls: bool) -> dict[str, str]:
        return {"STEPPAY_API_URL": self.upstream.url(tls=tls), "STEPPAY_SECRET_TOKEN": TOKEN, "NODE_ENV": "production"}

    def start(
        self,
        name: str,
        port: int,
        folder: Path,
        command: list[str],
        environ: dict[str, str],
        *,
        cores: Iterable[int] | None = None,
    ) -> Server:
        """A command that answers on `port` before this returns."""
        pinned = ",".join(map(str, sorted(self.cores.server if cores is None else cores)))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["taskset", "--cpu-list", pinned, *command],
                cwd=folder,
                env=self._trusting() | environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        server = Server(name, port, process, folder)
        self._running.append(server)
        _wait_until_it_answers(server)
        return server

    def _trusting(self) -> dict[str, str]:
        """The environment of every server: nothing of ours but what makes it trust the bench's authority."""
        bundle = str(self.upstream.authorities)
        path = f"{ROOT / 'bench' / 'trust'}:{ROOT}"
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": path, "BENCH_CA_BUNDLE": bundle} | {
            "NODE_EXTRA_CA_CERTS": str(self.upstream.authority)
        }

    def new_folder(self) -> Path:
        folder = self._folder / f"server{next(self._numbers)}"
        folder.mkdir()
        return folder

    def stop(self, *servers: Server) -> None:
        for server in servers or tuple(self._running):
            server.stop()
            self._running.remove(server)


def node_is_there() -> bool:
    """Node 20 or newer, and the packages of bench/peers, the built one too."""
    built = PEERS / "node_modules/better-sqlite3/build/Release/better_sqlite3.node"
    return shutil.which("node") is not None and built.is_file()


def _wait_until_it_answers(server: Server) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/healthz", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    said = (server.folder / "log").read_text("utf-8", "replace")[-2000:]
    server.stop()
    raise RuntimeError(f"{server.name} did not start:\n{said}")
