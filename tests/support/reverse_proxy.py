"""A real web server in front: what nginx and Caddy have in common for the tests that run deploy/'s own files."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import trustme
from requests.adapters import HTTPAdapter

ROOT = Path(__file__).resolve().parents[2]
HOST = "pay.shop.kr"
SECONDS = 60
"""Far more than any step takes; only a hanging test meets it."""
NGINX_START = """\
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
"""
"""Of a file that nginx reads for one test, whose folder holds all that it writes. To be formatted."""


@dataclass(frozen=True)
class Places:
    """Where the example runs in a test: loopback ports and a folder with a certificate of the tests' own."""

    folder: Path
    tls: int
    plain: int
    behind: Sequence[int]
    """The ports of the two web processes."""


@dataclass(frozen=True)
class Front:
    """`url` is by TLS; every client address of 127.0.0.0/8 is one shopper's."""

    port: int
    plain_port: int
    authority: str
    """The file with the certificate authority."""

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def shopper(self, address: str) -> requests.Session:
        session = requests.Session()
        session.verify, session.trust_env = self.authority, False
        session.headers["Host"] = HOST
        session.mount("https://", _From(address))
        return session

    def connect(self, receive_bytes: int | None = None) -> ssl.SSLSocket:
        """`receive_bytes`: how much the kernel takes before the client reads."""
        context = ssl.create_default_context(cafile=self.authority)
        raw = socket.socket()
        if receive_bytes is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        raw.settimeout(SECONDS)
        raw.connect(("127.0.0.1", self.port))
        return context.wrap_socket(raw, server_hostname=HOST)


class _From(HTTPAdapter):
    """Connections that come from one address, to the name that the certificate is for."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        source = (self._address, 0)
        super().init_poolmanager(*args, source_address=source, server_hostname=HOST, assert_hostname=HOST, **kwargs)


def find(program: str) -> str | None:
    """Debian keeps nginx in /usr/sbin, which is not on every user's path."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")


def example(path: str, changes: Mapping[str, str]) -> str:
    """A file of deploy/ with the places of a test, each of which stands in it once, and no other change."""
    text = (ROOT / "deploy" / path).read_text("utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def write_certificate(folder: Path) -> None:
    """`key.pem` and `chain.pem` for HOST and 127.0.0.1, and the `authority.pem` that vouches for them."""
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST, "127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")


@contextmanager
def listening(command: Sequence[str], places: Places, environ: Mapping[str, str]) -> Iterator[Front]:
    """Run a front until the block ends; what it says is in `front.txt` of its folder."""
    with (places.folder / "front.txt").open("wb") as out:
        process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
    try:
        _wait_for(places.tls, process)
        yield Front(places.tls, places.plain, str(places.folder / "authority.pem"))
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(SECONDS * 20):
        assert process.poll() is None, "the web server did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
    raise AssertionError("the web server does not listen")
