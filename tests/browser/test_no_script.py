"""Without JavaScript the button is a plain link, and the return page says what the server found out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Engine, Page
from tests.browser.shopper import choose, in_engines, wait_for

KINDS = {"paid": "paid", "declined": "failed", "forged": "pending"}


@pytest.fixture
def plain_page(engine: Engine) -> Iterator[Page]:
    page = engine.new_page(javascript=False)
    yield page
    page.end()


@pytest.mark.parametrize("scenario", KINDS)
@in_engines("chromium", "firefox")
def test_the_plain_link_pays_and_the_return_page_shows_the_verdict(
    demo: RunningDemo, plain_page: Page, scenario: str
) -> None:
    plain_page.goto(demo.urls.shop_url)
    plain_page.click("#pay-iframe")
    choose(plain_page, scenario)
    wait_for(plain_page, lambda: plain_page.has(f'main[data-kind="{KINDS[scenario]}"]'), "the verdict's own page")
