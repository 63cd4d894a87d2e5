"""The pinned tag in a real shop page: a changed widget does not run, and the plain link still pays (SC-01)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, Response

from tests.browser.engines import Page
from tests.browser.shopper import choose, in_engines, wait_for
from tests.support.app_fixture import environment, simulator
from tools.wsgi_server import serving
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import Settings, read_settings
from widget_server.domain.display_options import PageRule
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.services import snippet
from widget_server.web.assets import widget

ORDER = "order_pinned"
PAGE = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">
<script src="/listen.js"></script>{tag}</head><body><main>
<a id="pay" href="{server}/v1/pay/{order}" data-steppay-order="{order}">pay</a></main></body></html>"""
LISTEN = """
const on = (name, act) => document.addEventListener(name, act);
on('steppay:result', ({ detail }) => { document.documentElement.dataset.verdict = detail.verdict; });
on('securitypolicyviolation', ({ violatedDirective }) => { document.title = violatedDirective; });
"""
RUNS = "return typeof StepPayCheckout === 'object'"


@dataclass
class Shop:
    """`tampered`: something in front of the widget server changes one byte. `pinned`: the bytes the tag pins."""

    url: str
    tampered: bool = False
    evergreen: bool = False
    pinned: bytes = b""

    def page(self, settings: Settings) -> Response:
        """Under exactly the policy that the snippet names, and with exactly its tag."""
        rule = snippet.Page("/", PageRule(mode="iframe"))
        tag = snippet.tag(settings.public_url, self.pinned, evergreen=self.evergreen)
        policy = "; ".join(snippet.csp_directives(settings.public_url, framed=rule.framed, plain_http=True))
        policy = policy.replace("script-src", "script-src 'self'")
        html = PAGE.format(tag=tag, server=settings.public_url, order=ORDER)
        return Response(html, headers={"Content-Security-Policy": f"default-src 'none'; {policy}; img-src data:"})


def change_one_byte(shop: Shop, app: Flask) -> Flask:
    @app.after_request
    def change(response: Response) -> Response:
        if shop.tampered and response.mimetype == "text/javascript":
            response.set_data(response.get_data().replace(b"steppay:", b"Steppay:", 1))
        return response

    return app


def shop_app(shop: Shop, settings: Settings) -> Flask:
    app = Flask("pinned_shop", static_folder=None)
    app.add_url_rule("/", "page", lambda: shop.page(settings))
    app.add_url_rule("/listen.js", "listen", lambda: Response(LISTEN, mimetype="text/javascript"))
    return app


@pytest.fixture
def shop(free_port: Callable[[], int], tmp_path: Path) -> Iterator[Shop]:
    """A shop, the widget server behind something that can tamper, and StepPay: three sites."""
    shop_port, server_port, pay_port = free_port(), free_port(), free_port()
    shop = Shop(f"http://shop.localhost:{shop_port}")
    rules = tmp_path / "pages.toml"
    rules.write_text('[default]\nmode = "iframe"\nmode_mobile = "iframe"\n', "utf-8")
    environ = environment(f"http://127.0.0.1:{pay_port}", tmp_path / "widget.db") | {
        "WIDGET_PUBLIC_URL": f"http://widget.localhost:{server_port}",
        "WIDGET_ALLOWED_ORIGINS": shop.url,
        "WIDGET_PAGE_RULES_FILE": str(rules),
    }
    settings = read_settings(environ)
    shop.pinned = widget(settings.public_url)
    upgrade(settings.database_url)
    steppay = simulator(f"http://pay.localhost:{pay_port}")
    steppay.test_client().put(f"/simulator/orders/{ORDER}/answer", json={})
    with ExitStack() as stack:
        stack.enter_context(serving(steppay, pay_port))
        stack.enter_context(serving(change_one_byte(shop, create_app(settings)), server_port))
        stack.enter_context(serving(shop_app(shop, settings), shop_port))
        yield shop


@in_engines()
def test_sc_01_the_pinned_widget_runs_under_the_policy_the_snippet_names(shop: Shop, page: Page) -> None:
    page.goto(shop.url)
    wait_for(page, lambda: page.js(RUNS), "the widget")
    page.click("#pay")
    choose(page.frame(), "paid")
    wait_for(page, lambda: page.has("html[data-verdict=paid]"), "the verdict")
    loaded = page.js(
        "return performance.getEntriesByType('resource')"
        ".filter((entry) => entry.initiatorType === 'script').map((entry) => new URL(entry.name).pathname)"
    )
    assert sorted(loaded) == ["/listen.js", versioned_path(shop.pinned)]
    assert page.js("return document.title") == "shop", "something was against the policy"


@in_engines()
def test_sc_01_a_widget_with_one_changed_byte_does_not_run_and_the_plain_link_pays(shop: Shop, page: Page) -> None:
    shop.tampered = True
    shop.evergreen = True
    page.goto(shop.url)
    assert page.js(RUNS), "without the hash the changed widget runs"
    shop.evergreen = False
    pay_by_the_plain_link(shop, page)


@in_engines("chromium")
def test_a_page_with_the_tag_of_an_unknown_build_pays_by_its_plain_link(shop: Shop, page: Page) -> None:
    shop.pinned = shop.pinned + b"// of no release"
    pay_by_the_plain_link(shop, page)


def pay_by_the_plain_link(shop: Shop, page: Page) -> None:
    page.goto(shop.url)  # returns after the load event: a deferred script has run by then, or never will
    assert not page.js(RUNS)
    page.click("#pay")
    choose(page, "paid")
    wait_for(page, lambda: page.has('main[data-kind="paid"]'), "the verdict's own page")
