"""The API page: the filter, the copied command, a model that a link opens."""

from __future__ import annotations

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import in_engines, wait_for

FILTER = "const box = document.querySelector('#filter'); box.value = '%s'; box.dispatchEvent(new Event('input'));"
CALLS = "return [...document.querySelectorAll('article h3')].filter((one) => one.checkVisibility()).length"
KEEP_COPIED = "navigator.clipboard.writeText = async (text) => { window.copied = text; };"


@in_engines("chromium")
def test_the_filter_and_the_copy_buttons_of_the_api_page(demo: RunningDemo, page: Page) -> None:
    page.goto(f"{demo.urls.server_url}/docs?lang=en")
    every_call = page.js(CALLS)
    page.js(FILTER % "IDEMPOTENCY-key /v1/orders")
    assert page.js(CALLS) == 1
    assert page.js("return document.querySelector('.found').textContent").endswith(" found")
    page.js(KEEP_COPIED)
    page.click("#create .copy")
    wait_for(page, lambda: page.js("return window.copied"), "the copied command")
    assert page.js("return window.copied").startswith(f"curl {demo.urls.server_url}/v1/orders \\\n")
    page.js("location.hash = 'shape-Verdict'")
    wait_for(page, lambda: page.js(CALLS) == every_call, "every call, as the model was hidden")
    assert page.js("return document.querySelector('#shape-Verdict').checkVisibility()")
