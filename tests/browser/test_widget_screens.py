"""Every screen of the widget: its sign, its buttons, its parts; each text and each screen is the shop's to replace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page
from tests.browser.shopper import in_engines, open_shop, press, skip_the_wait, wait_for
from widget_server.web.translations import amount_text


@dataclass(frozen=True)
class Screen:
    key: str
    verdict: str
    reason: str
    sign: str
    buttons: str = "close"
    settled: bool = True
    message: str = "The server's. And more."
    text: str = "And more."

    def answer(self, order_code: str) -> dict[str, Any]:
        money = {"amount": 18000, "returnedAmount": 3000, "currency": "KRW"}
        names = {"orderCode": order_code, "verdict": self.verdict, "reason": self.reason}
        words = {"title": "The server's", "message": self.message}
        return {**names, **words, **money, "fulfill": False, "final": self.settled}


VERDICTS = [
    Screen("paid", "paid", "payment_complete", "check", "orders close"),
    Screen("no_charge", "no_charge", "zero_amount", "check", "orders close"),
    Screen("awaiting_deposit", "pending", "awaiting_deposit", "clock", "orders close"),
    Screen("awaiting_bank_debit", "pending", "awaiting_bank_debit", "clock", "orders close"),
    Screen("cancel_in_progress", "pending", "cancel_in_progress", "clock", settled=False),
    Screen("order_lagging", "pending", "order_lagging", "clock", settled=False),
    Screen("not_paid_yet", "pending", "not_paid_yet", "clock", "retry close", settled=False),
    Screen("failed", "failed", "payment_failed", "cross", "retry close support"),
    Screen("canceled", "canceled", "shopper_canceled", "minus", "retry close"),
    Screen("canceled", "canceled", "payment_canceled", "minus"),
    Screen(
        "refunded",
        "refunded",
        "refunded",
        "undo",
        "orders close",
        message=(end := "It ends with The server's."),
        text=end,
    ),
    Screen("partially_refunded", "partially_refunded", "partially_refunded", "undo", "orders close"),
    Screen("mismatch", "mismatch", "amount_mismatch", "alert", "close support"),
    Screen("unknown", "unknown", "upstream_unavailable", "question", "close support", settled=False),
]
# Our server's answers: to a verification of its order `window.verdict`, to the opening of a checkout a refusal.
ANSWER = """
const real = window.fetch;
window.fetch = async (url, options) => {
  if (/screens/.test(url)) return real(url);
  if (!/verify$/.test(url)) return new Response('{"code": "invalid_request"}', { status: 422 });
  const { orderCode } = JSON.parse(options.body);
  while (!window.verdict || window.verdict.orderCode !== orderCode)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return new Response(JSON.stringify(window.verdict), { status: 200 });
};
"""
SEEN = """
const hosts = [...document.querySelectorAll('steppay-checkout')];
const card = hosts.map(({ shadowRoot }) => shadowRoot.querySelector('.card')).find(Boolean);
if (!card || !card.querySelector('i')) return null;
const icon = card.querySelector('i');
const [words, buttons] = ['.words', '.buttons'].map((css) => card.querySelector(css));
return {
  parts: [...words.children, ...buttons.children].map((node) => node.getAttribute('part')),
  drawn: ['content', 'borderRightWidth', 'backgroundImage', 'height'].map(
    (name) => getComputedStyle(icon, '::after')[name]).join(),
  key: icon.className.split(' ').pop(),
  buttons: [...buttons.children].map((node) => node.className.split(' ').pop()).join(' '),
  words: [...words.children, ...buttons.children].map((node) => node.textContent).filter(Boolean),
  name: card.ariaLabel,
  live: words.ariaLive,
  focus: card.getRootNode().activeElement === buttons.firstElementChild,
  links: [...buttons.querySelectorAll('a')].map(({ href }) => href),
  fits: card.scrollHeight <= card.clientHeight,
};
"""
PENDING = "return document.querySelectorAll('#live [data-event=pending]').length"
EVENTS = ("return", "close", "result", "error", "blocked", "leave")
PREVENT = (
    f"for (const name of {json.dumps(EVENTS)}) addEventListener('steppay:' + name, (event) => event.preventDefault());"
)
KEYS = sorted({screen.key for screen in VERDICTS} | {"checking", "unopened", "blocked", "leave"})
LABELS = ("stay", "quit", "retry", "close", "newTab", "order", "orders", "frame")
SUPPORT = "02-765-4321"
LINKS = {"orders": "https://shop.test/orders", "support": "tel:027654321"}
OF_THE_SHOP = {"ordersUrl": LINKS["orders"], "support": {"label": SUPPORT, "url": LINKS["support"]}}
"""Where the demo's own settings lead, the page leads elsewhere."""


