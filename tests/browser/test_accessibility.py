"""Accessible: WCAG 2.2 AA in a real payment's dialog, in every engine; test_accessible_screens.py has the screens."""

from __future__ import annotations

from collections.abc import Sequence

from tests.browser.axe import TAGS, needs_axe, start_axe, violations
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import (
    in_engines,
    open_shop,
    reach_pay_page,
    wait_for,
)

pytestmark = needs_axe


def assert_accessible(page: Page) -> None:
    assert flaws_found(page, "axe") == []


def flaws_found(page: Page, where: str, rules: Sequence[str] = TAGS) -> list[str]:
    start_axe(page, rules)
    wait_for(page, lambda: violations(page) is not None, "axe's answer")
    return [f"{where}: {flaw}" for flaw in violations(page) or []]


@in_engines()
def test_the_payment_dialog_and_its_question_are_accessible(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    reach_pay_page(page, "iframe")
    assert_accessible(page)
    page.click(".window button")
    wait_for(page, lambda: page.has(".card button"), "the question")
    assert_accessible(page)
