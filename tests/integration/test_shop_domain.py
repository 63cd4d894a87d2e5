"""deploy.md's recipe "On the shop's own domain": its very lines in the shop's nginx."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.integration.test_production_server import running
from tests.support.app_fixture import FakeStepPay, environment
from tests.support.reverse_proxy import NGINX_START, ROOT, Places, find, listening
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.web.assets import widget

pytestmark = pytest.mark.skipif(not find("nginx"), reason="nginx is not installed: apt install nginx-light")
_SHOP = (
    NGINX_START
    + """\
    upstream steppay_widget {{ server 127.0.0.1:{behind}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 "the shop"; }}
        {recipe}
    }}
}}
"""
)


def test_the_recipes_locations_are_all_that_shoppers_need(
    shared_steppay: FakeStepPay, free_port: Callable[[], int], tmp_path: Path
) -> None:
    behind, port, folder = free_port(), free_port(), tmp_path / "front"
    folder.mkdir()
    shop = f"http://127.0.0.1:{port}"
    guide = (ROOT / "docs/operations/deploy.md").read_text("utf-8").partition("## On the shop's own domain")[2]
    recipe = re.search(r"```nginx\n(.*?)```", guide, re.DOTALL)
    assert recipe
    user = "user root;" if os.getuid() == 0 else ""
    text = _SHOP.format(user=user, folder=folder, behind=behind, port=port, recipe=recipe[1])
    (folder / "nginx.conf").write_text(text, "utf-8")
    command = [
        str(find("nginx")),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
        "-g",
        "daemon off;",
    ]
    settings = environment(shared_steppay.url, tmp_path / "widget.db") | {
        "WIDGET_PUBLIC_URL": shop,
        "WIDGET_ALLOWED_ORIGINS": shop,
        "WIDGET_TRUSTED_PROXIES": "1",
    }
    with (
        running(tmp_path, settings, f"http://127.0.0.1:{behind}", "--no-jobs", "--port", str(behind)),
        listening(command, Places(folder, port, port, (behind, behind)), os.environ),
    ):
        assert requests.get(f"{shop}/readyz", timeout=60).text == "the shop"
        assert requests.get(shop + versioned_path(widget(shop)), timeout=60).content == widget(shop)
        assert requests.get(f"{shop}/.well-known/jwks.json", timeout=60).json()["keys"]
        code = shared_steppay.paid()
        asked = {"json": {"orderCode": code}, "headers": {"Origin": shop}}
        assert requests.post(f"{shop}/v1/verify", timeout=60, **asked).json()["verdict"] == "paid"
        led = requests.get(f"{shop}/v1/pay/{shared_steppay.unpaid()}", allow_redirects=False, timeout=60)
        assert led.status_code in {302, 303}
        page = requests.get(f"{shop}/v1/return/{'A' * 22}", timeout=60)
        assert page.headers["Content-Type"].startswith("text/html")
        for asset in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text):
            assert requests.get(shop + asset, timeout=60).ok, asset
