"""The programs of docs/widget/tag.md, run as they stand there against a server on a port."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_fixture import World
from tools.wsgi_server import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "widget" / "tag.md"
HTML = "<!doctype html><head><!-- steppay-tag --></head><p>$& stays"


@pytest.fixture
def server(world: World) -> Iterator[str]:
    with serving(world.app) as url:
        yield url


def program(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


def test_a_server_renders_the_tag_and_keeps_it_while_the_widget_server_is_away(world: World, server: str) -> None:
    html = world.client.get("/v1/tag?page=/pricing").json["html"]
    names: dict[str, object] = {}
    exec(program("python").replace("https://pay.shop.kr", server), names)  # noqa: S102 - our own document
    script_tag, kept = names["script_tag"], names["kept"]
    assert callable(script_tag)
    assert isinstance(kept, dict)
    assert script_tag() == html
    names["CHECKOUT_URL"] = "http://127.0.0.1:9"
    kept["until"] = 0.0
    assert script_tag() == html
    kept.update(until=0.0, tag=None)
    assert script_tag() == ""


def test_a_shop_in_php_renders_the_tag_and_keeps_it_while_the_widget_server_is_away(
    world: World, server: str, tmp_path: Path
) -> None:
    if not (php := shutil.which("php")):
        pytest.skip("php is not installed; tools/setup.sh browsers installs it on Debian")
    (tmp_path / "kept").mkdir()
    page, kept = tmp_path / "page.php", tmp_path / "kept" / "steppay-tag.html"

    def render(url: str) -> str:
        page.write_text(f"<?php {program('php').replace('https://pay.shop.kr', url)} echo script_tag();", "utf-8")
        command = [php, "-d", "error_reporting=-1", "-d", "display_errors=1", page]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    html = world.client.get("/v1/tag?page=/pricing").json["html"]
    assert render(server) == html
    assert render("http://127.0.0.1:9") == html, "five minutes"
    os.utime(kept, (0, 0))
    assert render("http://127.0.0.1:9") == html, "the last one"
    kept.unlink()
    assert "<script" not in render("http://127.0.0.1:9")


def test_a_build_writes_the_tag_into_its_page(world: World, server: str, tmp_path: Path) -> None:
    if not (node := shutil.which("node")):
        pytest.skip("node is not installed; tools/setup.sh browsers installs it on Debian")
    (tmp_path / "build-tag.mjs").write_text(program("js"), "utf-8")
    page = tmp_path / "pricing.html"
    page.write_text(HTML, "utf-8")
    build = [node, "build-tag.mjs", server, "pricing.html"]
    subprocess.run(build, cwd=tmp_path, check=True, timeout=60)
    html = world.client.get("/v1/tag?page=/pricing").json["html"]
    assert page.read_text("utf-8") == HTML.replace("<!-- steppay-tag -->", html)
    build[2] = f"{server}/nowhere"
    assert subprocess.run(build, cwd=tmp_path, check=False, capture_output=True, timeout=60).returncode != 0
