"""The page a shopper comes back to shows what StepPay says, without JavaScript, and nothing that is only claimed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.app_fixture import COMPLETE, PAID, PUBLIC, SHOP, STANDBY, UNPAID, FakeStepPay, World

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    f"form-action 'none'; frame-ancestors {SHOP} https://www.shop.test {PUBLIC}"
)
"""We may frame it ourselves: the sandbox has a playground."""

PAID_TITLE, CHECKING_TITLE = "결제가 완료되었습니다", "결제를 확인하고 있습니다"


def come_back(world: World, checkout: str, query: str = "", lang: str = "ko") -> Any:
    return world.client.get(f"/v1/return/{checkout}?{query}", headers={"Accept-Language": lang})


def kind(page: Any) -> str:
    found = re.findall(r'data-kind="([a-z_]+)"', page.text)
    assert len(found) == 1
    return str(found[0])


def refresh(page: Any) -> str:
    """What a browser without a script follows; with one the page asks in place."""
    assert "Refresh" not in page.headers
    found = re.findall(r'<noscript><meta http-equiv="refresh" content="([^"]*)"></noscript>', page.text)
    return unescape(found[0]) if found else ""


def is_plain(page: Any) -> bool:
    """No inline script, style or handler: nothing that the policy would have to allow."""
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page.text, re.DOTALL)
    return all("src=" in attributes and not body.strip() for attributes, body in scripts) and not re.search(
        r"<style|\sstyle=|\son[a-z]+=|javascript:|https?://(?!shop\.test|www\.shop\.test)", page.text, re.IGNORECASE
    )


OUTCOMES = [
    (PAID, COMPLETE, "success", "paid", PAID_TITLE, False),
    ({**PAID, "paidAmount": 0}, 404, "success", "no_charge", "신청이 완료되었습니다", False),
    (UNPAID, STANDBY, "success", "pending", "결제 확인 중입니다", True),
    (UNPAID, STANDBY, "error", "failed", "결제하지 못했습니다", False),
    (UNPAID, STANDBY, "cancel", "canceled", "결제가 취소되었습니다", False),
    (
        UNPAID,
        {**STANDBY, "paymentStatus": "VIRTUAL_BANK_STANDBY"},
        "success",
        "pending",
        "입금을 기다리고 있습니다",
        False,
    ),
    (UNPAID, {**STANDBY, "paymentStatus": "FAILED"}, "success", "failed", "결제하지 못했습니다", False),
    (PAID, {**COMPLETE, "paymentStatus": "CANCELED"}, "success", "refunded", "환불되었습니다", False),
    (
        PAID,
        {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"},
        "success",
        "partially_refunded",
        "일부 금액이 환불되었습니다",
        False,
    ),
    (PAID, "error", "error", "unknown", CHECKING_TITLE, True),
    (PAID, STANDBY, "error", "unknown", CHECKING_TITLE, True),
]


@pytest.mark.parametrize(("order", "receipt", "way", "shown", "title", "asks_again"), OUTCOMES)
def test_each_verdict_is_shown_without_javascript(
    *, world: World, steppay: FakeStepPay, order: Any, receipt: Any, way: str, shown: str, title: str, asks_again: bool
) -> None:
    code = steppay.order(order, receipt)
    checkout = world.create_checkout(code)
    page = come_back(world, checkout, f"steppay_return={way}.{code}.{checkout}&order_code={code}")
    assert (page.status_code, page.mimetype, kind(page)) == (200, "text/html", shown)
    assert f"<h1>{title}</h1>" in page.text
    assert '<html lang="ko">' in page.text
    assert code in page.text
    assert bool(refresh(page)) == asks_again
    assert is_plain(page)


def test_it_speaks_english_too_and_the_pages_own_language_first(world: World, steppay: FakeStepPay) -> None:
    assert "<h1>Payment complete</h1>" in come_back(world, world.create_checkout(steppay.paid()), lang="en").text
    assert PAID_TITLE in come_back(world, world.create_checkout(steppay.paid(), locale="ko"), lang="en").text


@pytest.mark.parametrize(("scenario", "money"), [("refunded", "18,000"), ("partially_refunded", "9,000")])
def test_a_refund_shows_what_was_paid_and_what_went_back_in_whole_sentences(
    world: World, steppay: FakeStepPay, scenario: str, money: str
) -> None:
    page = come_back(world, world.create_checkout(steppay.play(scenario)), "status=success")
    assert re.findall(r'class="amount[^"]*">([^<]+)원<', page.text)[1:] == [money]
    assert "환불 금액" in page.text
    assert "환불되었습니다.</p>" in page.text


def test_a_mismatching_order_number_is_shown_as_such(world: World, steppay: FakeStepPay) -> None:
    page = come_back(world, world.create_checkout(steppay.paid()), "order_id=999999&status=success")
    assert kind(page) == "mismatch"


@pytest.mark.parametrize("query", ["status=success", "steppay_return=success.{code}.{checkout}&status=success", ""])
def test_MX_02_a_forged_success_shows_pending(world: World, steppay: FakeStepPay, query: str) -> None:
    code = steppay.play("forged")
    checkout = world.create_checkout(code)
    page = come_back(world, checkout, query.format(code=code, checkout=checkout))
    assert kind(page) == "pending"
    assert PAID_TITLE not in page.text


@pytest.mark.parametrize("order", [500, 503, 403, 429, {"raw": "<html>", "contentType": "text/html"}])
@pytest.mark.parametrize("way", ["success", "error", "cancel"])
def test_RT_08_an_outage_says_do_not_pay_again_and_never_failed(
    world: World, steppay: FakeStepPay, order: object, way: str
) -> None:
    code = steppay.order(order)
    checkout = world.create_checkout(code)
    page = come_back(world, checkout, f"steppay_return={way}.{code}.{checkout}")
    assert (page.status_code, kind(page)) == (503, "unknown")
    assert "다시 결제하지 마세요" in page.text
    assert refresh(page).startswith("2; url=/v1/return/")
    assert world.client.get(f"/v1/checkouts/{checkout}").json == {"state": "returned", "verdict": None}


def test_the_return_is_recorded_for_the_shops_page(world: World, steppay: FakeStepPay) -> None:
    checkout = world.create_checkout(steppay.paid())
    come_back(world, checkout)
    polled = world.client.get(f"/v1/checkouts/{checkout}").json
    assert (polled["state"], polled["verdict"]["verdict"]) == ("returned", "paid")


def test_RT_04_the_hint_names_the_checkout_and_the_exact_origin_but_no_verdict(
    world: World, steppay: FakeStepPay
) -> None:
    checkout = world.create_checkout(steppay.paid())
    (body,) = re.findall(r"<body[^>]*>", come_back(world, checkout).text)
    assert f'data-checkout="{checkout}"' in body
    assert f'data-origin="{SHOP}"' in body
    assert "paid" not in body


def test_without_a_shop_page_no_hint_is_sent(world: World, steppay: FakeStepPay) -> None:
    location = world.client.get(f"/v1/pay/{steppay.paid()}").headers["Location"]
    checkout = re.findall(r"checkout[0-9]{14}", location)[0]
    page = come_back(world, checkout)
    assert kind(page) == "paid"
    assert "data-origin" not in page.text


HOSTILE = [
    "order_code=<img src=x onerror=alert(1)>",
    'status="><script>alert(1)</script>',
    "order_id=javascript:alert(1)",
    "order_code=order_another",
    "order_code={code}&order_code={code}",
    "status=error&status=success",
    "order_code[]={code}",
    "Order_Code={code}",
    "order_code={code}%26status=success%00",
    "order_code=%0d%0aSet-Cookie:%20a=b",
    "order_code=%0d%0aLocation:%20https://evil.tld",
    "order_code=%C4%8D%C4%8ASet-Cookie:a=b",
    "steppay_return=success.order_another.x",
    "a=" + "b" * 5000,
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:40])
def test_RT_01_RT_02_RT_07_a_hostile_query_is_neither_shown_nor_believed(
    world: World, steppay: FakeStepPay, query: str
) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    steppay.forget_calls()
    page = come_back(world, checkout, quote(query.format(code=code), safe="=&%[]"))
    believed = query.startswith('status="')  # no word of StepPay's, so no claim; the order itself is clear
    assert (page.status_code, kind(page)) == ((200, "paid") if believed else (400, "unidentified"))
    assert bool(steppay.calls()) == believed
    assert is_plain(page)
    assert not any(word in unescape(page.text) for word in ("alert(1)", "evil.tld", "order_another", "Set-Cookie"))
    assert not {"Set-Cookie", "Location", "Link"} & set(page.headers.keys())
    assert page.headers["Content-Security-Policy"] == CSP
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("glue", ["&", "?"])
def test_steppays_parameters_may_be_glued_on_with_a_second_question_mark(
    world: World, steppay: FakeStepPay, glue: str
) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    told = f"order_code={code}&status=error"
    assert kind(come_back(world, checkout, f"steppay_return=error.{code}.{checkout}{glue}{told}")) == "failed"


@pytest.mark.parametrize("checkout", ["A" * 22, "x", "<script>", "A" * 22 + "%0d%0aa"])
def test_an_unknown_checkout_gets_a_page_without_a_verdict(world: World, steppay: FakeStepPay, checkout: str) -> None:
    page = come_back(world, checkout, "status=success&order_code=order_a")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert is_plain(page)
    assert steppay.calls() == []


def test_a_way_out_of_the_return_pages_leads_nowhere(world: World, steppay: FakeStepPay) -> None:
    answer = come_back(world, "..%2f", "status=success&order_code=order_a")
    assert (answer.status_code, answer.json["code"], steppay.calls()) == (404, "not_found", [])


def test_an_order_steppay_does_not_know_is_not_asked_for_again(world: World, steppay: FakeStepPay) -> None:
    page = come_back(world, world.create_checkout(steppay.order(404)), "status=error")
    assert (page.status_code, kind(page)) == (404, "unknown")
    assert not refresh(page)


def test_broken_storage_shows_a_kind_page_that_asks_again(world: World, steppay: FakeStepPay) -> None:
    checkout = world.create_checkout(steppay.paid())
    world.break_storage()
    page = come_back(world, checkout, "status=error")
    assert (page.status_code, page.mimetype, kind(page)) == (503, "text/html", "unknown")
    assert "다시 결제하지 마세요" in page.text
    assert refresh(page)
    assert page.headers["Content-Security-Policy"] == CSP


def test_asking_again_ends_and_uses_only_validated_values(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    query, waits = "status=success&junk=%0d%0aX:y&order_id=", []
    while True:
        page = come_back(world, checkout, query)
        assert kind(page) == "pending"
        if not refresh(page):
            break
        match = re.fullmatch(
            rf"(\d+); url=/v1/return/{checkout}\?(steppay_return=(?:success|none)\.{code}\.{checkout}&round=\d+)",
            refresh(page),
        )
        assert match
        waits.append(int(match[1]))
        query = match[2]
    assert 5 <= len(waits) <= 12
    assert 60 <= sum(waits) <= 300
    assert 'href="/v1/return/' in page.text


@pytest.mark.parametrize("number", ["-1", "x", "999", "1e3", "１", ""])
def test_a_strange_round_is_the_first_round(world: World, steppay: FakeStepPay, number: str) -> None:
    page = come_back(world, world.create_checkout(steppay.unpaid()), f"round={number}")
    assert refresh(page).startswith("2; ")


def test_the_claim_survives_asking_again(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**UNPAID, "orderId": 183777}, "error")
    checkout = world.create_checkout(code)
    page = come_back(world, checkout, f"steppay_return=error.{code}.{checkout}&order_id=183777")
    again = refresh(page).partition("url=")[2]
    assert f"error.{code}." in again
    assert "order_id=183777" in again


def test_everything_the_page_needs_comes_from_this_server(world: World, steppay: FakeStepPay) -> None:
    page = come_back(world, world.create_checkout(steppay.paid()))
    files = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert files
    assert {world.client.get(file).status_code for file in files} == {200}


@pytest.mark.parametrize("receipt", [COMPLETE, STANDBY])
def test_no_personal_data_is_on_the_page(world: World, steppay: FakeStepPay, receipt: dict[str, object]) -> None:
    canary = {"name": "canary", "email": "canary@x.kr", "cardNumber": "canary"}
    code = steppay.order({**PAID, "customer": canary, "payment": canary, "productName": "canary"}, receipt)
    assert "canary" not in come_back(world, world.create_checkout(code)).text
