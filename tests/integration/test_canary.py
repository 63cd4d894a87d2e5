"""The Secret-Token is in no file that a browser can get (CF-05); `.ci/run` also looks into a fresh build."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.app_fixture import PUBLIC, SHOP, TOKEN, World
from widget_server.demo.shop import create_shop
from widget_server.demo.simulator import create_simulator
from widget_server.web.assets import static_dir, templates_dir

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for folder in (static_dir(), templates_dir()) for path in folder.rglob("*") if path.is_file()]


def bodies(app: Flask) -> dict[str, bytes]:
    """What every address answers that needs nothing but a path, with each static file filled in."""
    client, found = app.test_client(), {}
    names = [str(path.relative_to(static_dir())) for path in FILES if path.is_relative_to(static_dir())]
    for rule in app.url_map.iter_rules():
        for path in paths(rule, names):
            with client.get(path) as answer:
                found[path] = answer.data
    return found


def paths(rule: Rule, names: list[str]) -> list[str]:
    if "GET" not in (rule.methods or ()):
        return []
    parts = [part for part in rule.arguments if part]
    if not parts:
        return [rule.rule]
    return [rule.rule.replace(f"<path:{parts[0]}>", name) for name in names] if "<path:" in rule.rule else []


def test_cf_05_no_server_gives_a_browser_the_secret_token(world: World) -> None:
    folders = {"templates_dir": templates_dir(), "static_dir": static_dir()}
    steppay = world.settings.steppay_api_url
    shop = create_shop(steppay_api_url=steppay, secret_token=TOKEN, widget_url=PUBLIC, public_url=SHOP, **folders)
    simulator = create_simulator(secret_token=TOKEN, public_url=PUBLIC, **folders)
    found = {id(app): bodies(app) for app in (world.app, shop, simulator)}
    assert b"StepPayCheckout" in found[id(world.app)]["/v1/widget.js"]
    assert b"data-steppay-checkout" in found[id(shop)]["/"]
    leaks = [path for answers in found.values() for path, body in answers.items() if TOKEN.encode() in body]
    assert leaks == []


def test_cf_05_no_file_for_browsers_knows_what_a_secret_token_is() -> None:
    names = (b"Secret-Token", b"secret_token", b"STEPPAY_SECRET", b"WIDGET_API_KEY", b"PRIVATE KEY", b"whsec_")
    assert [(str(file), name) for file in FILES for name in names if name in file.read_bytes()] == []


@pytest.mark.parametrize(("content", "exit_code"), [("canary-in-a-file", 1), ("nothing", 0)])
def test_cf_05_the_search_of_the_continuous_integration_finds_a_canary(
    tmp_path: Path, content: str, exit_code: int
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "widget.js").write_text(f"var a = '{content}'", "utf-8")
    search = ["sh", str(ROOT / "tools" / "check_no_secrets.sh"), "canary-in-a-file", str(tmp_path)]
    assert subprocess.run(search, capture_output=True, check=False).returncode == exit_code
