"""The demo as a newcomer uses it: a shopper pays and closes the window, and the shop's backend hears of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from tests.integration.test_crash_points import wait_until
from widget_server.demo.brand import OFFERS
from widget_server.demo.run import Demo, Ports, run_demo
from widget_server.demo.shop import MESSAGES_PATH
from widget_server.demo.shop.catalogue import PRODUCTS as SOLD
from widget_server.demo.simulator import PRODUCTS

SECONDS = 30
SHOPPER = {"name": "김달래", "email": "dallae@brand.localhost"}


class Visitor:
    """Speaks to the three sites by their ports: not every system resolves `*.localhost`."""

    def __init__(self, demo: Demo) -> None:
        sites = {"shop": demo.shop_url, "server": demo.server_url, "pay": demo.simulator_url, "brand": demo.brand_url}
        self.urls = {name: f"http://127.0.0.1:{url.rsplit(':', 1)[1]}" for name, url in sites.items()}
        self.origin, self.brand_origin = demo.shop_url, demo.brand_url

    def read(self, page: str) -> str:
        return requests.get(self.urls["shop"] + page, timeout=SECONDS).text

    def codes(self, page: str) -> list[str]:
        return re.findall(r'data-steppay-order="([^"]+)"', self.read(page))

    def member(self) -> tuple[str, str]:
        """Whether the members' page is open, and the state of the subscription."""
        found = re.search(r'data-access="(\w+)".*data-status="(\w+)"', self.read("/members"), re.S)
        assert found
        return found[1], found[2]

    def offer(self, method: str, path: str, body: object = None) -> requests.Response:
        """As the widget on the static page asks."""
        headers = {"Origin": self.brand_origin, "Idempotency-Key": str(uuid4())}
        address = f"{self.urls['server']}/v1/offers{path}"
        return requests.request(method, address, json=body, headers=headers, timeout=SECONDS)

    def take(self, step: str, site: str = "same-origin") -> requests.Response:
        """A button of the members' page."""
        address, headers = f"{self.urls['shop']}/members/{step}", {"Sec-Fetch-Site": site}
        return requests.post(address, headers=headers, timeout=SECONDS)

    def pay(self, code: str, scenario: str) -> requests.Response:
        return requests.post(f"{self.urls['pay']}/pay/{code}", data={"scenario": scenario}, timeout=SECONDS)

    def press(self, code: str, step: str) -> int:
        """A button of the simulated StepPay's portal."""
        address = f"{self.urls['pay']}/portal/{code}/{step}"
        return requests.post(address, timeout=SECONDS, allow_redirects=False).status_code

    def told(self) -> dict[str, tuple[str, list[tuple[str, str]]]]:
        """What the shop's list shows: by order code the state, and each message's type and cause."""
        html = requests.get(f"{self.urls['shop']}/orders", timeout=SECONDS).text
        orders = re.findall(r'data-order="([^"]+)" data-verdict="([^"]+)"(.*?)</article>', html, re.S)
        message = re.compile(r'data-type="([^"]+)" data-cause="([^"]+)"')
        return {code: (verdict, message.findall(rest)) for code, verdict, rest in orders}


@pytest.fixture(scope="module")
def visitor(free_port: Callable[[], int]) -> Iterator[Visitor]:
    with run_demo(Ports(free_port(), free_port(), free_port(), free_port())) as demo:
        yield Visitor(demo)
    assert "demo-worker" not in {thread.name for thread in threading.enumerate()}


def test_a_shopper_who_pays_and_closes_the_window_is_found(visitor: Visitor) -> None:
    code = visitor.codes("/")[0]
    opened = requests.post(
        f"{visitor.urls['server']}/v1/checkouts",
        json={"orderCode": code, "mode": "tab"},
        headers={"Origin": visitor.origin},
        timeout=SECONDS,
    ).json()
    page = visitor.pay(code, "closed")
    assert (page.status_code, "창을 닫은" in page.text) == (200, True)
    wait_until(lambda: code in visitor.told())
    assert visitor.told()[code] == ("paid", [("payment.paid", "webhook")])
    polled = requests.get(f"{visitor.urls['server']}/v1/checkouts/{opened['checkout']}", timeout=SECONDS).json()
    assert (polled["state"], polled["verdict"]["verdict"]) == ("open", "paid")


def test_next_month_s_payment_of_a_subscription_reaches_the_backend(visitor: Visitor) -> None:
    code = visitor.codes("/pricing")[0]
    visitor.pay(code, "closed")
    wait_until(lambda: code in visitor.told())
    before = set(visitor.told())
    assert visitor.press(code, "renew") == 303
    wait_until(lambda: set(visitor.told()) - before)
    [renewal] = set(visitor.told()) - before
    assert visitor.told()[renewal] == ("paid", [("renewal.paid", "webhook")])
    html = requests.get(f"{visitor.urls['shop']}/orders", timeout=SECONDS).text
    assert html.count("<h2>매달 원두</h2>") == 2, "its subscription says what it is for"


def test_the_members_page_opens_only_with_access(visitor: Visitor) -> None:
    """Each step of the member, of the card and of time; another site can take none of them."""
    code = visitor.codes("/pricing")[1]
    visitor.pay(code, "closed")
    wait_until(lambda: code in visitor.told())
    seen = [visitor.member()]
    for step in ("pause", "active", "cancel", "active", "decline", "time"):
        assert visitor.take(step).status_code == 200
        seen.append(visitor.member())
    assert seen == [
        ("true", "ACTIVE"), ("false", "PAUSE"), ("true", "ACTIVE"), ("true", "PENDING_CANCEL"), ("true", "ACTIVE"),
        ("false", "UNPAID"), ("false", "UNPAID"),
    ]  # fmt: skip
    assert visitor.take("cancel", site="cross-site").status_code == 403
    wait_until(lambda: 'data-type="subscription.past_due"' in visitor.read("/members"))


