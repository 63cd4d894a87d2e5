"""nginx, Caddy, HAProxy and Apache as an operator begins with them: what is not written is the program's default."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.support.reverse_proxy import HOST, NGINX_START, Front, Places, find, listening

_NGINX = (
    NGINX_START
    + """\
    upstream widget {{ server 127.0.0.1:{behind}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://widget;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
)
_CADDY = """\
{{
	admin off
	auto_https off
	default_bind 127.0.0.1
	storage file_system {folder}/storage
}}
http://:{port} {{
	reverse_proxy 127.0.0.1:{behind}
}}
"""
_HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option forwardfor
frontend shoppers
    bind 127.0.0.1:{port}
    default_backend widget
backend widget
    server one 127.0.0.1:{behind}
"""
_APACHE = """\
ServerRoot {folder}
ServerName {host}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Mutex file:{folder}
{user}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
Listen 127.0.0.1:{port}
ProxyPass / http://127.0.0.1:{behind}/{options}
"""
PROGRAMS = {"nginx": "nginx", "caddy": "caddy", "haproxy": "haproxy", "apache": "apache2"}
PACKAGES = {"nginx": "nginx-light", "caddy": "caddy", "haproxy": "haproxy", "apache": "apache2"}


@contextmanager
def _running(places: Places, text: str, user: str, command: list[str], options: str = "") -> Iterator[Front]:
    """`{file}` in the command is the configuration."""
    folder = places.folder
    folder.mkdir()
    filled = text.format(
        folder=folder,
        host=HOST,
        port=places.plain,
        behind=places.behind[0],
        options=options,
        user=user if os.getuid() == 0 else "",
    )
    (folder / "front.conf").write_text(filled, "utf-8")
    own = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    full = [part.format(file=folder / "front.conf", folder=folder) for part in command]
    at = Places(folder, places.plain, places.plain, places.behind)
    with listening([str(find(full[0])), *full[1:]], at, os.environ | own) as front:
        yield front


def nginx(places: Places) -> AbstractContextManager[Front]:
    command = ["nginx", "-p", "{folder}", "-c", "{file}", "-e", "{folder}/error.log", "-g", "daemon off;"]
    return _running(places, _NGINX, "user root;", command)


def caddy(places: Places) -> AbstractContextManager[Front]:
    return _running(places, _CADDY, "", ["caddy", "run", "--adapter", "caddyfile", "--config", "{file}"])


def haproxy(places: Places) -> AbstractContextManager[Front]:
    return _running(places, _HAPROXY, "", ["haproxy", "-db", "-f", "{file}"])


def apache(places: Places, options: str = "") -> AbstractContextManager[Front]:
    command = ["apache2", "-D", "FOREGROUND", "-f", "{file}"]
    return _running(places, _APACHE, "User www-data\nGroup www-data", command, options)


PLAIN: dict[str, Callable[[Places], AbstractContextManager[Front]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "haproxy": haproxy,
    "apache": apache,
}
