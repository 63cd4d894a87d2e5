"""nginx and Caddy with the very files of deploy/, on loopback ports: how each of them is started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.support.reverse_proxy import HOST, Front, Places, example, find, listening, write_certificate

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


@contextmanager
def nginx(places: Places, body_seconds: int = 1, cdn: str = "") -> Iterator[Front]:
    """deploy/nginx; bodies time out after `body_seconds`. `cdn`: the range in the lines for one."""
    folder = places.folder
    folder.mkdir()
    write_certificate(folder)
    changes = {
        "listen [::]:443 ssl http2;": "",
        "listen [::]:80;": "",
        "listen 443 ": f"listen 127.0.0.1:{places.tls} ",
        "listen 80;": f"listen 127.0.0.1:{places.plain};",
        "127.0.0.1:8081": f"127.0.0.1:{places.behind[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{places.behind[1]}",
        f"/etc/letsencrypt/live/{HOST}/fullchain.pem": f"{folder}/chain.pem",
        f"/etc/letsencrypt/live/{HOST}/privkey.pem": f"{folder}/key.pem",
        "/var/lib/nginx/steppay-widget": f"{folder}/cache",
        "client_body_timeout 8s;": f"client_body_timeout {body_seconds}s;",
    }
    if cdn:
        changes |= {"#set_real_ip_from 203.0.113.0/24": f"set_real_ip_from {cdn}", "#real_ip_header": "real_ip_header"}
    (folder / "site.conf").write_text(example("nginx/steppay-widget.conf", changes), "utf-8")
    with run_nginx(places) as front:
        yield front


@contextmanager
def run_nginx(places: Places) -> Iterator[Front]:
    """With the `site.conf` of the folder."""
    folder = places.folder
    user = "user root;" if os.getuid() == 0 else ""  # else its own user could not enter the tests' folder
    (folder / "nginx.conf").write_text(_MAIN.format(user=user, folder=folder), "utf-8")
    main = str(folder / "nginx.conf")
    command = [str(find("nginx")), "-p", str(folder), "-c", main, "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t"], check=True, stdout=subprocess.DEVNULL)
    with listening([*command, "-g", "daemon off;"], places, os.environ) as front:
        yield front


CADDY_OPTIONS = """\
{{
	admin off
	default_bind 127.0.0.1
	http_port {plain}
	https_port {tls}
	storage file_system {folder}/storage
"""


@contextmanager
def caddy(places: Places, body_seconds: int = 1, cdn: str = "") -> Iterator[Front]:
    """deploy/caddy without its own certificates: no other server is called. Bodies time out after `body_seconds`."""
    folder = places.folder
    folder.mkdir()
    write_certificate(folder)
    changes = {
        "\n{\n": "\n" + CADDY_OPTIONS.format(folder=folder, tls=places.tls, plain=places.plain),
        f"\n{HOST} {{\n": f"\n{HOST} {{\n\ttls {folder}/chain.pem {folder}/key.pem\n",
        "127.0.0.1:8081": f"127.0.0.1:{places.behind[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{places.behind[1]}",
        "read_body 8s": f"read_body {body_seconds}s",
    }
    if cdn:
        changes |= {"#@cdn remote_ip 203.0.113.0/24": f"@cdn remote_ip {cdn}", "#vars shopper": "vars shopper"}
        changes |= {"#vars @cdn": "vars @cdn", "#header_up X-Forwarded-For": "header_up X-Forwarded-For"}
    (folder / "Caddyfile").write_text(example("caddy/Caddyfile", changes), "utf-8")
    with run_caddy(places) as front:
        yield front


@contextmanager
def run_caddy(places: Places) -> Iterator[Front]:
    """With the `Caddyfile` of the folder."""
    folder = places.folder
    command = [str(find("caddy")), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    own = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    with listening(command, places, os.environ | own) as front:
        yield front


FRONTS: dict[str, Callable[..., AbstractContextManager[Front]]] = {"nginx": nginx, "caddy": caddy}
