"""The pictures of README.md and the documents, at twice the density, as WebP: a third of a PNG.

`UPDATE_SCREENSHOTS=1 pytest tests/browser/test_screenshot.py` makes all of docs/img anew; else one is made and thrown
away, so that the way to it stays whole.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Engine, Page
from tests.browser.shopper import (
    choose,
    in_engines,
    open_shop,
    reach_pay_page,
    start_payment,
    wait_for,
    wait_for_verdict,
)
from tests.browser.test_admin import pay, sign_in
from tests.browser.test_playground import open_playground, start_frame
from widget_server.demo.run import Ports, run_demo

IMAGES = Path(__file__).resolve().parents[2] / "docs/img"
UPDATE = os.environ.get("UPDATE_SCREENSHOTS") == "1"
WIDE, PHONE = (1280, 900), (360, 740)
MOST_BYTES = 900_000
"""Of docs/img: a reader of README.md loads two of them, a clone all."""
QUALITY = 88


def paid(demo: RunningDemo, page: Page, path: str = "/?lang=en") -> None:
    open_shop(demo, page, path)
    choose(start_payment(page, "iframe"), "paid")
    wait_for(page, lambda: page.has(".card .paid"), "the screen")


def deposit(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    choose(start_payment(page, "redirect"), "vbank")
    wait_for_verdict(page, "pending")
    wait_for(page, lambda: page.has(".card i"), "the screen")


def open_pay_page(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    reach_pay_page(page, "iframe")


def tried_in_the_playground(demo: RunningDemo, page: Page) -> None:
    open_playground(demo, page)
    choose(start_frame(page), "paid")
    wait_for_verdict(page, "paid")
    page.click("steppay-checkout button")


def overview(demo: RunningDemo, page: Page) -> None:
    for scenario in ("paid", "paid", "declined", "vbank"):
        pay(demo, page, scenario)
    sign_in(demo, page)
    wait_for(page, lambda: "아직 전송되지 않음" not in page.js("return document.body.textContent"), "the webhooks")


@pytest.fixture(scope="module")
def busy_demo(demo: RunningDemo, free_port: Callable[[], int]) -> Iterator[RunningDemo]:
    """With a worker, so that the shop has received its webhooks; where no picture is kept, the demo of all tests."""
    if not UPDATE:
        yield demo
        return
    ports = Ports(free_port(), free_port(), free_port(), free_port())
    with run_demo(ports) as urls:
        yield RunningDemo(urls, f"http://127.0.0.1:{ports.simulator}")


Way = Callable[[RunningDemo, Page], Any]
PICTURES: dict[str, tuple[Way, tuple[int, int], bool]] = {
    "paid": (paid, WIDE, False),
    "paid-dark": (paid, WIDE, True),
    "pay-360": (open_pay_page, PHONE, False),
    "deposit-360": (deposit, PHONE, False),
    "paid-dark-360": (lambda demo, page: paid(demo, page, "/"), PHONE, True),
    "return-dark-360": (lambda demo, page: pay(demo, page, "declined"), PHONE, True),
    "playground": (tried_in_the_playground, WIDE, False),
    "admin": (overview, WIDE, False),
}
"""By file name: the way there, the window and whether it is dark."""


def stand_still(page: Any) -> None:
    """Without motion the tick of a payment is drawn at once."""
    page.tab.emulate_media(reduced_motion="reduce")


def taken(page: Any, size: tuple[int, int]) -> bytes:
    """What a window of `size` shows, at twice its density. In Chromium alone."""
    session = page.context.new_cdp_session(page.tab)
    width, height = size
    screen = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", screen)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(shot["data"])


@in_engines("chromium")
@pytest.mark.parametrize("name", PICTURES if UPDATE else ["paid"])
def test_a_picture_of_the_documents_shows_what_it_is_named_after(
    busy_demo: RunningDemo, engine: Engine, name: str
) -> None:
    way, size, dark = PICTURES[name]
    page = engine.new_page(size=size, dark=dark)
    stand_still(page)
    way(busy_demo, page)
    picture = taken(page, size)
    page.end()
    assert picture[8:12] == b"WEBP"
    assert len(picture) > size[0] * 10, "a blank page is smaller"
    if UPDATE:
        (IMAGES / f"{name}.webp").write_bytes(picture)


def test_the_pictures_are_the_listed_ones_and_small() -> None:
    assert sorted(path.name for path in IMAGES.iterdir()) == sorted(f"{name}.webp" for name in PICTURES)
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) <= MOST_BYTES
