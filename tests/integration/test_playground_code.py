"""The look and the code of the playground: valid in each language, true to the choices, harmless to read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_playground import EVIL, shown
from tests.support.app_fixture import API_KEY, PUBLIC, World
from widget_server.services.look import DEFAULT_ACCENT, contrast, contrasts, on_accent

EVERYTHING = {"path": "/가격'\"`${x}", "mode": "iframe", "theme": "dark", "container": "1", "lang": "en"}
CHECKS = {"node": ["node", "--check", "page.mjs"], "php": ["php", "-l", "page.mjs"]}


@pytest.mark.parametrize("language", CHECKS)
@pytest.mark.parametrize("query", [{}, EVERYTHING], ids=["plain", "everything"])
def test_the_code_of_each_language_is_valid(world: World, tmp_path: Path, language: str, query: dict[str, str]) -> None:
    if not shutil.which(language):
        pytest.skip(f"{language} is not installed")
    code = shown(world.client.get("/playground", query_string=query).text)[language]
    (tmp_path / "page.mjs").write_text(code, "utf-8")
    checked = subprocess.run(CHECKS[language], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"SERVER = '{PUBLIC}'" in code
    for option in ('data-mode="iframe"', 'data-theme="dark"', 'data-container="#checkout"', '<div id="checkout">'):
        assert (option in code) is bool(query)


def test_the_code_for_flask_runs_and_its_page_has_the_chosen_options(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(("WIDGET_", "STEPPAY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIDGET_ENV", "sandbox")
    monkeypatch.setenv("WIDGET_API_KEY", API_KEY)
    monkeypatch.setenv("WIDGET_NOTIFY_SECRET", "whsec_ZGVtbyBzZWNyZXQgZm9yIHRoZSBkb2N1bWVudHMh")
    code = shown(world.client.get("/playground", query_string=EVERYTHING).text)["flask"]
    page: dict[str, Any] = {"__name__": "page"}
    exec(compile(code.replace(PUBLIC, "http://127.0.0.1:9"), "page.py", "exec"), page)  # noqa: S102 - our own text
    html = page["app"].test_client().get("/orders/order_a").text
    for option in ('data-theme="dark"', 'data-mode="iframe"', 'data-steppay-order="order_a"', '<div id="checkout">'):
        assert option in html


def test_without_javascript_the_address_gives_look_and_words(world: World) -> None:
    html = world.client.get("/playground?accent=%230B7A4B&radius=0&text_paid=고맙습니다").text
    assert "--steppay-accent: #0b7a4b;\n  --steppay-on-accent: #ffffff;" in shown(html)["style"]
    assert "border-radius: 0px" in shown(html)["style"]
    assert 'texts: {"paid": "고맙습니다"}' in shown(html)["script"]
    assert html.count('<section class="copy"') - html.count('-title" hidden>') == 9
    assert shown(world.client.get(f"/playground?accent={DEFAULT_ACCENT}&radius=16").text)["style"] == ""


@pytest.mark.parametrize("evil", [*EVIL, "'\"\\`", "</script><script>"], ids=range(len(EVIL) + 2))
def test_a_text_stays_one_string_of_the_script(world: World, evil: str) -> None:
    script = shown(world.client.get("/playground", query_string={"text_paid": evil}).text)["script"]
    texts = re.search(r"texts: (\{.*\}) \}\);$", script, re.MULTILINE)
    assert texts
    assert list(json.loads(texts[1])) == ["paid"]
    assert "<" not in script.replace("\\u003c", "")


@pytest.mark.parametrize(
    ("accent", "enough"),
    [("#1f5eff", "TTT"), ("#ffd43b", "TFT"), ("#14181f", "TTF"), ("#777777", "TTT"), ("#ffffff", "TFT")],
)
def test_the_badge_says_where_the_accent_is_seen(accent: str, enough: str) -> None:
    assert "".join("T" if one.enough else "F" for one in contrasts(accent)) == enough


def test_the_text_on_any_accent_can_be_read() -> None:
    """The ratios of WCAG's own examples, and the worst color there is."""
    assert (round(contrast("#000000", "#ffffff"), 2), round(contrast("#777777", "#ffffff"), 2)) == (21.0, 4.48)
    grays = (f"#{value:02x}{value:02x}{value:02x}" for value in range(256))
    assert min(contrast(gray, on_accent(gray)) for gray in grays) >= 4.5
