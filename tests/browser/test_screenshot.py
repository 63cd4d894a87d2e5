"""The picture at the top of the README."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.screenshot_gallery import is_blank, read_png
from tests.browser.shopper import in_engines, open_shop, start_payment, wait_for

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs/img/demo.png"


@in_engines("chromium")
def test_the_picture_in_the_readme_shows_the_shop_and_the_payment(
    demo: RunningDemo, page: Page, tmp_path: Path
) -> None:
    """`UPDATE_SCREENSHOTS=1` puts the new picture into docs/img."""
    open_shop(demo, page)
    frame = start_payment(page, "iframe")
    wait_for(page, lambda: frame.has('[data-scenario="paid"]'), "the pay page")
    page.js("return document.querySelector('steppay-checkout').shadowRoot.querySelector('iframe').focus()")
    picture = tmp_path / "demo.png"
    page.screenshot(picture)
    assert read_png(picture)[0] == 1280
    assert not is_blank(picture)
    if os.environ.get("UPDATE_SCREENSHOTS") == "1":
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, PICTURE)
