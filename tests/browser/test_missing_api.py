"""A browser that lacks one thing, or a page that has broken it: payment opens all the same, by the widget or by the
plain link, and a return is verified."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import count

import pytest

from tests.browser.engine_playwright import PlaywrightPage
from tests.browser.engines import Engine, Page
from tests.browser.hostile import HostileSite, has_reported
from tests.browser.missing import OBSERVER, REMOVER, is_called, observed
from tests.browser.shopper import choose, in_engines, pay_page, wait_for

NEEDED = {
    *("fetch", "URL", "URL.prototype.href", "Response.prototype.json", "Response.prototype.status"),
    *("EventTarget", "EventTarget.prototype.dispatchEvent", "CustomEvent", "CustomEvent.prototype.detail"),
    *("Document.prototype.querySelector", "Document.prototype.documentElement", "HTMLElement.prototype.dataset"),
    *("HTMLElement.prototype.lang", "HTMLScriptElement.prototype.src", "clearTimeout"),
    *("AbortSignal", "AbortSignal.timeout"),
}
"""Without these a verdict cannot be asked for or reported. Every browser that reads the widget's syntax has them, save
`AbortSignal.timeout`, which may be missing but not broken."""
UNGUARDED = {
    *("CustomEvent", "EventTarget", "EventTarget.prototype.dispatchEvent"),
    *("HTMLIFrameElement.prototype.src", "Node.prototype.isConnected"),
}
"""No browser that reads the widget's syntax lacks these, and nothing guards against a page that breaks them: a click
opens nothing. A return is verified all the same, or the name stands above, too."""
PARTS = 16
# At a desk each part in one of the two ways, where a change is accepted in both: it takes hundreds of pages.
CELLS = [
    (part, how)
    for part in range(PARTS)
    for position, how in enumerate(("missing", "throws"))
    if os.environ.get("CI") or part % 2 == position
]
_numbers = count(1)
_found: dict[str, list[str]] = {}


@dataclass
class Visit:
    """A page that is returned to, with a button for another order. `seen`: what its browser has asked for."""

    api: str
    page: PlaywrightPage
    seen: list[str] = field(default_factory=list)

    def start(self, url: str) -> None:
        self.page.before_load(REMOVER)
        self.page.context.on("request", lambda request: self.seen.append(request.url))
        self.page.tab.goto(url, wait_until="commit")

    def saw(self, url: str) -> bool:
        return any(seen.startswith(url) for seen in self.seen)


def used_by_the_widget(site: HostileSite, page: Page) -> dict[str, list[str]]:
    """What it uses to open payment and to report a verdict, which may be missing, and what of it a page may break."""
    page.before_load(OBSERVER)
    used: set[str] = set()
    for mode in ("iframe", "redirect", "tab"):
        page.goto(site.page(site.unpaid_order().code, mode))
        page.js("localStorage.removeItem('reports')")
        page.click("#pay")
        place = pay_page(page, mode)
        wait_for(page, lambda place=place: place.has("[data-scenario]"), "the pay page")  # type: ignore[misc]
        used |= observed(page) if mode != "redirect" else set()
        choose(place, "paid")
        wait_for(page, lambda: page.has("#pay") and has_reported(page), "the report")
        used |= observed(page)
    names = sorted(used)
    return {"missing": names, "throws": [api for api in names if is_called(page, api)]}


@pytest.fixture
def used(site: HostileSite, engine: Engine) -> dict[str, list[str]]:
    if not _found:
        page = engine.new_page()
        _found.update(used_by_the_widget(site, page))
        page.end()
    return _found


@pytest.mark.parametrize(("part", "how"), CELLS)
@in_engines("chromium")
def test_payment_opens_and_a_return_is_verified_without(
    site: HostileSite, engine: Engine, used: dict[str, list[str]], part: int, how: str
) -> None:
    assert {"fetch", "HTMLDialogElement.prototype.showModal", "History.prototype.replaceState"} <= set(used[how])
    paid, unpaid = site.unpaid_order(), site.unpaid_order()
    site.settle(paid.code, "paid")
    visits: list[Visit] = []
    for api in used[how][part::PARTS]:
        page = engine.new_page()
        assert isinstance(page, PlaywrightPage)
        visits.append(visit := Visit(api, page))
        back = paid.back.replace(".&", f".{next(_numbers):022}&")
        press = "&press=now" if api in NEEDED else ""
        visit.start(f"{site.page(unpaid.code, 'iframe')}&{back}&without={api}&how={how}{press}")
    opened, told = f"{site.urls.simulator_url}/pay/{unpaid.code}", f"{site.urls.shop_url}/heard/paid"

    def lacking(url: str, needed: set[str]) -> list[str]:
        return [visit.api for visit in visits if not visit.saw(url) and visit.api not in needed]

    try:
        wait_for(
            visits[0].page,
            lambda: not lacking(opened, UNGUARDED) and not lacking(told, NEEDED),
            "payment to open and the return to be verified",
        )
    finally:
        failed = lacking(opened, UNGUARDED), lacking(told, NEEDED)
        for visit in visits:
            visit.page.end()
        assert failed == ([], [])
