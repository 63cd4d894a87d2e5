"""Every page learns its rule, and how to open payment while this server is down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.app_fixture import SHOP, FakeStepPay, World, application
from widget_server.config import RateLimit

RULES = """\
[default]
mode = "tab"
[[page]]
path = "/pricing*"
mode = "iframe"
mode_mobile = "redirect"
locale = "en"
theme = "dark"
"""


@pytest.fixture
def ruled(steppay: FakeStepPay, migrated: Path, tmp_path: Path) -> Iterator[World]:
    rules = tmp_path / "pages.toml"
    rules.write_text(RULES, "utf-8")
    with application(steppay.url, migrated, tmp_path, rules) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "mode", "theme"),
    [
        ("/pricing", "iframe", "dark"),
        ("/pricing/annual", "iframe", "dark"),
        ("/", "tab", "auto"),
        ("", "tab", "auto"),
        ("pricing", "tab", "auto"),
        ("https://evil.tld/pricing", "tab", "auto"),
        ("/가격", "tab", "auto"),
        ("/../pricing", "tab", "auto"),
        ("/\x00\n", "tab", "auto"),
        ("/" + "x" * 5000, "tab", "auto"),
        ("/!*[", "tab", "auto"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_page_gets_its_rule(ruled: World, path: str, mode: str, theme: str) -> None:
    answer = ruled.client.get(f"/v1/pages?path={quote(path)}")
    assert (answer.status_code, answer.json["mode"], answer.json["theme"]) == (200, mode, theme)


@pytest.mark.parametrize("origin", [None, SHOP, "https://any.test", "null"])
def test_only_a_page_that_may_open_a_checkout_is_given_steppays_address(
    ruled: World, steppay: FakeStepPay, origin: str | None
) -> None:
    answer = ruled.client.get("/v1/pages?path=/pricing", headers={"Origin": origin} if origin else {})
    assert answer.json == {
        "mode": "iframe",
        "modeMobile": "redirect",
        "locale": "en",
        "theme": "dark",
        "payUrl": f"{steppay.url}/api/public/orders/{{orderCode}}/pay" if origin in (None, SHOP) else None,
    }
    assert "Origin" in answer.vary
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"


def test_without_a_rules_file_every_page_redirects(world: World) -> None:
    assert world.client.get("/v1/pages").json["mode"] == "redirect"


def test_a_rule_needs_no_storage(world: World) -> None:
    world.break_storage()
    assert world.client.get("/v1/pages?path=/").status_code == 200


@pytest.mark.parametrize("address", ["/v1/pages?path=/a", "/playground?path=/a"])
def test_av_10_the_rule_of_a_page_has_a_budget_of_its_own(world: World, steppay: FakeStepPay, address: str) -> None:
    settings = replace(world.settings, rate_limit=RateLimit(2, 60), playground_mode="on")
    client = world.with_deps(settings=settings)
    answers = [client.get(f"{address}{number}").status_code for number in range(42)]
    assert (answers.count(200), answers.count(429)) == (40, 2)
    assert client.post("/v1/verify", json={"orderCode": steppay.paid()}).status_code == 200
