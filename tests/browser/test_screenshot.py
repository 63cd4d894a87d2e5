"""What a person looks at: the picture in the README, and the rules of accessibility on every page of ours."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.browser.engines import Page, View
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    start_payment,
    wait_for,
    wait_for_verdict,
)
from tests.browser.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs/img/demo.png"
AXE = ROOT / "node_modules/axe-core/axe.min.js"

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")


def read_png(path: Path) -> tuple[int, bytes]:
    """The width in pixels, and the unpacked picture data."""
    chunks, data = path.read_bytes()[8:], b""
    width = struct.unpack(">I", chunks[8:12])[0]
    while chunks:
        (length,) = struct.unpack(">I", chunks[:4])
        data += chunks[8 : 8 + length] if chunks[4:8] == b"IDAT" else b""
        chunks = chunks[12 + length :]
    return width, zlib.decompress(data)


def serious_violations(view: View) -> list[Any]:
    """The rules broken in a way that keeps people out, with the elements that break them."""
    view.js(AXE.read_text("utf-8") + "; window.axe = axe;")
    found: list[Any] = view.js(
        "return axe.run().then(({ violations }) => violations"
        ".filter(({ impact }) => impact === 'serious' || impact === 'critical')"
        ".map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => html + failureSummary)]));"
    )
    return found


@in_engines("chromium")
def test_the_picture_in_the_readme_shows_the_shop_and_the_payment(stage: Stage, page: Page, tmp_path: Path) -> None:
    """`UPDATE_SCREENSHOTS=1` puts the new picture into docs/img."""
    open_shop(stage, page)
    frame = start_payment(page, "iframe")
    wait_for(page, lambda: frame.has('[data-scenario="paid"]'), "the pay page")
    page.js("return document.querySelector('steppay-checkout').shadowRoot.querySelector('iframe').focus()")
    picture = tmp_path / "demo.png"
    page.screenshot(picture)
    width, pixels = read_png(picture)
    assert width == 1280
    assert len(set(pixels[::97])) > 20, "the picture is blank"
    if os.environ.get("UPDATE_SCREENSHOTS") == "1":
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, PICTURE)


@needs_axe
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/pricing"])
@in_engines("chromium")
def test_the_shop_keeps_nobody_out(stage: Stage, page: Page, path: str) -> None:
    open_shop(stage, page, path)
    assert serious_violations(page) == []


@needs_axe
@in_engines("chromium")
def test_the_payment_dialog_keeps_nobody_out(stage: Stage, page: Page) -> None:
    open_shop(stage, page)
    frame = start_payment(page, "iframe")
    wait_for(page, lambda: frame.has('[data-scenario="paid"]'), "the pay page")
    assert serious_violations(page) == []


@needs_axe
@pytest.mark.parametrize(("scenario", "verdict"), [("paid", "paid"), ("declined", "failed"), ("vbank", "pending")])
@in_engines("chromium")
def test_the_verdict_screens_keep_nobody_out(stage: Stage, page: Page, scenario: str, verdict: str) -> None:
    open_shop(stage, page)
    choose(start_payment(page, "iframe"), scenario)
    wait_for_verdict(page, verdict)
    assert serious_violations(page) == []


@needs_axe
@pytest.mark.parametrize("scenario", ["paid", "declined", "forged"])
@in_engines("chromium")
def test_the_return_page_keeps_nobody_out(stage: Stage, page: Page, scenario: str) -> None:
    order = stage.unpaid_order()
    page.goto(f"{stage.demo.server_url}/v1/pay/{order.code}")
    choose(page, scenario)
    wait_for(page, lambda: page.has("main[data-kind]"), "the return page")
    assert serious_violations(page) == []
