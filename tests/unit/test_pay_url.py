"""The pay page's address carries our marker to each of the three ways back, and nothing else changes."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.pay_url import WaysBack, pay_url, pay_url_template, with_marker
from widget_server.domain.return_query import read_return

API = "https://api.steppay.kr"
CODE, ATTEMPT = "order_15XqwcM1f", "A" * 22


def test_each_way_back_says_which_way_it_is() -> None:
    back = WaysBack("https://shop.test/done", "https://shop.test/oops?a=1", "https://shop.test/#cart")
    parts = urlsplit(pay_url(API, CODE, ATTEMPT, back))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{API}/api/public/orders/{CODE}/pay"
    assert parse_qs(parts.query) == {
        "successUrl": [f"https://shop.test/done?steppay_return=success.{CODE}.{ATTEMPT}"],
        "errorUrl": [f"https://shop.test/oops?a=1&steppay_return=error.{CODE}.{ATTEMPT}"],
        "cancelUrl": [f"https://shop.test/?steppay_return=cancel.{CODE}.{ATTEMPT}#cart"],
    }


def test_the_template_holds_the_place_of_the_order_code() -> None:
    assert pay_url_template(API) == API + "/api/public/orders/{orderCode}/pay"


@pytest.mark.parametrize("code", ["../x", "a/b", "a?b", "a#b", "a%2fb", "결제"])
def test_no_order_code_can_leave_its_place_in_the_path(code: str) -> None:
    path = urlsplit(pay_url(API, code, ATTEMPT, WaysBack("https://a.test", "https://a.test", "https://a.test"))).path
    assert path.startswith("/api/public/orders/")
    assert path.endswith("/pay")
    assert path.count("/") == 5


WORDS = st.text(st.characters(codec="ascii", exclude_characters="#"), max_size=12)


@given(st.lists(st.tuples(WORDS.filter(bool), WORDS)), st.sampled_from(["", "#top"]))
def test_the_shops_own_query_and_fragment_stay(pairs: list[tuple[str, str]], fragment: str) -> None:
    from urllib.parse import urlencode

    query = urlencode(pairs)
    url = "https://shop.test/done" + (f"?{query}" if query else "") + fragment
    marked = urlsplit(with_marker(url, "success.x.y"))
    assert parse_qsl(marked.query, keep_blank_values=True) == [*pairs, ("steppay_return", "success.x.y")]
    assert marked.fragment == fragment.removeprefix("#")


@pytest.mark.parametrize(("way", "position"), [("success", 0), ("error", 1), ("cancel", 2)])
def test_what_goes_out_is_understood_when_it_comes_back(way: str, position: int) -> None:
    back = WaysBack("https://a.test/s", "https://a.test/e", "https://a.test/c")
    urls = [value for _, value in parse_qsl(urlsplit(pay_url(API, CODE, ATTEMPT, back)).query)]
    claim = read_return(urlsplit(urls[position]).query, CODE)
    assert (claim.order_code, claim.status) == (CODE, way)
