"""docs/deploy-small-shop.md as it stands there: its commands, its service, and its one line in the web server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.integration.test_production_server import running
from tests.support.app_fixture import FakeStepPay, environment
from tests.support.reverse_proxy import NGINX_START, ROOT, Places, find, listening

PAGE = (ROOT / "docs/deploy-small-shop.md").read_text("utf-8")
UNIT = ROOT / "deploy/small-shop/steppay-widget.service"
SERVER = "/opt/steppay-widget/bin/widget-server"
NAME = "pay.shop.kr"
_CADDY = """\
{{
	admin off
	auto_https off
	default_bind 127.0.0.1
	storage file_system {folder}/storage
}}
{lines}
"""
_NGINX = (
    NGINX_START
    + """\
    server {{ listen 127.0.0.1:{port}; {lines} }}
}}
"""
)


def block(language: str, number: int = 0) -> str:
    return str(re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[number])


def test_the_commands_of_the_page_put_things_where_the_service_looks() -> None:
    unit, commands = UNIT.read_text("utf-8"), block("sh", 1)
    folder = re.findall(r"^WorkingDirectory=(.+)$", unit, re.MULTILINE)[0]
    assert f"--home {folder} steppay-widget" in commands
    assert f"(cd {folder} && runuser -u steppay-widget -- {SERVER} init)" in commands
    assert f"install -m 644 {UNIT.relative_to(ROOT)} /etc/systemd/system/" in commands
    assert f"ExecStart={SERVER} serve\n" in unit


def test_the_service_is_confined_as_those_of_the_larger_setup() -> None:
    larger = (ROOT / "deploy/systemd/steppay-widget-web@.service").read_text("utf-8")
    (confined, other) = (text[text.index("# What it may do") :] for text in (UNIT.read_text("utf-8"), larger))
    assert confined.partition("\n\n")[0].strip() == other.partition("\n\n")[0].strip()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed: apt install systemd")
def test_systemd_finds_nothing_wrong_with_the_service(tmp_path: Path) -> None:
    unit = tmp_path / "steppay-widget.service"
    text = UNIT.read_text("utf-8")
    unit.write_text(text.replace(SERVER, sys.executable), "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("program", ["caddy", "nginx"])
def test_its_one_line_serves_shoppers_and_names_their_address(
    program: str, shared_steppay: FakeStepPay, free_port: Callable[[], int], tmp_path: Path
) -> None:
    if not find(program):
        pytest.skip(f"{program} is not installed: apt install {program}")
    behind, port, folder = free_port(), free_port(), tmp_path / "front"
    folder.mkdir()
    url = f"http://127.0.0.1:{port}"
    lines = block("nginx") if program == "nginx" else block("caddy").replace(NAME, f"http://:{port}")
    assert "127.0.0.1:8081" in lines
    template = _NGINX if program == "nginx" else _CADDY
    file, user = folder / "front.conf", "user root;" if os.getuid() == 0 else ""
    lines = lines.replace("127.0.0.1:8081", f"127.0.0.1:{behind}")
    file.write_text(template.format(folder=folder, port=port, user=user, lines=lines), "utf-8")
    command = {
        "caddy": [str(find("caddy")), "run", "--adapter", "caddyfile", "--config", str(file)],
        "nginx": [str(find("nginx")), "-c", str(file), "-e", str(folder / "error.log"), "-g", "daemon off;"],
    }[program]
    settings = environment(shared_steppay.url, tmp_path / "widget.db") | {
        "WIDGET_PUBLIC_URL": url,
        "WIDGET_TRUSTED_PROXIES": "1",
        "WIDGET_RATE_LIMIT": "2/hour",
    }
    own = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    with (
        running(tmp_path, settings, f"http://127.0.0.1:{behind}", "--port", str(behind)),
        listening(command, Places(folder, port, port, (behind, behind)), os.environ | own),
    ):
        asked = {"orderCode": shared_steppay.paid()}
        claimed = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(3)]
        answers = [requests.post(f"{url}/v1/verify", json=asked, headers=header, timeout=60) for header in claimed]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].json()["verdict"] == "paid"
