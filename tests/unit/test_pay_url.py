"""The pay page's address carries our marker to each of the three ways back, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.pay_url import ReturnUrls, pay_url, pay_url_template, with_marker
from widget_server.domain.return_query import read_return

API = "https://api.steppay.kr"
CODE, CHECKOUT = "order_15XqwcM1f", "A" * 22


def test_each_way_back_says_which_way_it_is() -> None:
    back = ReturnUrls("https://shop.test/done", "https://shop.test/oops?a=1", "https://shop.test/#cart")
    parts = urlsplit(pay_url(API, CODE, CHECKOUT, back))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{API}/api/public/orders/{CODE}/pay"
    assert parse_qs(parts.query) == {
        "successUrl": [f"https://shop.test/done?steppay_return=success.{CODE}.{CHECKOUT}"],
        "errorUrl": [f"https://shop.test/oops?a=1&steppay_return=error.{CODE}.{CHECKOUT}"],
        "cancelUrl": [f"https://shop.test/?steppay_return=cancel.{CODE}.{CHECKOUT}#cart"],
    }


def test_the_template_holds_the_place_of_the_order_code() -> None:
    assert pay_url_template(API) == API + "/api/public/orders/{orderCode}/pay"


@pytest.mark.parametrize("code", ["../x", "a/b", "a?b", "a#b", "a%2fb", "결제"])
def test_no_order_code_can_leave_its_place_in_the_path(code: str) -> None:
    path = urlsplit(pay_url(API, code, CHECKOUT, ReturnUrls("https://a.test", "https://a.test", "https://a.test"))).path
    assert path.startswith("/api/public/orders/")
    assert path.endswith("/pay")
    assert path.count("/") == 5


ADDRESSES = json.loads((Path(__file__).parents[1] / "vectors/return-addresses.json").read_text("utf-8"))
PIECES = st.sampled_from(["order_id", "status", "=", "&", "?", ";", "#", "/", "%C0%CE", "%", "\t", "x", " ", ""])


@given(st.one_of(st.sampled_from(ADDRESSES), st.lists(PIECES, max_size=12).map("".join)))
def test_the_shops_own_address_stays_byte_for_byte(path: str) -> None:
    marked = with_marker(f"https://shop.test/{path}", "success.x.y")
    before, _, behind = marked.partition("steppay_return=success.x.y")
    assert before[:-1] + behind == f"https://shop.test/{path}"
    assert "#" not in before
    assert before[-1] == ("&" if "?" in before[:-1] else "?")


@pytest.mark.parametrize(("way", "position"), [("success", 0), ("error", 1), ("cancel", 2)])
def test_what_goes_out_is_understood_when_it_comes_back(way: str, position: int) -> None:
    back = ReturnUrls("https://a.test/s", "https://a.test/e", "https://a.test/c")
    urls = [value for _, value in parse_qsl(urlsplit(pay_url(API, CODE, CHECKOUT, back)).query)]
    claim = read_return(urlsplit(urls[position]).query, CODE)
    assert (claim.order_code, claim.status) == (CODE, way)


@pytest.mark.parametrize(
    ("lang", "asked"),
    [("ko", ["ko"]), ("en", ["en"]), *[(other, []) for other in (None, "", "ja", "auto", "EN", "en-US", "ko&x=1")]],
)
def test_the_pay_page_is_asked_for_a_language_of_ours_alone(lang: str | None, asked: list[str]) -> None:
    back = ReturnUrls("https://a.test/s", "https://a.test/e", "https://a.test/c")
    query = parse_qs(urlsplit(pay_url(API, CODE, CHECKOUT, back, lang)).query, keep_blank_values=True)
    assert query.get("lang", []) == asked
    assert set(query) - {"lang"} == {"successUrl", "errorUrl", "cancelUrl"}
