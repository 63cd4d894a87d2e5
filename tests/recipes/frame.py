"""What a recipe of docs/recipes/ is run with: its code from the page, a widget server that has only keys, a process.

A recipe is one context manager, `(server, folder, port) -> Shop`, listed in `RECIPES` of test_recipes.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from widget_server.testing import KEYS, NOTIFY_SECRET

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "recipes"
SERVER = "https://pay.shop.kr"
"""What the pages call the widget server: its place is taken by the one of this run."""
SHOP = "https://shop.kr"
"""The shop's origin in the pages: the audience of every token."""


@dataclass(frozen=True)
class Shop:
    """A running recipe. It has orders under the codes of `cases.ORDERS`. `url`: where it listens. `server`: its widget
    server, the issuer. `fulfilled`: how often it fulfilled an order code, by its own records."""

    url: str
    server: str
    fulfilled: Callable[[str], int]
    pay: str = "/pay/{code}"
    paid: str = "/steppay/paid"
    deliveries: str = "/steppay/deliveries"


class KeyServer(ThreadingHTTPServer):
    """The widget server, as far as a merchant backend asks it. `asked`: how often its keys were fetched."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keys)
        self.asked = 0
        self.since = time.monotonic()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Keys(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path == "/.well-known/jwks.json"
        if known:
            self.server.asked += 1
        body = json.dumps(KEYS if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/jwk-set+json")
        self.send_header("Cache-Control", "public, max-age=300")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """The tests' output has no access log."""


@contextmanager
def key_server() -> Iterator[KeyServer]:
    with KeyServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def blocks(page: str, server: str = SERVER) -> dict[str, str]:
    """The code of docs/recipes/`page`.md by the file name in each fence: ```` ```python title="shop.py" ````."""
    text = (PAGES / f"{page}.md").read_text("utf-8").replace(SERVER, server)
    found = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```', text, re.DOTALL | re.MULTILINE))
    assert found, page
    return found


def write(page: str, server: str, folder: Path) -> None:
    """Each named block of the page under its name in the folder."""
    for name, code in blocks(page, server).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code, "utf-8")


@contextmanager
def running(command: list[str], folder: Path, port: int, **more: str) -> Iterator[str]:
    """The process of the recipe, from when it listens; gives its address. `more`: variables of its environment."""
    environment = {**os.environ, "WIDGET_NOTIFY_SECRET": NOTIFY_SECRET, "PORT": str(port), **more}
    with (folder / "output").open("w+b") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process, folder / "output")
            yield url
        finally:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + 60
    while True:
        assert process.poll() is None, output.read_text("utf-8")
        try:
            requests.get(url, timeout=30)
            return
        except requests.ConnectionError:
            assert time.monotonic() < until, output.read_text("utf-8")
            time.sleep(0.05)
