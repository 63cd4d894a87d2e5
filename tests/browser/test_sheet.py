"""Every screen in every mode, light and dark, wide and narrow, on one sheet for people to look at (reports/screens).

What a program can see is asserted on the way: no page is wider than the screen, no dialog cuts its text, no picture
is blank. `UPDATE_SCREENSHOTS=1` makes all of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Engine, Page
from tests.browser.screenshot_gallery import FOLDER, is_blank, write_page
from tests.browser.shopper import in_engines
from tests.browser.views import views

SIZES = {"1280": (1280, 800), "360": (360, 740)}
EVERY_PICTURE = os.environ.get("UPDATE_SCREENSHOTS") == "1"
COLUMNS = [("light", "360"), ("dark", "1280"), *([("light", "1280"), ("dark", "360")] if EVERY_PICTURE else [])]
"""The two that find the most; all four when pictures are made for people."""
TOO_WIDE = "return document.documentElement.scrollWidth > innerWidth"
CUT_TEXT = """
const hosts = [...document.querySelectorAll('steppay-checkout')];
return hosts.flatMap((host) => [...host.shadowRoot.querySelectorAll('*')])
  .filter((node) => node.localName !== 'iframe' && node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
  .map((node) => node.localName + ': ' + node.textContent);
"""


@pytest.mark.timeout(600)
@in_engines("chromium")
def test_every_screen_fits_and_lies_on_the_sheet(demo: RunningDemo, engine: Engine) -> None:
    """Each way is gone once: the screen at its end is then shown in each theme and size."""
    for column in COLUMNS:
        (FOLDER / "-".join(column)).mkdir(parents=True, exist_ok=True)
    flaws = []
    for name, show in views():
        theme, size = COLUMNS[0]
        page = engine.new_page(size=SIZES[size], dark=theme == "dark")
        show(demo, page)
        for theme, size in COLUMNS:
            page.show_as(SIZES[size], dark=theme == "dark")
            picture = FOLDER / f"{theme}-{size}" / f"{name}.png"
            page.screenshot(picture)
            flaws += [f"{theme}-{size}, {name}: {flaw}" for flaw in flaws_of(page, picture)]
        page.end()
    assert flaws == []
    for column in map("-".join, COLUMNS):
        print_sheet(engine, column)


def flaws_of(page: Page, picture: Path) -> Iterator[str]:
    if page.js(TOO_WIDE):
        yield "wider than the screen"
    yield from (f"cut: {text}" for text in page.js(CUT_TEXT))
    if is_blank(picture):
        yield "blank"


def print_sheet(engine: Engine, column: str) -> None:
    page = engine.new_page(size=(1500, 900))
    page.goto(write_page(column, [name for name, _ in views()], 350 if column.endswith("1280") else 180).as_uri())
    page.screenshot(FOLDER / f"{column}.png", whole=True)
    page.end()
