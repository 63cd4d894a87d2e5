"""Screens on the real way of a payment, which the gallery shows with sample data only."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from tests.browser.demo_fixture import Order, RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import choose, open_shop, reach_pay_page, start_payment, wait_for

View = Callable[[RunningDemo, Page], None]
CLAIMS = {"paid": "success", "declined": "error", "vbank": "success"}
"""What happened at StepPay, and what the return address claims."""


def claim(order: Order, status: str) -> str:
    marker = f"{status}.{order.code}."
    return urlencode({"steppay_return": marker, "order_id": order.id, "order_code": order.code, "status": status})


def settled(demo: RunningDemo, scenario: str) -> Order:
    order = demo.unpaid_order()
    demo.settle(order.code, scenario)
    return order


def back_in_the_shop(scenario: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        open_shop(demo, page, "/?" + claim(settled(demo, scenario), CLAIMS[scenario]))
        wait_for(page, lambda: page.has("#verdict[data-verdict]"), "the verdict")

    return show


def on_the_return_page(scenario: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        order = settled(demo, scenario)
        page.goto(f"{demo.checkout(order, 'tab')}?{claim(order, CLAIMS[scenario])}")
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


def pay_page(mode: str) -> View:
    def show(demo: RunningDemo, page: Page) -> None:
        open_shop(demo, page)
        reach_pay_page(page, mode)

    return show


def question(demo: RunningDemo, page: Page) -> None:
    pay_page("iframe")(demo, page)
    page.click(".window button")
    wait_for(page, lambda: page.has(".card button"), "the question")


VIEWS: dict[str, View] = {
    "redirect pay page": pay_page("redirect"),
    "iframe pay page": pay_page("iframe"),
    "leave": question,
    "redirect paid": back_in_the_shop("paid"),
    "redirect vbank": back_in_the_shop("vbank"),
    "tab declined": on_the_return_page("declined"),
    "iframe paid": in_the_dialog("paid"),
    "iframe forged": in_the_dialog("forged"),
}
