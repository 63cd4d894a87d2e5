"""A shop with the widget server below a path of its own host, behind the real nginx with deploy/'s file.

The shop's policy allows what the server says that it needs, which below a path is `http://shop.../steppay/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask, Response

from tests.browser.engines import Engine, Page
from tests.browser.hostile import HostileSite, hostile_shop, hostile_site, violations
from tests.browser.matrix_cases import Cell
from tests.browser.payment_steps import assert_reported_once, open_payment
from tests.browser.shopper import choose, in_engines, wait_for
from tests.support.app_fixture import API_KEY
from tests.support.path_proxies import nginx
from tests.support.reverse_proxy import Places, find
from widget_server.demo.run import Demo
from widget_server.services.snippet import csp_directives

BASE = "/steppay"
# Each engine with two modes, each mode in two engines. test_csp.py has all of them, with the server on its own host.
FLOWS = [
    *(("chromium", "iframe", "paid"), ("firefox", "redirect", "paid"), ("webkit", "tab", "paid")),
    *(("chromium", "redirect", "canceled"), ("firefox", "tab", "canceled"), ("webkit", "iframe", "canceled")),
]
pytestmark = pytest.mark.skipif(not find("nginx"), reason="nginx is not installed: apt install nginx-light")


def shop_with_worker(site: HostileSite) -> Flask:
    app = hostile_shop(site)
    app.add_url_rule("/worker.js", view_func=lambda: Response(SHOPS_WORKER, mimetype="text/javascript"), endpoint="sw")
    return app


@pytest.fixture(scope="module")
def beside(free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    folder = tmp_path_factory.mktemp("beside")
    shop, server, pay, front = (free_port() for _ in range(4))
    host = f"http://shop.localhost:{front}"
    urls = Demo(host, host + BASE, f"http://pay.localhost:{pay}", brand_url="", admin_url="", admin_key="")
    with ExitStack() as stack:
        site = stack.enter_context(hostile_site((shop, server, pay), folder, shop_with_worker, urls, API_KEY))
        places = Places(folder / "front", front, free_port(), (server, server))
        stack.enter_context(nginx(places, shop, keeps_path=False, tls=False))
        yield site


@pytest.fixture
def strict(beside: HostileSite) -> Iterator[HostileSite]:
    """The shop's pages with a policy: what the widget needs, as `widget-server snippet` prints it."""
    needed = csp_directives(beside.settings.public_url, framed=True, plain_http=True)
    beside.policy.extend(("default-src 'none'", "style-src 'self'", "img-src 'self'", *needed))
    yield beside
    beside.reset()


@pytest.mark.parametrize(("engine_name", "mode", "outcome"), FLOWS)
def test_a_payment_is_reported_once(strict: HostileSite, page: Page, mode: str, outcome: str) -> None:
    order_code, place = open_payment(strict, page, Cell(mode))
    choose(place, outcome)
    assert_reported_once(strict, page, outcome, order_code)
    assert violations(page) == []


ASK = """
fetch('%s', {headers: {Authorization: 'Bearer %s'}}).then((answer) => answer.json())
  .then((told) => document.documentElement.setAttribute('data-code', told.code));
"""


@in_engines()
def test_co_06_a_page_of_the_same_origin_reads_no_order_even_with_the_key(beside: HostileSite, page: Page) -> None:
    """It sends no `Origin` with a GET."""
    order = beside.unpaid_order().code
    page.goto(beside.page(order, "redirect"))
    page.js(ASK % (f"{BASE}/v1/orders/{order}", API_KEY))
    wait_for(page, lambda: page.has('html[data-code="browser_not_allowed"]'), "the refusal")


@pytest.fixture
def plain_page(engine: Engine) -> Iterator[Page]:
    page = engine.new_page(javascript=False)
    yield page
    page.end()


@in_engines("chromium", "firefox")
def test_without_a_script_the_link_pays_and_the_page_below_the_path_says_so(
    beside: HostileSite, plain_page: Page
) -> None:
    plain_page.goto(beside.page(beside.unpaid_order().code, "redirect"))
    plain_page.click("#pay")
    choose(plain_page, "paid")
    wait_for(plain_page, lambda: plain_page.has('main[data-kind="paid"]'), "the verdict's own page")
    # Firefox without scripts checks the hash of the script that it did not load: of nothing.
    assert [text for text in plain_page.errors if "integrity" not in text] == [], "its style and picture are there"


@in_engines("chromium")
def test_the_playground_tries_and_pays(beside: HostileSite, page: Page) -> None:
    page.goto(f"{beside.urls.server_url}/playground?order={beside.unpaid_order().code}&lang=en")
    page.click('label:has([name="mode"][value="iframe"])')
    wait_for(page, lambda: "mode=iframe" in page.js("return location.search"), "the choice to be applied")
    assert page.js("return location.pathname") == f"{BASE}/playground"
    page.click("#pay")
    choose(page.frame(), "paid")
    wait_for(page, lambda: page.has('#verdict[data-verdict="paid"]'), "the verdict")
    assert page.errors == []


SHOPS_WORKER = """
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  event.respondWith(caches.open('shop').then(async (kept) => {
    const known = await kept.match(event.request);
    if (known) return known;
    const answer = await fetch(event.request);
    await kept.put(event.request, answer.clone());
    return answer;
  }));
});
"""
REGISTER = """
navigator.serviceWorker.register('/worker.js');
navigator.serviceWorker.ready.then(() => document.documentElement.setAttribute('data-worker', ''));
"""


@pytest.mark.parametrize("mode", ["redirect", "tab"])
@in_engines("chromium")
def test_a_service_worker_of_the_shop_that_keeps_every_answer_hides_no_payment(
    beside: HostileSite, page: Page, mode: str
) -> None:
    """It keeps the first answer about the checkout. A POST asks StepPay, at the latest when the shopper is back."""
    page.goto(beside.page("order_none", "redirect"))
    page.js(REGISTER)
    wait_for(page, lambda: page.has("html[data-worker]"), "the shop's service worker")
    order_code, place = open_payment(beside, page, Cell(mode))
    choose(place, "paid")
    if mode == "tab":
        wait_for(page, lambda: place.has('main[data-kind="paid"]'), "the return page")
        place.close()
    assert_reported_once(beside, page, "paid", order_code)
