"""A newcomer rehearses with a shop of their own: `simulator` and `serve` as processes, events and messages between.

The shop is the one of docs/recipes/rehearse.md, run as it stands there.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from tests.integration.test_cli import SECONDS, run, started
from tests.integration.test_crash_points import wait_until
from tests.support.app_fixture import TOKEN, WEBHOOK_SECRET
from tools.wsgi_server import serving

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("recipes/rehearse.md", "ko/rehearse.md")]
SHOP = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
SETTINGS = dict(re.findall(r"^([A-Z_]+)=(\S+)$", PAGES[0].read_text("utf-8"), re.MULTILINE))
"""Those that the page writes into `.env`; the test has ports of its own."""
PRODUCTS = re.findall(r"--product (\S+)", PAGES[0].read_text("utf-8"))


@dataclass
class Rehearsal:
    """The shop of the page, and what its shopper and its merchant can do. `page`: the shop's own address."""

    steppay: str
    output: Path
    shop: dict[str, Any] = field(default_factory=dict)
    page: str = ""

    def click(self, name: str) -> str:
        """A shopper presses a button of the shop's page; the code that its backend created."""
        answer = requests.post(f"{self.page}/order/{name}", timeout=SECONDS)
        assert answer.ok, answer.text
        return answer.text

    def steppay_call(self, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        headers = {"Secret-Token": SETTINGS["STEPPAY_SECRET_TOKEN"]}
        return requests.post(self.steppay + path, json=body or {}, headers=headers, timeout=SECONDS)

    def order(self, product: str, price: str) -> requests.Response:
        item = {"productCode": product, "priceCode": price, "currency": "KRW", "minimumQuantity": 1}
        customer = self.steppay_call("/api/v1/customers", {"name": "모의 고객", "email": "a@example.com"}).json()["id"]
        return self.steppay_call("/api/v1/orders", {"customerId": customer, "items": [item]})

    def step(self, code: str, step: str, body: dict[str, Any] | None = None) -> str:
        """One of the control API's; the code of the order that it left behind."""
        answer = self.steppay_call(f"/simulator/orders/{code}/{step}", body)
        assert answer.ok, answer.text
        return str(answer.json()["orderCode"])

    def state(self, code: str) -> str:
        return str(self.shop["orders"][code]["state"])

    def portal(self, **headers: str) -> str:
        return requests.get(f"{self.steppay}/portal", headers=headers, timeout=SECONDS).text


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Rehearsal]:
    """The three programs of the page."""
    ours, theirs, mine = free_port(), free_port(), free_port()
    folders = [tmp_path_factory.mktemp(name) for name in ("simulator", "server")]
    server, steppay, page = (f"http://127.0.0.1:{port}" for port in (ours, theirs, mine))
    own = {
        "STEPPAY_API_URL": steppay,
        "WIDGET_PUBLIC_URL": f"http://widget.localhost:{ours}",
        "WIDGET_NOTIFY_URL": f"{page}/steppay/events",
    }
    secrets = {name: SETTINGS[name] for name in ("STEPPAY_SECRET_TOKEN", "STEPPAY_WEBHOOK_SECRETS")}
    simulator = ("simulator", "--port", str(theirs), "--webhook", f"http://widget.localhost:{ours}")
    products = [part for product in PRODUCTS for part in ("--product", product)]
    with (
        started(folders[0], secrets, steppay, *simulator, *products),
        started(folders[1], SETTINGS | own, server, "serve", "--port", str(ours)),
        shop_of_the_page(SETTINGS | own | {"PAY_SERVER": server}) as shop,
        serving(shop["app"], mine),
    ):
        yield Rehearsal(steppay, folders[0] / "out.txt", shop, page)


