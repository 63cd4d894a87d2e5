"""Whatever page the shop has: the button ends in a payment that opens, and the return is verified.

By the widget, so that the shop's page reports the verdict; or by the plain link, so that our own return page shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.browser.engines import Page, View
from tests.browser.host_pages import LIBRARIES, MODULES, NEEDS, shop_of_kinds
from tests.browser.hostile import HostileSite, has_reported, hostile_site, reports
from tests.browser.shopper import RECORDER, choose, in_engines, pay_page, wait_for

WIDGET, LINK = "widget", "link"
REDIRECT, TAB, IFRAME = "redirect", "tab", "iframe"
# What each kind is paid by, and the modes tried: the way back differs for redirect, the rest is one of the others.
KINDS = {
    "plain": (WIDGET, REDIRECT, IFRAME),
    "modal": (WIDGET, REDIRECT, TAB),
    "shadow": (WIDGET, REDIRECT, IFRAME),
    "react": (WIDGET, REDIRECT, IFRAME),
    "vue": (WIDGET, REDIRECT, TAB),
    "turbo": (WIDGET, REDIRECT, IFRAME),
    "htmx": (WIDGET, REDIRECT, TAB),
    "reopened": (WIDGET, IFRAME),
    "combined": (WIDGET, REDIRECT, TAB),
    "copied": (WIDGET, REDIRECT, IFRAME),
    "raw copy": (LINK, REDIRECT, TAB, IFRAME),
    "strict": (WIDGET, REDIRECT, IFRAME),
    "strict without nonce": (LINK, TAB),
}
GROUND = "return getComputedStyle(document.documentElement).overflow"
MODAL_NOW = (
    "return [...document.querySelectorAll('steppay-checkout')]"
    ".some(({ shadowRoot }) => shadowRoot && shadowRoot.querySelector('.paid') && shadowRoot.querySelector(':modal'))"
)
CELLS = [(kind, by, mode) for kind, (by, *modes) in KINDS.items() for mode in modes]


@dataclass(frozen=True)
class Host:
    site: HostileSite

    def visit(self, page: Page, kind: str, mode: str, *, origin: str = "", **more: str) -> str:
        """Gives the order's code."""
        order = self.site.unpaid_order().code
        query = "&".join(f"{name}={value}" for name, value in {"order": order, "mode": mode, **more}.items())
        page.before_load(RECORDER)
        page.goto(f"{origin or self.site.urls.shop_url}/{kind}?{query}")
        if page.has("#next"):
            page.click("#next")
        return order


@pytest.fixture(scope="module")
def host(free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    ports = (free_port(), free_port(), free_port())
    with hostile_site(ports, tmp_path_factory.mktemp("host"), shop_of_kinds) as site:
        yield Host(site)


def need(kind: str) -> None:
    """Without Node's packages a machine skips what needs them; CI has them."""
    library = NEEDS.get(kind)
    if library and not (MODULES / LIBRARIES[library]).is_file():
        pytest.skip(f"{LIBRARIES[library]} is not installed: npm ci")


def let_the_widget_look(page: Page) -> None:
    """It looks once a second. A later timer of the same page runs after its own, however busy the machine is."""
    page.js("setTimeout(() => document.documentElement.setAttribute('data-looked', ''), 1200)")
    wait_for(page, lambda: page.has("html[data-looked]"), "the widget to look")


def press(page: Page, mode: str, by: str) -> View:
    """Gives the place where the pay page shows. The plain link leads on in this window, or in one that is open."""
    runs = page.js("return typeof StepPayCheckout === 'object'")
    page.click("#pay")
    return pay_page(page, mode if by == WIDGET or (runs and mode == TAB) else REDIRECT)


def pays(page: Page, place: View, order: str, by: str) -> None:
    """The pay page is there, the shopper pays, and a page of ours or of the shop says so, after asking the server."""
    choose(place, "paid")
    if by == LINK:
        wait_for(page, lambda: place.has('main[data-kind="paid"]'), "our return page")
        return
    wait_for(page, lambda: has_reported(page), "the shop's page to hear of it")
    assert reports(page) == [f"paid {order}"]


@in_engines("chromium")
@pytest.mark.parametrize(("kind", "by", "mode"), CELLS, ids=[f"{kind}-{mode}" for kind, _, mode in CELLS])
def test_every_host_page_pays(host: Host, page: Page, kind: str, by: str, mode: str) -> None:
    need(kind)
    order = host.visit(page, kind, mode)
    if kind == "reopened":
        wait_for(page, lambda: page.has("#again"), "the page to be written anew")
        let_the_widget_look(page)
    pays(page, press(page, mode, by), order, by)
    assert by == LINK or page.errors == []


@in_engines("chromium")
def test_a_page_behind_a_translator_pays_by_the_plain_link(host: Host, page: Page) -> None:
    """Its origin is not in WIDGET_ALLOWED_ORIGINS, as that of translate.goog never is."""
    origin = host.site.urls.shop_url.replace("//shop.", "//shop-kr.translate.")
    order = host.visit(page, "plain", IFRAME, origin=origin)
    page.click("#pay")
    pays(page, page, order, LINK)


@in_engines("chromium")
@pytest.mark.parametrize("mode", [REDIRECT, TAB])
def test_a_shop_in_the_frame_of_another_site_pays_outside_of_it(host: Host, page: Page, mode: str) -> None:
    order = host.visit(page, "framed", mode, origin=host.site.urls.shop_url.replace("//shop.", "//site."))
    shop = page.frame("#shop")
    shop.click("#pay")
    tab = wait_for(page, page.second_window, "the second window")
    choose(tab, "paid")
    wait_for(page, lambda: shop.has("html[data-reports]"), "the framed shop to hear of it")
    assert reports(shop) == [f"paid {order}"]


@in_engines("chromium")
@pytest.mark.parametrize("late", [0, 800])
def test_react_hydrates_a_page_that_is_returned_to_without_an_error(host: Host, page: Page, late: int) -> None:
    need("react")
    host.visit(page, "react", REDIRECT, late=str(late))
    page.click("#pay")
    choose(page, "paid")
    wait_for(page, lambda: page.has(".card .paid"), "the verdict")
    wait_for(page, lambda: page.js("return window.hydrated"), "the page to be hydrated")
    assert page.js("return hydrationErrors") == []
    page.click(".card .close")
    wait_for(page, lambda: page.js(GROUND) == "visible", "the page to scroll")


REDRAWN = {
    "removed": "document.querySelector('steppay-checkout').remove()",
    "html replaced": "document.documentElement.replaceWith(document.documentElement.cloneNode(true))",
    "children replaced": "document.documentElement.innerHTML = document.documentElement.innerHTML",
}


@in_engines("chromium", "firefox")
@pytest.mark.parametrize("act", REDRAWN)
def test_a_verdict_that_the_page_throws_away_comes_back_and_goes_for_good(host: Host, page: Page, act: str) -> None:
    host.visit(page, "plain", REDIRECT)
    page.click("#pay")
    choose(page, "paid")
    wait_for(page, lambda: page.has(".card .paid"), "the verdict")
    page.js(REDRAWN[act])
    wait_for(page, lambda: page.js(MODAL_NOW), "the verdict again")
    page.click(".card .close")
    wait_for(page, lambda: not page.js(MODAL_NOW), "the verdict to go")
    wait_for(page, lambda: page.js(GROUND) == "visible", "the page to scroll")
    let_the_widget_look(page)
    assert not page.js(MODAL_NOW)
