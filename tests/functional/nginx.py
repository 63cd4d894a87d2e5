"""A real nginx with the very file of deploy/nginx, on loopback ports, with a certificate of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import trustme
from requests.adapters import HTTPAdapter

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "deploy" / "nginx" / "steppay-widget.conf"
HOST = "pay.shop.kr"
SECONDS = 60
"""Far more than any step takes; only a hanging test meets it."""
_MAIN = """\
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def find_nginx() -> str | None:
    """Debian keeps it in /usr/sbin."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


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

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.authority)
        raw = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        return context.wrap_socket(raw, server_hostname="127.0.0.1")


class _From(HTTPAdapter):
    """Connections that come from one address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


@contextmanager
def nginx(program: str, folder: Path, ports: Sequence[int], behind: Sequence[int]) -> Iterator[Front]:
    """`ports`: for TLS and plain HTTP; `behind`: the two web processes'. Bodies time out after one second."""
    folder.mkdir()
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", HOST)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    (folder / "site.conf").write_text(_on_these(folder, ports, behind), "utf-8")
    user = "user root;" if os.getuid() == 0 else ""  # else its own user could not enter the tests' folder
    (folder / "nginx.conf").write_text(_MAIN.format(user=user, folder=folder), "utf-8")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t"], check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        _wait_for(ports[0], process)
        yield Front(ports[0], ports[1], str(folder / "authority.pem"))
    finally:
        process.terminate()
        process.wait(SECONDS)


def _on_these(folder: Path, ports: Sequence[int], behind: Sequence[int]) -> str:
    """The example with the places of this test, and no other change."""
    text = EXAMPLE.read_text("utf-8")
    for old, new in {
        "listen [::]:443 ssl http2;": "",
        "listen [::]:80;": "",
        "listen 443 ": f"listen 127.0.0.1:{ports[0]} ",
        "listen 80;": f"listen 127.0.0.1:{ports[1]};",
        "127.0.0.1:8081": f"127.0.0.1:{behind[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{behind[1]}",
        f"/etc/letsencrypt/live/{HOST}/fullchain.pem": f"{folder}/chain.pem",
        f"/etc/letsencrypt/live/{HOST}/privkey.pem": f"{folder}/key.pem",
        "/var/lib/nginx/steppay-widget": f"{folder}/cache",
        "client_body_timeout 8s;": "client_body_timeout 1s;",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(SECONDS * 20):
        assert process.poll() is None, "nginx did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            process.poll()
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
    raise AssertionError("nginx does not listen")
