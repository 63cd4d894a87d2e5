"""Screens on the real way of a payment fit, light and dark, wide and narrow; the others are in test_pictures.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Engine, Page
from tests.browser.screenshot_gallery import is_blank
from tests.browser.shopper import in_engines
from tests.browser.views import VIEWS

SIZES = {"1280": (1280, 800), "360": (360, 740)}
COLUMNS = [("light", "360"), ("dark", "1280")]
TOO_WIDE = "return document.documentElement.scrollWidth > innerWidth"
CUT_TEXT = """
const hosts = [...document.querySelectorAll('steppay-checkout')];
return hosts.flatMap((host) => [...host.shadowRoot.querySelectorAll('*')])
  .filter((node) => node.localName !== 'iframe' && node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
  .filter((node) => getComputedStyle(node).textOverflow !== 'ellipsis')
  .map((node) => node.localName + ': ' + node.textContent);
"""


@in_engines("chromium")
def test_the_screens_of_a_payment_fit(demo: RunningDemo, engine: Engine, tmp_path: Path) -> None:
    """Each way is gone once: the screen at its end is then shown in each theme and size."""
    flaws = []
    for name, show in VIEWS.items():
        theme, size = COLUMNS[0]
        page = engine.new_page(size=SIZES[size], dark=theme == "dark")
        show(demo, page)
        for theme, size in COLUMNS:
            page.show_as(SIZES[size], dark=theme == "dark")
            picture = tmp_path / f"{theme}-{size}.png"
            page.screenshot(picture)
            flaws += [f"{theme}-{size}, {name}: {flaw}" for flaw in flaws_of(page, picture)]
        page.end()
    assert flaws == []


def flaws_of(page: Page, picture: Path) -> Iterator[str]:
    if page.js(TOO_WIDE):
        yield "wider than the screen"
    yield from (f"cut: {text}" for text in page.js(CUT_TEXT))
    if is_blank(picture):
        yield "blank"
