"""The strictest policy a shop can have, in the lines our snippet prints: nothing the widget does is against it.

No test here takes a picture before it looks: in Firefox, Playwright puts a style element into the page to take one.
"""

from __future__ import annotations

import pytest

from tests.browser.engines import Page, View
from tests.browser.hostile import HostileSite, reports, violations
from tests.browser.matrix_cases import OPENINGS, Cell
from tests.browser.payment_steps import MAIN_BUTTON, assert_reported_once, open_payment
from tests.browser.shopper import choose, in_engines, screens, skip_the_wait, wait_for
from widget_server.domain.display_options import PageRule
from widget_server.services import snippet

LAST_BUTTON = ".buttons button:last-of-type"


def policy(site: HostileSite, mode: str) -> list[str]:
    """The snippet's lines, and of the shop's own only its style sheet and its icon. No nonce, no hash, no 'unsafe-...'.

    The snippet allows frames of every site, because banks' pages follow StepPay's. Here the frames are named: StepPay's
    API, where the pay link starts, its pay page, and our return page.
    """
    server = site.urls.server_url
    frames = f"frame-src {site.simulator} {site.urls.simulator_url} {server}"
    page = snippet.Page("/", PageRule(), mode)
    printed = snippet.csp_directives(server, framed=page.framed, plain_http=True)
    lines = [frames if line.startswith("frame-src") else line for line in printed]
    return ["default-src 'none'", *lines, "style-src 'self'", "img-src 'self'"]


def assert_nothing_was_against_the_policy(page: Page) -> None:
    assert violations(page) == []
    assert page.errors == []


def await_screen(page: Page, name: str) -> None:
    wait_for(page, lambda: name in screens(page), f"the screen {name}")


@pytest.mark.parametrize("mode", OPENINGS)
@in_engines()
def test_a_payment_breaks_no_rule(site: HostileSite, page: Page, mode: str) -> None:
    site.policy.extend(policy(site, mode))
    order_code, place = open_payment(site, page, Cell(mode))
    choose(place, "paid")
    assert_reported_once(site, page, "paid", order_code)
    assert_nothing_was_against_the_policy(page)


@pytest.mark.parametrize("scenario", ["refunded", "forged"])  # with an amount, and every other screen before it
@in_engines()
def test_no_screen_of_the_dialog_breaks_a_rule(site: HostileSite, page: Page, scenario: str) -> None:
    site.policy.extend(policy(site, "iframe"))
    _, frame = open_payment(site, page, Cell("iframe"))
    ask_and_stay(page, frame)
    page.js("addEventListener('steppay:return', () => { window.isBack = true; });")
    choose(frame, scenario)
    if scenario == "forged":
        wait_for(page, lambda: page.js("return !!window.isBack"), "the widget to notice the return")
        page.click(".window button")
        page.click(LAST_BUTTON)
        skip_the_wait(page)
    wait_for(page, lambda: reports(page), "the verdict")
    assert_nothing_was_against_the_policy(page)


def ask_and_stay(page: Page, frame: View) -> None:
    wait_for(page, lambda: frame.has("[data-scenario]"), "the pay page")
    page.click(".window button")
    await_screen(page, "leave")
    page.click(MAIN_BUTTON)


@in_engines("chromium", "webkit")  # Playwright lets a script open windows in Firefox
def test_the_screen_of_a_blocked_window_breaks_no_rule(site: HostileSite, page: Page) -> None:
    site.policy.extend(policy(site, "tab"))
    order_code, place = open_payment(site, page, Cell("tab", blocker="once"))
    await_screen(page, "blocked")
    choose(place, "paid")
    assert_reported_once(site, page, "paid", order_code)
    assert_nothing_was_against_the_policy(page)


@in_engines()
def test_the_screen_of_a_payment_that_did_not_open_breaks_no_rule_and_a_broken_one_is_seen(
    site: HostileSite, page: Page
) -> None:
    site.policy.extend(policy(site, "iframe"))
    page.goto(site.page("order_none", "iframe"))
    page.js("StepPayCheckout.open({ order: () => Promise.reject(), mode: 'iframe' });")
    await_screen(page, "unopened")
    assert_nothing_was_against_the_policy(page)
    page.js("document.body.append(Object.assign(document.createElement('style'), { textContent: 'p { top: 0 }' }))")
    wait_for(page, lambda: page.has("html[data-violations]"), "the violation")
    assert [line.split()[:2] for line in violations(page)] == [["style-src-elem", "inline"]]
