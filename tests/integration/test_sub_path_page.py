"""docs/operations/sub-path.md as it stands there: its settings, and its lines for nginx, Caddy and Apache."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from tests.support.app_fixture import FakeStepPay, application_over, environment
from tests.support.databases import copy, drop
from tests.support.reverse_proxy import NGINX_START, ROOT, Places, find, listening
from tools.wsgi_server import serving
from widget_server.config import read_settings

PAGE = (ROOT / "docs/operations/sub-path.md").read_text("utf-8")
PROGRAMS = {"nginx": "nginx", "caddy": "caddy", "apache": "apache2"}
_TEMPLATES = {
    "nginx": NGINX_START
    + """\
    server {{
        listen 127.0.0.1:{port};
        add_header X-Frame-Options DENY always;
        location / {{ return 200 "the shop"; }}
        {lines}
    }}
}}
""",
    "caddy": """\
{{
	admin off
	auto_https off
	default_bind 127.0.0.1
	storage file_system {folder}/storage
}}
{lines}
""",
    "apache": """\
ServerRoot {folder}
ServerName shop.kr
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Mutex file:{folder}
{user}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
Listen 127.0.0.1:{port}
{lines}
""",
}
_USERS = {"nginx": "user root;", "caddy": "", "apache": "User www-data\nGroup www-data"}


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def command(program: str, folder: Path) -> list[str]:
    file = str(folder / "front.conf")
    options = {
        "nginx": ["-c", file, "-e", str(folder / "error.log"), "-g", "daemon off;"],
        "caddy": ["run", "--adapter", "caddyfile", "--config", file],
        "apache": ["-D", "FOREGROUND", "-f", file],
    }
    return [str(find(PROGRAMS[program])), *options[program]]


def noting_cookies(app: Flask, seen: list[str | None]) -> Flask:
    inner = app.wsgi_app

    def watched(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(environ.get("HTTP_COOKIE"))
        return inner(environ, start_response)

    app.wsgi_app = watched  # type: ignore[method-assign]
    return app


def test_the_settings_start_a_server_whose_shop_is_known() -> None:
    lines = block("sh").replace("<the Secret-Token from StepPay's portal>", "for-the-test-only-0123456789")
    settings = read_settings(dict(line.split("=", 1) for line in lines.splitlines()))
    assert (settings.allowed_origins, settings.base_path) == (("https://shop.kr",), "/steppay")


@pytest.mark.parametrize("program", PROGRAMS)
def test_its_lines_lead_shoppers_to_the_server_without_the_shops_cookies(
    program: str, steppay: FakeStepPay, migrated: Path, free_port: Callable[[], int], tmp_path: Path
) -> None:
    if not find(PROGRAMS[program]):
        pytest.skip(f"{program} is not installed")
    behind, port, shop_port, folder = free_port(), free_port(), free_port(), tmp_path / "front"
    folder.mkdir()
    lines = block(program).replace("127.0.0.1:8081", f"127.0.0.1:{behind}").replace("shop.kr {", f"http://:{port} {{")
    lines = lines.replace("127.0.0.1:5000", f"127.0.0.1:{shop_port}")
    user = _USERS[program] if os.getuid() == 0 else ""
    text = _TEMPLATES[program].format(folder=folder, port=port, user=user, lines=lines)
    (folder / "front.conf").write_text(text, "utf-8")
    url = f"http://127.0.0.1:{port}/steppay"
    copy(migrated, tmp_path / "widget.db")
    settings = environment(steppay.url, tmp_path / "widget.db") | {
        "WIDGET_PUBLIC_URL": url,
        "WIDGET_TRUSTED_PROXIES": "1",
    }
    own = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    with (
        application_over(settings) as world,
        serving(noting_cookies(world.app, cookies := []), behind),
        listening(command(program, folder), Places(folder, port, port, (behind, behind)), os.environ | own),
    ):
        told = requests.post(f"{url}/v1/verify", json={"orderCode": steppay.paid()}, cookies={"a": "b"}, timeout=60)
        assert (told.json()["verdict"], "X-Frame-Options" in told.headers) == ("paid", False)
        assert requests.get(f"{url}/.well-known/jwks.json", timeout=60).json()["keys"]
        assert requests.get(f"{url}/assets/css/return.css", timeout=60).ok
        assert cookies == [None] * 3
    drop(tmp_path / "widget.db")
