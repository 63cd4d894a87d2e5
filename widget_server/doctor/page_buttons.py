"""The pay buttons of a page, the mode and the language that apply there."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from widget_server.adapters.offers_file import Offers
from widget_server.doctor.page_html import Attributes, Button, PageContent, Script
from widget_server.doctor.page_tag import misspelled, shown
from widget_server.doctor.result import CheckResult, ok, problem, skipped, warning
from widget_server.domain.display_options import MODES
from widget_server.domain.model import ORDER_CODE
from widget_server.services.snippet import Page

NAME, OFFERS = "page buttons", "page offers"


def judge_buttons(page: PageContent, public_url: str) -> Iterator[CheckResult]:
    if not page.buttons and not page.offers:
        yield skipped(NAME, "the page has none as the server sends it", "A script may add them later.")
        return
    found = [result for one in page.buttons for result in _judge_button(one, public_url)]
    yield from dict.fromkeys(found)
    if page.buttons and not found:
        yield ok(NAME, f"{len(page.buttons)}, each with an order code and a link that pays without the script")


def judge_offers(page: PageContent, offers: Offers, origin: str) -> Iterator[CheckResult]:
    """`origin`: of the page. Each element with an offer, against the file."""
    found = [result for one in page.offers for result in _judge_offer(one, offers, origin)]
    yield from dict.fromkeys(found)
    if page.offers and not found:
        yield ok(OFFERS, f"{len(page.offers)}, each of an offer that this page may sell")


def _judge_offer(attributes: Attributes, offers: Offers, origin: str) -> Iterator[CheckResult]:
    name = attributes["data-steppay-offer"]
    offer = offers.get(name)
    if offer is None:
        text = f'data-steppay-offer holds "{shown(name)}", which WIDGET_OFFERS_FILE does not have'
        yield problem(OFFERS, text, f"It has {', '.join(offers) or 'none'}.")
        return
    if origin not in offer.origins:
        yield problem(OFFERS, f"{name} is not sold on {origin}", "Add the origin to the offer's origins.")
    quantity = attributes.get("data-quantity", "")
    if quantity and offer.pieces(int(quantity) if quantity.isascii() and quantity.isdigit() else 0) is None:
        yield problem(OFFERS, f"{name}: data-quantity is not one of the offer's", offer.pieces_sentence)
    yield from misspelled(OFFERS, attributes)


def _judge_button(button: Button, public_url: str) -> Iterator[CheckResult]:
    code = button.code
    if not ORDER_CODE.fullmatch(code):
        what = "is empty" if not code.strip() else f'holds "{shown(code)}", which is no order code'
        number = ", but an order number" if code.isascii() and code.isdigit() else ""
        yield problem(NAME, f"data-steppay-order {what}{number}", "Use StepPay's orderCode.")
    yield from misspelled(NAME, button.attributes)
    if not button.href:
        text = "a button has no href: without the script nothing happens"
        yield warning(NAME, text, f"Link it to {public_url}/v1/pay/<order code>.")
        return
    yield from _judge_link(button, public_url)


def _judge_link(button: Button, public_url: str) -> Iterator[CheckResult]:
    below = button.href.partition("?")[0].partition("#")[0].removeprefix(public_url)
    if not below.startswith("/v1/pay/"):
        host = urlsplit(button.href).netloc
        text = f"a button's href leads to {shown(host) or 'no address'}, not to the pay link of this server"
        yield warning(NAME, text, f"Link it to {public_url}/v1/pay/<order code>.")
    elif below != f"/v1/pay/{button.code}":
        text = "a button's href pays another order than its data-steppay-order"
        yield problem(NAME, text, "Write the same order code into both.")


def framed_by(page: PageContent, rule: Page) -> bool:
    """Whether the pay page may show inside of this page, by its rule, its tag or one of its buttons."""
    elements = (*(one.attributes for one in page.buttons), *page.offers)
    return rule.framed or any(one.get("data-mode") in ("iframe", "auto") for one in elements)


def judge_mode(rule: Page) -> CheckResult:
    mode, mobile = rule.modes
    source = "data-mode of the tag" if rule.forced_mode else "the page rules"
    return ok("page mode", f"{mode}, on phones {mobile}, from {source}; data-mode on a button comes first")


def judge_language(page: PageContent, rule: Page, tag: Script | None) -> Iterator[CheckResult]:
    """A language that the tag or the page rule names is meant; else the widget takes that of the page."""
    named = {tag.attributes.get("data-locale", "") if tag else "", rule.rule.locale} - {"", "auto"}
    if page.korean and not named and not page.lang.lower().startswith("ko"):
        says = f'says lang="{shown(page.lang)}"' if page.lang else "has no lang"
        text = f"the page is in Korean and {says}: shoppers may read English"
        yield warning("page language", text, 'Write <html lang="ko">, or data-locale="ko" on the tag.')


def forced_mode(tag: Script | None) -> str | None:
    """What the tag says, where the widget understands it."""
    mode = tag.attributes.get("data-mode") if tag else None
    return mode if mode in MODES else None
