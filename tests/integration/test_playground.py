"""The playground shows what the command prints, repeats nothing a visitor writes, and is off in production."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from tests.support.app_fixture import PUBLIC, SHOP, FakeStepPay, World, environment
from widget_server.app import create_app
from widget_server.cli import main
from widget_server.config import read_settings
from widget_server.domain.display_options import MODES

ORDERS = f"{SHOP}/test-order"
EVIL = (
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</code></pre><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}{%raw%}",
    "\x00\u2028\ud7ff한글",
    "x" * 5000,
)
PARAMETERS = (
    "path",
    "mode",
    "locale",
    "theme",
    "order",
    "lang",
    "unheard_of",
    "accent",
    "radius",
    "text_paid",
    "screen",
)


def production(world: World, **settings: str) -> FlaskClient:
    """The same application as an operator runs it for real."""
    given = environment("", Path("widget.db")) | {"WIDGET_ENV": "production", "STEPPAY_API_URL": ""}
    read = read_settings(given | settings)
    return create_app(read, replace(world.deps, settings=read)).test_client()


def shown(html: str) -> dict[str, str]:
    """The texts to copy, by their ids."""
    return {name: unescape(text) for name, text in re.findall(r'<code id="(\w+)">(.*?)</code>', html, re.DOTALL)}


@pytest.mark.parametrize(
    ("setting", "status"), [("", 404), ("off", 404), ("on", 200), (ORDERS, 200)], ids=["unset", "off", "on", "orders"]
)
def test_in_production_the_playground_is_there_only_when_it_is_switched_on(
    world: World, setting: str, status: int
) -> None:
    client = production(world, WIDGET_PLAYGROUND=setting)
    answer = client.get("/playground")
    assert answer.status_code == status
    assert ("/playground" in client.get("/openapi.json").json["paths"]) is (status == 200)
    assert answer.status_code == 404 or "주문하면 실제로 결제됩니다" in answer.text


@pytest.mark.parametrize(("upstream", "real"), [("", True), ("http://127.0.0.1:9", False)])
def test_the_page_says_whether_an_order_costs_money_also_in_a_sandbox(
    world: World, upstream: str, *, real: bool
) -> None:
    text = production(world, WIDGET_ENV="sandbox", STEPPAY_API_URL=upstream).get("/playground").text
    assert ("주문하면 실제로 결제됩니다" in text) is real
    assert ("실제 결제는 일어나지 않습니다" in text) is not real


def test_a_page_that_frames_the_pay_page_reads_its_duty(world: World) -> None:
    framed = {mode: "FAQ 1588" in world.client.get(f"/playground?mode={mode}").text for mode in MODES}
    assert framed == {mode: mode in ("iframe", "auto") for mode in MODES}


def test_the_return_page_is_framed_by_ourselves_only_for_the_playground(world: World) -> None:
    for setting, origins in (("off", ""), ("on", f" {PUBLIC}")):
        page = production(world, WIDGET_PLAYGROUND=setting).get("/v1/return/" + "A" * 22)
        policy = page.headers["Content-Security-Policy"]
        assert policy.endswith(f"frame-ancestors {SHOP} https://www.shop.test{origins}")


@pytest.mark.parametrize("mode", ["", "redirect", "tab", "popup", "iframe", "auto"])
@pytest.mark.parametrize("path", ["/", "/pricing", "/가격?a=1"])
def test_the_page_shows_exactly_what_the_command_prints(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env file of a developer
    options = ["--locale", "en", "--theme", "dark", *(["--mode", mode] if mode else [])]
    printed = CliRunner().invoke(main, ["snippet", "--page", path, *options], env=environment("", tmp_path / "w.db"))
    assert printed.exit_code == 0, printed.output
    lines = printed.output.splitlines()
    query = {"path": path, "mode": mode, "locale": "en", "theme": "dark"}
    html = world.client.get("/playground", query_string=query).text
    texts = shown(html)
    assert texts["tag"] == lines[0]
    assert texts["csp"].splitlines() == [line.strip() for line in lines if line.startswith("  ")]
    assert html.count(lines[0]) == 1, "the tag that is shown is not the one that runs"


def test_without_javascript_the_query_is_enough_for_every_text(world: World) -> None:
    html = world.client.get("/playground?mode=iframe&path=/pricing&order=order_a").text
    assert 'data-mode="iframe"' in shown(html)["tag"]
    assert f'href="{PUBLIC}/v1/pay/order_a"' in shown(html)["button"]
    assert "frame-src" in shown(html)["csp"]
    assert 'path = "/pricing"\nmode = "iframe"\nmode_mobile = "redirect"' in shown(html)["rule"]
    assert f'<a id="pay" class="pay-button" href="{PUBLIC}/v1/pay/order_a"' in html
    assert "<noscript><button" in html


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_nothing_a_visitor_writes_becomes_part_of_the_page(world: World, name: str, evil: str) -> None:
    plain = world.client.get("/playground")
    answer = world.client.get("/playground", query_string={name: evil})
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == plain.headers["Content-Security-Policy"]
    assert markup(answer.text) == markup(plain.text)
    if name not in ("path", "text_paid"):
        assert answer.text == plain.text


def markup(html: str) -> list[str]:
    """Every tag's name: what a page consists of, without its texts."""
    return re.findall(r"<(/?[a-z0-9]+)", html)


@pytest.mark.parametrize("twice", ["mode=tab&mode=iframe", "order=order_a&order=%22%3E", "path=/a&path=/b"])
def test_of_a_repeated_parameter_the_first_counts(world: World, twice: str) -> None:
    assert (
        world.client.get(f"/playground?{twice}").text
        == world.client.get(f"/playground?{twice.split('&', maxsplit=1)[0]}").text
    )


def test_the_playground_asks_steppay_nothing_and_stores_nothing(world: World, steppay: FakeStepPay) -> None:
    world.client.get("/playground?order=order_a&mode=iframe")
    assert (steppay.calls(), world.rows()) == ([], 0)


def test_test_orders_come_from_the_shop_that_the_setting_names(world: World) -> None:
    answer = production(world, WIDGET_PLAYGROUND=ORDERS).get("/playground")
    assert f'formaction="{ORDERS}"' in answer.text
    assert f"form-action 'self' {SHOP};" in answer.headers["Content-Security-Policy"]
    without = production(world, WIDGET_PLAYGROUND="on").get("/playground")
    assert "formaction" not in without.text
    assert "form-action 'self';" in without.headers["Content-Security-Policy"]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_page_speaks_korean_first_and_english_on_wish(world: World, lang: str) -> None:
    html = world.client.get("/playground" + ("?lang=en" if lang == "en" else "")).text
    assert f'<html lang="{lang}">' in html
    body: Any = html.partition("<body>")[2]
    other = re.sub(r'<[^>]*lang="(ko|en)"[^>]*>[^<]*', "", body)
    assert bool(re.search("[가-힣]", other.replace("한국어", ""))) is (lang == "ko")