@contextmanager
def shop_of_the_page(settings: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The names of the module that the page shows."""
    found = SHOP.search(PAGES[0].read_text("utf-8"))
    assert found
    names: dict[str, Any] = {"__name__": "rehearsing_shop"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        exec(compile(found[1], str(PAGES[0]), "exec"), names)  # noqa: S102 - what a reader is asked to run
        yield names


def test_both_pages_show_the_same_shop() -> None:
    english, korean = (re.findall(r"^```.*?^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE) for page in PAGES)
    assert english == korean


def test_a_purchase_and_its_refunds_of_a_product_of_the_shop_s_own(rehearsal: Rehearsal) -> None:
    code = rehearsal.click("tea")
    for step, body, state in (
        ("scenario", {"scenario": "closed"}, "payment.paid"),
        ("refund", {"amount": 2_000}, "payment.partially_refunded"),
        ("refund", None, "payment.refunded"),
    ):
        rehearsal.step(code, step, body)
        wait_until(lambda wanted=state: rehearsal.state(code) == wanted)


def test_a_deposit_that_arrives_later(rehearsal: Rehearsal) -> None:
    code = rehearsal.click("tea")
    rehearsal.step(code, "scenario", {"scenario": "vbank"})
    rehearsal.step(code, "deposit")
    wait_until(lambda: rehearsal.state(code) == "payment.paid")


def test_a_trial_and_its_first_charges(rehearsal: Rehearsal) -> None:
    code = rehearsal.click("club")
    rehearsal.step(code, "scenario", {"scenario": "paid"})
    wait_until(lambda: rehearsal.state(code) == "payment.no_charge")
    assert "체험 종료 후 첫 결제" in rehearsal.portal()
    for _month in range(2):
        following = rehearsal.step(code, "renew")
        wait_until(lambda wanted=following: wanted in rehearsal.shop["renewals"])
        assert rehearsal.shop["renewals"][following] == code
        charged = requests.get(
            f"{rehearsal.steppay}/api/v1/orders/{following}",
            headers={"Secret-Token": SETTINGS["STEPPAY_SECRET_TOKEN"]},
            timeout=SECONDS,
        ).json()
        assert (charged["type"], charged["paidAmount"]) == ("RECURRING", 9_900)
        refused = rehearsal.steppay_call(f"/simulator/orders/{following}/renew")
        assert refused.status_code == 409, "the first order is the subscription"


@pytest.mark.parametrize(
    ("product", "price", "first"),
    [("product_basic", "price_basic_monthly", 9_900), ("product_trial", "price_trial", 0)],
)
def test_a_subscription_charges_its_price_each_month(
    rehearsal: Rehearsal, product: str, price: str, first: int
) -> None:
    created = rehearsal.order(product, price).json()
    rehearsal.step(created["orderCode"], "scenario", {"scenario": "paid"})
    following = rehearsal.step(created["orderCode"], "renew")
    headers = {"Secret-Token": SETTINGS["STEPPAY_SECRET_TOKEN"]}
    renewed = requests.get(f"{rehearsal.steppay}/api/v1/orders/{following}", headers=headers, timeout=SECONDS).json()
    assert (created["paidAmount"], renewed["paidAmount"]) == (first, 9_900)


def test_an_order_that_cannot_be_bound_never_reaches_the_page(rehearsal: Rehearsal) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(rehearsal.shop, "KEY", {"Authorization": "Bearer wrong"})
        assert requests.post(f"{rehearsal.page}/order/tea", timeout=SECONDS).status_code == 503


@pytest.mark.parametrize("product", ["product_tea/price_other=5000", "product_new/price_new=0", "a-b/c_1=1,month"])
def test_a_product_can_be_given_while_it_runs(rehearsal: Rehearsal, product: str) -> None:
    assert rehearsal.steppay_call("/simulator/products", {"product": product}).status_code == 201
    code, price, amount = re.split("[/=]", product.removesuffix(",month"))
    created = rehearsal.order(code, price).json()
    assert created["paidAmount"] == int(amount)
    listed = requests.get(
        f"{rehearsal.steppay}/api/v1/products/{code}",
        headers={"Secret-Token": SETTINGS["STEPPAY_SECRET_TOKEN"]},
        timeout=SECONDS,
    )
    assert price in [one["code"] for one in listed.json()["prices"]]


@pytest.mark.parametrize(
    "product", ["", "a/b", "a/b=1.5", "a/b=-1", "a/b=9999999999", "a/b=1,trial=3", "a b/c=1", "a/b=1\n"]
)
def test_what_is_no_product_is_refused_with_an_example(rehearsal: Rehearsal, product: str) -> None:
    answer = rehearsal.steppay_call("/simulator/products", {"product": product})
    assert (answer.status_code, "product_tea/price_tea=12000" in answer.text) == (400, True)


def test_an_unknown_product_says_how_to_give_it(rehearsal: Rehearsal) -> None:
    answer = rehearsal.order("product_not_given", "price_x")
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "PRODUCT_NOT_FOUND")
    assert "--product" in answer.json()["errorMessage"]


def test_the_start_names_what_a_newcomer_needs(rehearsal: Rehearsal) -> None:
    wait_until(lambda: "Ctrl+C" in rehearsal.output.read_text("utf-8"))
    said = rehearsal.output.read_text("utf-8")
    wanted = ["/portal", "/simulator/orders/", "/v1/webhooks/steppay", "STEPPAY_API_URL=", "WIDGET_ENV=sandbox"]
    wanted += ["price_basic_monthly", "price_beans", "price_trial", "price_card", "product_tea", "price_club", "12,000"]
    assert [word for word in wanted if word not in said] == []
    assert [name for name in ("STEPPAY_SECRET_TOKEN", "STEPPAY_WEBHOOK_SECRETS") if SETTINGS[name] in said] == []


def test_the_portal_speaks_the_visitor_s_language_and_of_events_that_are_sent(rehearsal: Rehearsal) -> None:
    assert "서명된 웹훅" in rehearsal.portal()
    english = rehearsal.portal(**{"Accept-Language": "en-US,en;q=0.9"})
    assert "sends a signed event" in english
    words = re.sub("<bdi>.*?</bdi>", "", english.partition("<h1>")[2])  # names stay as they are
    assert re.findall("[가-힣]+", words) == []


def test_without_a_webhook_no_page_speaks_of_events(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with started(tmp_path, {"STEPPAY_SECRET_TOKEN": TOKEN}, url, "simulator", "--port", str(port)):
        for language, sentence in (("ko", "--webhook"), ("en", "No events are sent")):
            page = requests.get(f"{url}/portal?lang={language}", timeout=SECONDS).text
            assert sentence in page
            assert "서명된" not in page
            assert "signed" not in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--webhook", "here", "--secret", "x"), "--webhook: is no address"),
        (("--webhook", "ftp://127.0.0.1/", "--secret", "x"), "--webhook: is no address"),
        (("--webhook", "http://127.0.0.1:8081"), "--webhook: needs a secret"),
        (("--product", "tea"), "--product: 'tea' is no product"),
    ],
)
def test_wrong_options_stop_the_start_with_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(tmp_path, {"STEPPAY_SECRET_TOKEN": TOKEN}, "simulator", "--port", "0", *arguments)
    assert (result.returncode, said in result.stderr, "Traceback" in result.stderr) == (2, True, False)


def test_an_event_that_is_not_taken_is_in_the_log_with_its_reason(tmp_path: Path, free_port: Callable[[], int]) -> None:
    deaf, port = Flask("deaf"), free_port()
    deaf.add_url_rule("/events", view_func=lambda: ("", 401), methods=["POST"])
    url, settings = f"http://127.0.0.1:{port}", {"STEPPAY_SECRET_TOKEN": TOKEN}
    with serving(deaf) as receiver:
        options = ("--webhook", f"{receiver}/events", "--secret", WEBHOOK_SECRET)
        with started(tmp_path, settings, url, "simulator", "--port", str(port), *options) as process:
            requests.put(f"{url}/simulator/orders/order_unheard/answer", json={}, timeout=SECONDS)
            Rehearsal(url, tmp_path).step("order_unheard", "scenario", {"scenario": "paid"})
            wait_until(lambda: "webhook_event_rejected" in (tmp_path / "out.txt").read_text("utf-8"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
    said = (tmp_path / "out.txt").read_text("utf-8")
    assert (
        "type=order.payment_completed" in said and "another secret" in said,
        WEBHOOK_SECRET in said,
        "Traceback" in said,
    ) == (True, False, False)
