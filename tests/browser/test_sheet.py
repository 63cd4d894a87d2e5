"""Every screen in every mode, light and dark, wide and narrow, on one sheet for people to look at (reports/screens).

What a program can see is asserted on the way: no page is wider than the screen, no dialog cuts its text, no picture
is blank. `UPDATE_SCREENSHOTS=1` puts the best pictures into docs/img.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.engines import Engine, Page
from tests.browser.sheet import FOLDER, is_blank, write_page
from tests.browser.shopper import choose, in_engines, open_shop, skip_the_wait, start_payment, wait_for
from tests.browser.stage import Order, Stage

SIZES = {"1280": (1280, 800), "360": (360, 740)}
IMAGES = Path(__file__).resolve().parents[2] / "docs/img"
BEST = {
    "light-360": {"iframe pay page": "pay-360.png", "redirect vbank": "deposit-360.png"},
    "dark-360": {"redirect paid": "paid-dark-360.png", "tab declined": "return-dark-360.png"},
}
# What happened at StepPay, what the return address claims, and the icon of the screen that follows.
VERDICTS = {
    "paid": ("success", "paid"),
    "declined": ("error", "payment_failed"),
    "canceled": ("cancel", "canceled"),
    "vbank": ("success", "awaiting_deposit"),
    "refunded": ("success", "refunded"),
    "partially_refunded": ("success", "partially_refunded"),
    "forged": ("success", "not_paid_yet"),
    "mismatch": ("success", "mismatch"),
}
TOO_WIDE = "return document.documentElement.scrollWidth > innerWidth"
CUT_TEXT = """
const hosts = [...document.querySelectorAll('steppay-checkout')];
return hosts.flatMap((host) => [...host.shadowRoot.querySelectorAll('*')])
  .filter((node) => node.localName !== 'iframe' && node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
  .map((node) => node.localName + ': ' + node.textContent);
"""

View = Callable[[Stage, Page], None]


def claim(order: Order, status: str, wrong_id: bool = False) -> str:
    return urlencode({"order_id": order.id + wrong_id, "order_code": order.code, "status": status})


def settled(stage: Stage, scenario: str) -> Order:
    order = stage.unpaid_order()
    if scenario not in ("forged", "mismatch"):
        stage.settle(order.code, scenario)
    return order


def back_in_the_shop(scenario: str) -> View:
    status, icon = VERDICTS[scenario]

    def show(stage: Stage, page: Page) -> None:
        open_shop(stage, page, "/?" + claim(settled(stage, scenario), status, scenario == "mismatch"))
        wait_for(page, lambda: page.has(".card i"), "the first screen")
        if scenario == "forged":
            skip_the_wait(page)
        wait_for(page, lambda: page.has("#verdict[data-verdict]"), icon)

    return show


def on_the_return_page(scenario: str, mode: str = "tab") -> View:
    def show(stage: Stage, page: Page) -> None:
        order = settled(stage, scenario)
        page.goto(f"{stage.attempt(order, mode)}?{claim(order, VERDICTS[scenario][0], scenario == 'mismatch')}")
        wait_for(page, lambda: page.has("main[data-kind]"), "the return page")

    return show


def in_the_dialog(scenario: str) -> View:
    def show(stage: Stage, page: Page) -> None:
        open_shop(stage, page)
        frame = start_payment(page, "iframe")
        choose(frame, scenario)
        if scenario == "forged":
            wait_for(page, lambda: frame.has("main[data-kind]"), "the return page")
        else:
            wait_for(page, lambda: page.has("#verdict[data-verdict]"), "the verdict")

    return show


def shop(path: str) -> View:
    return lambda stage, page: open_shop(stage, page, path)


def pay_page(mode: str) -> View:
    def show(stage: Stage, page: Page) -> None:
        open_shop(stage, page)
        place = start_payment(page, mode)
        wait_for(page, lambda: place.has("[data-scenario]"), "the pay page")

    return show


def question(stage: Stage, page: Page) -> None:
    pay_page("iframe")(stage, page)
    page.click(".window button")
    wait_for(page, lambda: page.has(".card button"), "the question")


def checking(stage: Stage, page: Page) -> None:
    open_shop(stage, page, "/?" + claim(stage.unpaid_order(), "success"))
    wait_for(page, lambda: page.has(".card .checking"), "the first screen")


def unopened(stage: Stage, page: Page) -> None:
    open_shop(stage, page)
    page.js("StepPayCheckout.open({ order: () => Promise.reject(), mode: 'iframe' });")
    wait_for(page, lambda: page.has(".card button"), "the screen")


def blocked(stage: Stage, page: Page) -> None:
    open_shop(stage, page)
    page.js("window.open = () => null;")
    page.click("#pay-tab")
    wait_for(page, lambda: page.has(".card button"), "the screen")


def documentation(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.demo.server_url}/docs")


def views() -> Iterator[tuple[str, View]]:
    yield from {"shop": shop("/"), "shop en": shop("/?lang=en"), "pricing": shop("/pricing")}.items()
    yield from {"redirect pay page": pay_page("redirect"), "iframe pay page": pay_page("iframe")}.items()
    yield from {"leave": question, "checking": checking, "unopened": unopened, "blocked": blocked}.items()
    yield "docs", documentation
    for scenario in VERDICTS:
        yield f"redirect {scenario}", back_in_the_shop(scenario)
        yield f"tab {scenario}", on_the_return_page(scenario)
    for scenario in ("paid", "declined", "vbank", "forged"):
        yield f"iframe {scenario}", in_the_dialog(scenario)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@in_engines("chromium")
def test_every_screen_fits_and_lies_on_the_sheet(stage: Stage, engine: Engine, theme: str, size: str) -> None:
    column = f"{theme}-{size}"
    (FOLDER / column).mkdir(parents=True, exist_ok=True)
    flaws = []
    for name, show in views():
        page = engine.new_page(size=SIZES[size], dark=theme == "dark")
        show(stage, page)
        picture = FOLDER / column / f"{name}.png"
        page.screenshot(picture)
        flaws += [f"{name}: {flaw}" for flaw in flaws_of(page, picture)]
        page.end()
    assert flaws == []
    print_sheet(engine, column)
    if os.environ.get("UPDATE_SCREENSHOTS") == "1":
        for name, image in BEST.get(column, {}).items():
            shutil.copy(FOLDER / column / f"{name}.png", IMAGES / image)


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