def seen(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.js(SEEN)
    return found


def shown(page: Page, key: str) -> dict[str, Any]:
    return wait_for(page, lambda: (now := seen(page)) and now["key"] == key and now, f"the screen {key}")


def come_back(page: Page, order_code: str, screen: Screen | None) -> None:
    """The shopper is back from a redirect; without a screen, the server takes its time."""
    verdict = json.dumps(screen and screen.answer(order_code))
    before = page.js(PENDING)
    address = f"https://shop.test/?steppay_return=success.{order_code}."
    page.js(f"window.verdict = {verdict}; StepPayCheckout.handleReturn('{address}');")
    if screen and not screen.settled:
        wait_for(page, lambda: page.js(PENDING) > before, "an answer")
        skip_the_wait(page)


def open_prepared_shop(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(f"{ANSWER} StepPayCheckout.configure({json.dumps(OF_THE_SHOP)});")


@in_engines()
def test_each_verdict_has_its_sign_its_buttons_and_a_name(demo: RunningDemo, page: Page) -> None:
    open_prepared_shop(demo, page)
    come_back(page, "order_slow", None)
    checking = shown(page, "checking")
    assert (checking["buttons"], checking["live"]) == ("close", "polite")
    drawn: dict[str, set[str]] = {}
    for number, screen in enumerate(VERDICTS):
        come_back(page, f"order_{number:04}", screen)
        now = shown(page, screen.key)
        assert now["buttons"] == screen.buttons, screen
        assert now["parts"][:5] == [f"icon {screen.key}", "title", "text", "amount", "order"]
        labels = screen.buttons.replace("support", "").split()
        assert now["parts"][5:] == [f"button {label}" for label in labels] + ["support"] * ("support" in screen.buttons)
        assert now["links"] == [LINKS[name] for name in LINKS if name in screen.buttons]
        assert now["words"][:2] == ["The server's", screen.text]
        assert now["name"] == checking["name"]  # a dialog named by its verdict would speak it twice
        drawn.setdefault(now["drawn"], set()).add(screen.sign)
        assert now["focus"] is True  # on the main one
        assert now["fits"]
        page.click(".card .close")
        wait_for(page, lambda: seen(page) is None, "the screen to go")
    assert sorted(map(list, drawn.values())) == [[sign] for sign in sorted({screen.sign for screen in VERDICTS})]


@in_engines("chromium")
@pytest.mark.parametrize(("lang", "refund"), [("ko", "환불 금액"), ("en", "Refunded")])
def test_money_reads_as_on_the_return_page(demo: RunningDemo, page: Page, lang: str, refund: str) -> None:
    open_shop(demo, page, f"/?lang={lang}")
    page.js(f"{ANSWER} StepPayCheckout.configure({{ ordersUrl: ' javascript:alert(1)' }});")
    paid, returned = (amount_text(amount, "KRW", lang) for amount in (18000, 3000))
    for key, money in {"paid": paid, "awaiting_deposit": paid, "refunded": f"{refund} {returned}"}.items():
        come_back(page, f"order_{key}", next(screen for screen in VERDICTS if screen.key == key))
        now = shown(page, key)
        assert (now["words"][2], now["links"]) == (money, [])
        page.click(".card .close")


@in_engines("chromium", "webkit")
def test_what_could_not_open_has_its_screen_too(demo: RunningDemo, page: Page) -> None:
    open_prepared_shop(demo, page)
    page.click("#pay-iframe")
    unopened = shown(page, "unopened")
    assert unopened["buttons"] == "close support"
    page.click(".card .close")
    page.js("window.open = () => null")
    press(page, "tab")
    blocked = shown(page, "blocked")
    assert (blocked["drawn"], blocked["buttons"]) == (unopened["drawn"], "newTab close")


@in_engines("chromium", "firefox")
def test_every_text_is_the_shops_to_replace(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    texts = {key: f"«{key}»" for key in (*KEYS, *LABELS)}
    page.js(f"StepPayCheckout.configure({json.dumps({'texts': texts, **OF_THE_SHOP})})")
    page.click("#pay-iframe")
    wait_for(page, lambda: page.frame().has("[data-scenario]"), "the pay page")
    wait_for(page, lambda: page.has(".shop:not(:empty)"), "the shop's name")
    window = page.js(
        "const [box] = document.querySelector('steppay-checkout').shadowRoot.children;"
        "return [box.innerText, box.ariaLabel, box.querySelector('iframe').title]"
    )
    header = ["«close»", "«frame»", "«newTab»", "·", "달보드레", "커피"]
    assert (sorted(window[0].split()), window[1:]) == (header, ["«frame»", "«frame»"])
    page.click(".window .close")
    assert shown(page, "leave")["words"] == ["«leave»", "«stay»", "«quit»"]
    page.click(".card .quit")
    page.js(ANSWER)
    page.js("window.open = () => null")
    press(page, "tab")
    assert shown(page, "blocked")["words"] == ["«blocked»", "«newTab»", "«close»"]
    page.click(".card .close")
    for number, screen in enumerate(VERDICTS):
        come_back(page, f"order_{number:04}", screen)
        words = [word for word in shown(page, screen.key)["words"] if "3,000" not in word and "18,000" not in word]
        labels = [SUPPORT if label == "support" else f"«{label}»" for label in screen.buttons.split()]
        assert words == [f"«{screen.key}»", f"«order» order_{number:04}", *labels]
        page.click(".card .close")


@in_engines("chromium", "webkit")
def test_every_screen_can_be_the_shops_own(demo: RunningDemo, page: Page) -> None:
    open_shop(demo, page)
    page.js(PREVENT)
    page.click("#pay-iframe")
    wait_for(page, lambda: page.frame().has("[data-scenario]"), "the pay page")
    page.click(".window .close")
    wait_for(page, lambda: page.has("#live [data-event=open]"), "the widget to open")
    assert seen(page) is None  # the question about leaving
    page.js("dispatchEvent(new Event('focus'))")
    page.js("const host = document.querySelector('steppay-checkout'); host.remove();")
    wait_for(page, lambda: page.has("#live [data-event=close]"), "the widget to notice")
    assert seen(page) is None  # "confirming"
    page.js(ANSWER)
    page.js("window.open = () => null")
    press(page, "tab")
    wait_for(page, lambda: page.has("#live [data-event=error]"), "the error")
    assert seen(page) is None  # "blocked" and "could not open"
    for number, screen in enumerate(VERDICTS):
        come_back(page, f"order_{number:04}", screen)
        count = number + 1
        told = f"return document.querySelectorAll('#live [data-event=result]').length >= {count}"
        wait_for(page, lambda told=told: page.js(told), screen.key)  # type: ignore[misc]
        assert seen(page) is None