@pytest.mark.parametrize(
    ("offer", "quantity", "amount"),
    [("beans-500g", 1, "18,000원"), ("first-month-free", 1, "0원"), ("drip-bags", 5, "60,000원")],
)
def test_the_static_page_sells_each_offer_at_the_price_it_shows(
    visitor: Visitor, offer: str, quantity: int, amount: str
) -> None:
    one = next(one for one in OFFERS if one.id == offer)
    page = requests.get(visitor.urls["brand"] + "/", timeout=SECONDS).text
    assert f'data-steppay-offer="{offer}"' in page
    assert f"{one.product.price_krw:,}원" in page
    shown = visitor.offer("GET", f"/{offer}").json()
    said = (shown["title"], shown["amount"], shown["quantity"]["max"])
    assert said == (one.product.name[0], one.product.price_krw, one.most)
    assert requests.get(visitor.urls["brand"] + urlsplit(shown["privacyUrl"]).path, timeout=SECONDS).status_code == 200
    sold = visitor.offer("POST", f"/{offer}/orders", {"customer": SHOPPER, "quantity": quantity})
    assert sold.status_code == 201, sold.text
    code = sold.json()["orderCode"]
    visitor.pay(code, "closed")
    wait_until(lambda: code in visitor.told())
    order = visitor.read("/orders").partition(f'data-order="{code}"')[2].partition("</article>")[0]
    title = one.product.name[0] + (f" × {quantity}" if quantity > 1 else "")
    assert (f"<h2>{title}</h2>" in order, f"· {amount}" in order) == (True, True)


def test_a_deposit_that_comes_late_and_a_refund_reach_the_backend(visitor: Visitor) -> None:
    code = visitor.codes("/")[1]
    visitor.pay(code, "vbank")
    assert visitor.press(code, "refund") == 409
    assert visitor.press(code, "deposit") == 303
    wait_until(lambda: code in visitor.told())
    assert visitor.press(code, "refund") == 303
    wait_until(lambda: visitor.told()[code][0] == "refunded")
    assert [kind for kind, _cause in visitor.told()[code][1]] == ["payment.paid", "payment.refunded"]
    assert visitor.press(code, "refund") == 409


def test_the_portal_shows_who_tried_to_pay_and_what_can_follow(visitor: Visitor) -> None:
    code = visitor.codes("/pricing")[0]
    visitor.pay(code, "unheard")
    html = requests.get(f"{visitor.urls['pay']}/portal", timeout=SECONDS).text
    section = html.partition(f'id="o-{code}"')[2].partition("</tr>")[0]
    assert re.findall('data-step="([^"]+)"', section) == ["renew", "refund"]


FORGED = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}


@pytest.mark.parametrize("headers", [{}, FORGED])
def test_the_shop_believes_no_webhook_without_the_secret(visitor: Visitor, headers: dict[str, str]) -> None:
    body = {"type": "payment.paid", "timestamp": "x", "data": {"orderCode": "order_forged", "verdict": "paid"}}
    answer = requests.post(visitor.urls["shop"] + MESSAGES_PATH, json=body, headers=headers, timeout=SECONDS)
    assert answer.status_code == 400
    assert "order_forged" not in visitor.told()


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("en-US,en;q=0.9", "en"), ("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("fr-FR", "ko"), ("C", "ko"), ("", "ko")],
)
@pytest.mark.parametrize("page", ["/", "/pricing", "/members", "/orders", "/nope"])
def test_a_visitor_reads_the_browser_s_language_first(visitor: Visitor, page: str, accepted: str, lang: str) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    answer = requests.get(visitor.urls["shop"] + page, headers=headers, timeout=SECONDS)
    assert f'<html lang="{lang}">' in answer.text
    assert "Accept-Language" in answer.headers["Vary"]
    other = "ko" if lang == "en" else "en"
    assert (
        f'<html lang="{other}">' in requests.get(answer.url + f"?lang={other}", headers=headers, timeout=SECONDS).text
    )


def test_the_playground_speaks_the_same_language_and_leads_back_to_the_shop(visitor: Visitor) -> None:
    headers = {"Accept-Language": "en"}
    sent = requests.get(visitor.urls["shop"] + "/playground", headers=headers, allow_redirects=False, timeout=SECONDS)
    query = sent.headers["Location"].partition("?")[2]
    assert "lang=en" in query
    page = requests.get(f"{visitor.urls['server']}/playground?{query}", timeout=SECONDS).text
    assert f'href="{visitor.origin}/">← Back to the shop' in page


def test_a_product_has_one_name_in_the_shop_and_at_steppay() -> None:
    names = {(one.code, one.price_code): (one.name, one.english_name) for one in PRODUCTS}
    assert {(one.product_code, one.price_code): one.name for one in SOLD} == names


def test_the_list_of_orders_shows_the_day_and_what_was_returned(visitor: Visitor) -> None:
    code = visitor.codes("/")[2]
    visitor.pay(code, "partially_refunded")
    wait_until(lambda: visitor.told().get(code, ("",))[0] == "partially_refunded")
    html = requests.get(f"{visitor.urls['shop']}/orders", timeout=SECONDS).text
    order = html.partition(f'data-order="{code}"')[2].partition("</article>")[0]
    assert re.search(r"<small>20\d\d-\d\d-\d\d \d\d:\d\d:\d\d · ", order)
    assert "18,000원 · 환불 9,000원" in order
