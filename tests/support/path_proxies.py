"""nginx and Caddy with the files of deploy/ for a server below a path of a shop's host. The shop is at 127.0.0.1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.support.reverse_proxies import CADDY_OPTIONS, run_caddy, run_nginx
from tests.support.reverse_proxy import Front, Places, example, write_certificate

_SHOPS_OWN = """add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
    add_header X-Frame-Options DENY always;
    error_page 404 /the-shops-own-404;
    location ~* \\.(js|css)$ { return 404; }
    location ~ /\\. { return 404; }
"""
"""What shops have in their `server`, and what must not change the widget server's answers."""


@contextmanager
def nginx(places: Places, shop_port: int, *, keeps_path: bool = True, tls: bool = True) -> Iterator[Front]:
    """`tls` False: for browsers, which do not know the tests' authority; without the rules of other shops."""
    folder = places.folder
    folder.mkdir()
    write_certificate(folder)
    changes = {
        "listen [::]:443 ssl http2;": "",
        "listen 443 ": f"listen 127.0.0.1:{places.tls} ",
        "server_name shop.kr;": "server_name 127.0.0.1;",
        "127.0.0.1:8081": f"127.0.0.1:{places.behind[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{places.behind[1]}",
        "127.0.0.1:5000": f"127.0.0.1:{shop_port}",
        "/etc/letsencrypt/live/shop.kr/fullchain.pem": f"{folder}/chain.pem",
        "/etc/letsencrypt/live/shop.kr/privkey.pem": f"{folder}/key.pem",
        "/var/lib/nginx/steppay-widget": f"{folder}/cache",
        '#add_header Strict-Transport-Security "max-age=31536000" always;': _SHOPS_OWN,
    }
    if not tls:
        changes |= {"listen 443 ssl http2;": f"listen 127.0.0.1:{places.tls};"}
        changes = {old: new for old, new in changes.items() if old != "listen 443 " and new != _SHOPS_OWN}
    if not keeps_path:
        changes["\n        proxy_pass http://steppay_widget;\n"] = "\n        proxy_pass http://steppay_widget/;\n"
    (folder / "site.conf").write_text(example("nginx/shop-with-steppay-path.conf", changes), "utf-8")
    with run_nginx(places) as front:
        yield front


@contextmanager
def caddy(places: Places, shop_port: int, *, keeps_path: bool = True) -> Iterator[Front]:
    folder = places.folder
    folder.mkdir()
    write_certificate(folder)
    changes = {
        "\n{\n": "\n" + CADDY_OPTIONS.format(folder=folder, tls=places.tls, plain=places.plain),
        "\nshop.kr {\n": f"\n127.0.0.1 {{\n\ttls {folder}/chain.pem {folder}/key.pem\n",
        "127.0.0.1:8081": f"127.0.0.1:{places.behind[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{places.behind[1]}",
        "127.0.0.1:5000": f"127.0.0.1:{shop_port}",
    }
    if not keeps_path:
        changes["#uri strip_prefix"] = "uri strip_prefix"
    (folder / "Caddyfile").write_text(example("caddy/shop-with-steppay-path.Caddyfile", changes), "utf-8")
    with run_caddy(places) as front:
        yield front


FRONTS: dict[str, Callable[..., AbstractContextManager[Front]]] = {"nginx": nginx, "caddy": caddy}
