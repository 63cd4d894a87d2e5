"""The screens on the screenshot sheet, each with the way to get there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from tests.browser.demo_fixture import Order, RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import choose, open_shop, press, reach_pay_page, skip_the_wait, start_payment, wait_for

View = Callable[[RunningDemo, Page], None]
# What happened at StepPay, and what the return address claims.
CLAIMS = {
    "paid": "success",
    "declined": "error",
    "canceled": "cancel",
    "vbank": "success",
    "refunded": "success",
    "partially_refunded": "success",
    "forged": "success",
    "mismatch": "success",
}


def claim(order: Order, status: str, wrong_id: bool = False) -> str:
    marker = f"{status}.{order.code}."
    return urlencode(
        {"steppay_return": marker, "order_id": order.id + wrong_id, "order_code": order.code, "status": status}
    )


def settled(demo: RunningDemo, scenario: str) -> Order:
    order = demo.unpaid_order()
    if scenario not in ("forged", "mismatch"):
        demo.settle(order.code, scenario)
    return order


def back_in_the_shop(scenario: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        open_shop(demo, page, "/?" + claim(settled(demo, scenario), CLAIMS[scenario], scenario == "mismatch"))
        wait_for(page, lambda: page.has(".card i"), "the first screen")
        if scenario == "forged":
            skip_the_wait(page)
        wait_for(page, lambda: page.has("#verdict[data-verdict]"), "the verdict")

    return show


def on_the_return_page(scenario: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        order = settled(demo, scenario)
        page.goto(f"{demo.checkout(order, 'tab')}?{claim(order, CLAIMS[scenario], scenario == 'mismatch')}")
        wait_for(page, lambda: page.has("main[data-kind]"), "the return page")

    return show


def in_the_dialog(scenario: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        open_shop(demo, page)
        frame = start_payment(page, "iframe")
        choose(frame, scenario)
        if scenario == "forged":
            wait_for(page, lambda: frame.has("main[data-kind]"), "the return page")
        else:
            wait_for(page, lambda: page.has("#verdict[data-verdict]"), "the verdict")

    return show


def shop(path: str) -> View:
    return lambda demo, page: open_shop(demo, page, path)


def pay_page(mode: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        open_shop(demo, page)
        reach_pay_page(page, mode)

    return show


def question(demo: RunningDemo, page: Page) -> None:
    pay_page("iframe")(demo, page)
    page.click(".window button")
    wait_for(page, lambda: page.has(".card button"), "the question")


def checking(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page, "/?" + claim(demo.unpaid_order(), "success"))
    wait_for(page, lambda: page.has(".card .checking"), "the first screen")


def unopened(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js("StepPayCheckout.open({ order: () => Promise.reject(), mode: 'iframe' });")
    wait_for(page, lambda: page.has(".card button"), "the screen")


def blocked(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js("window.open = () => null;")
    press(page, "tab")
    wait_for(page, lambda: page.has(".card button"), "the screen")


def documentation(demo: RunningDemo, page: Page) -> None:
    page.goto(f"{demo.urls.server_url}/docs")


def static_page(demo: RunningDemo, page: Page) -> None:
    page.goto(demo.urls.brand_url)


def views() -> Iterator[tuple[str, View]]:
    yield from {"shop": shop("/"), "shop en": shop("/?lang=en"), "pricing": shop("/pricing")}.items()
    yield from {"redirect pay page": pay_page("redirect"), "iframe pay page": pay_page("iframe")}.items()
    yield from {"leave": question, "checking": checking, "unopened": unopened, "blocked": blocked}.items()
    yield from {"members": shop("/members"), "brand": static_page, "docs": documentation}.items()
    for scenario in CLAIMS:
        yield f"redirect {scenario}", back_in_the_shop(scenario)
        yield f"tab {scenario}", on_the_return_page(scenario)
    for scenario in ("paid", "declined", "vbank", "forged"):
        yield f"iframe {scenario}", in_the_dialog(scenario)
