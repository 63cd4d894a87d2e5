"""What an operator reads is what is recorded, and nothing personal is in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.attacks import canaries
from tests.integration.test_overview import add_order
from tests.support.admin_client import Operator, signed_in, table, timeline, words
from tests.support.app_fixture import COMPLETE, NOW, PAID, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, event_body, send, work, work_for
from tests.support.merchant import KEY, WON, verify
from widget_server.adapters.store.tables import deliveries
from widget_server.domain.delivery import DeliveryResponse
from widget_server.services.upstream_stats import Bucket, Snapshot
from widget_server.web.admin.pagination import PAGE_SIZE

REFUSES = FakeMerchant(lambda _number: DeliveryResponse("answered", 500, canaries.PERSONAL))


def test_an_empty_server_says_so_calmly(world: World) -> None:
    page = signed_in(world).get("/admin").text
    for sentence in (
        "확인이 필요한 일이 없습니다",
        "오늘은 아직 주문이 없습니다",
        "24시간 동안 주문이 없습니다",
        "지표 수집이 꺼져",
    ):
        assert sentence in page


def test_today_counts_by_verdict_and_sums_by_currency(world: World, steppay: FakeStepPay) -> None:
    dollars = steppay.order(PAID | {"paidAmount": 9.5, "currency": {"code": "USD"}}, COMPLETE)
    for code in (steppay.paid(), steppay.paid(), dollars, steppay.unpaid()):
        verify(world, code)
    page = signed_in(world).get("/admin").text
    rows = table(page, "today")
    assert ["결제 완료", "3", "20,000원 9.50 ?"] in rows
    assert ["결제 대기", "1", "10,000원"] in rows
    assert "상품 지급 가능 3" in words(page)
    assert table(page, "latest")[0][1].startswith("order_")
    assert page.count("<rect data-verdict=") >= 2


def test_f22_the_headline_agrees_with_the_bank(world: World, steppay: FakeStepPay) -> None:
    """What is left of a partial refund counts; an old payment that is checked again today does not."""
    today, half = "2026-11-23T10:05:00", {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"}
    codes = [steppay.order(PAID | {"paymentDate": today}, COMPLETE), steppay.paid(), steppay.unpaid()]
    codes.append(steppay.order(PAID | {"paymentDate": today, "returnedAmount": 4000}, half))
    for code in codes:
        verify(world, code)
    operator = signed_in(world)
    page = words(operator.get("/admin").text)
    assert "오늘 16,000원 순매출" in page
    assert "상품 지급 가능 2 결제 확인 대기 1 상품 지급 안 함 1" in page
    shown = words(operator.get("/admin/orders").text)
    assert "결제 완료 2" in shown
    assert "부분 환불 1" in shown


def test_yesterday_in_korea_is_not_today(world: World, steppay: FakeStepPay) -> None:
    verify(world, steppay.paid())  # at 12:16 in Korea
    operator = signed_in(world)
    world.clock.pass_by(timedelta(hours=7))
    assert table(operator.get("/admin").text, "today")
    operator = Operator(world)
    world.clock.pass_by(timedelta(hours=5))
    operator.sign_in()
    page = operator.get("/admin").text
    assert table(page, "today") == []
    assert table(page, "latest")[0][0] == "11-23 12:16"


def test_what_a_person_has_to_do_stands_first(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verify(world, code)
    world.deps.ledger.ask_for_review(code)
    world.clock.pass_by(timedelta(hours=2))
    page = signed_in(world).get("/admin").text
    assert table(page, "review")[0][1] == f"{code} 확인 필요"
    assert "확인 필요 1" in words(page)
    assert "작업 지연 2시간" in words(page)
    assert page.index('id="review"') < page.index('id="today"')
    work_for(world, timedelta(days=4), REFUSES)
    assert "전송이 중단된 알림 1" in words(signed_in(world).get("/admin").text)


def test_the_figures_are_shown_as_they_were_counted(world: World) -> None:
    assert world.deps.admin

    class Counted:
        def snapshot(self) -> Snapshot:
            return Snapshot("open", 3, (Bucket(0.1, 0), Bucket(0.25, 60), Bucket(2.5, 40), Bucket(None, 0)))

    operator = Operator(world, world.with_deps(admin=replace(world.deps.admin, metrics=Counted())))
    operator.sign_in()
    page = operator.get("/admin", "en").text
    shown = words(page)
    assert "StepPay: Open" in shown
    assert "Calls / failed 100 / 3" in shown
    assert "Median up to 250 ms" in shown
    assert "95th percentile up to 2.5 s" in shown
    assert re.findall(r'height="10" width="([\d.]+)"', page) == ["100.0", "66.67"]


@pytest.mark.parametrize("how", ["code", "number"])
def test_an_order_is_found_by_its_code_and_by_steppays_number(world: World, steppay: FakeStepPay, how: str) -> None:
    code = steppay.paid()
    number = verify(world, code).json["orderId"]
    answer = signed_in(world).get("/admin/orders", query_string={"code": f" {code if how == 'code' else number} "})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/orders/{code}")


MOMENTS = ["0001-01-01T00:00:00+14:00~order_x", "2026-11-23T03:16:00~x", "2026-11-23T03:16:00+00:00~\x00"]
EVIL = [
    *MOMENTS,
    '"><script>alert(1)</script>',
    "order_nobody",
    "9" * 30,
    "..",
    "{{7*7}}",
    "\x00\ud7ff한글",
    "x" * 5000,
    "%",
]


@pytest.mark.parametrize("searched", EVIL, ids=range(len(EVIL)))
def test_what_is_not_found_is_said_and_never_becomes_part_of_the_page(world: World, searched: str) -> None:
    answer = signed_in(world).get("/admin/orders", query_string={"code": searched, "show": searched, "after": searched})
    assert answer.status_code == 404
    assert "기록에 없는 주문입니다" in answer.text
    assert "<script>alert" not in answer.text
    assert len(answer.text) < 12_000


def test_an_orders_page_shows_everything_stored_about_it(keyed: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.unpaid(), FakeMerchant(lambda _number: DeliveryResponse("answered", 503))
    keyed.client.put(f"/v1/orders/{code}/expectation", json=WON, headers=KEY)
    checkout = keyed.create_checkout(code)
    keyed.clock.pass_by(timedelta(seconds=1.4))
    verify(keyed, code)
    keyed.clock.pass_by(timedelta(seconds=30))
    steppay.order(PAID, COMPLETE, code)
    send(keyed, event_body(code))
    work(keyed, shop)
    page = signed_in(keyed).get(f"/admin/orders/{code}").text
    assert timeline(page) == [
        "12:16:00 금액 등록 10,000원",
        f"12:16:00 결제창 열림 tab {checkout[:6]}… https://shop.test",
        "12:16:01 +1.4초 결제 대기 not_paid_yet 구매자 화면에서 확인",
        "12:16:31 +30초 스텝페이 웹훅 order.payment_completed 처리함",
        "12:16:31 결제 완료 payment_complete 스텝페이 웹훅 수신",
        "12:16:31 쇼핑몰에 알림 payment.paid 대기 1회 시도 · 503 · 다음 12:16:36 재전송",
    ]
    assert checkout not in page
    assert "등록한 금액 10,000원" in words(page)


def test_an_opened_checkout_is_shown_before_steppay_said_anything(world: World) -> None:
    world.create_checkout("order_15XqwcM1f")
    page = signed_in(world).get("/admin/orders/order_15XqwcM1f").text
    assert "아직 응답하지 않았습니다" in page
    assert len(timeline(page)) == 1
    assert "다음 확인" in page


@pytest.mark.parametrize("back", ["/admin/deliveries", "/admin/orders/order_abcd", "https://evil.test", ""])
def test_the_button_sends_a_parked_delivery_again_under_its_id(world: World, steppay: FakeStepPay, back: str) -> None:
    verify(world, steppay.paid())
    work_for(world, timedelta(days=4), REFUSES)
    operator = signed_in(world)
    assert table(operator.get("/admin/deliveries?show=parked").text, "list")[0][2].startswith(
        "전송 중단 15회 시도 · 500"
    )
    with world.engine.connect() as connection:
        event_id = connection.execute(select(deliveries.c.id)).scalar_one()
    answer = operator.post(f"/admin/deliveries/{event_id}/redeliver", token=operator.token(), back=back)
    led_to = back if back.startswith("/") else "/admin/deliveries"
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{led_to}?sent=1")
    shop = FakeMerchant()
    work(world, shop)
    assert [told[0] for told in shop.told] == [event_id]
    page = operator.get("/admin/deliveries?sent=1").text
    assert "재전송을 요청했습니다" in page
    assert table(page, "list")[0][2] == "전송됨 16회 시도 · 200"


def test_a_delivery_that_never_was_cannot_be_sent(world: World) -> None:
    operator = signed_in(world)
    assert operator.post("/admin/deliveries/evt_nothing/redeliver", token=operator.token()).status_code == 404


def test_lists_go_on_page_by_page_without_a_gap_or_a_repetition(world: World) -> None:
    with world.engine.begin() as connection:
        codes = {add_order(connection, number, NOW) for number in range(PAGE_SIZE + 3)}  # all at the same moment
    operator = signed_in(world)
    for path in ("/admin/orders?show=", "/admin/deliveries"):
        first = operator.get(path).text
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following
        second = operator.get(path.partition("?")[0] + following[1].replace("&amp;", "&")).text
        found = [row[1] for page in (first, second) for row in table(page, "list")]
        named = {name for cell in found for name in re.findall(r"order_\d+", cell)}
        assert (len(found), named) == (PAGE_SIZE + 3, codes)
        assert 'rel="next"' not in second


def test_LK_01_nothing_personal_and_no_secret_is_shown_or_logged(
    keyed: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    order = canaries.marked(PAID, canaries.ORDER | {"idKey": f"{canaries.ID_KEY}1"})
    code = steppay.order(order, canaries.marked(COMPLETE, canaries.RECEIPT))
    keyed.create_checkout(code)
    verify(keyed, code)
    send(keyed, event_body(code, customer=canaries.PERSONAL, email=canaries.PERSONAL))
    work_for(keyed, timedelta(days=4), REFUSES)
    operator = signed_in(keyed)
    one = re.search(r'href="(/admin/deliveries/evt_[^"]+)"', operator.get("/admin/deliveries").text)
    assert one
    order = f"/admin/orders/{code}"
    paths = ("/admin", "/admin/orders", order, "/admin/deliveries", one[1], "/admin/sign-in", "/admin/x")
    shown = [told(operator.get(path, lang)) for path in paths for lang in ("ko", "en")]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("widget_server")]
    assert canaries.found_in("".join(shown + ours)) == []


def told(answer: Any) -> str:
    return f"{answer.headers!r} {answer.text}"


@pytest.mark.parametrize(("lang", "spoken"), [("ko", "ko"), ("en", "en"), ("fr", "ko"), ("en;q=0.5, ko", "ko")])
def test_the_pages_speak_korean_first_and_english_on_wish(
    world: World, steppay: FakeStepPay, lang: str, spoken: str
) -> None:
    code = steppay.paid()
    verify(world, code)
    operator = signed_in(world)
    for path in ("/admin", "/admin/orders", f"/admin/orders/{code}", "/admin/deliveries", "/admin/x"):
        answer = operator.get(path, lang)
        assert f'<html lang="{spoken}">' in answer.text
        assert bool(re.search("[가-힣]", answer.text)) is (spoken == "ko"), path
        assert "Accept-Language" in answer.headers["Vary"]


def test_steppay_is_never_asked_for_a_page(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verify(world, code)
    steppay.forget_calls()
    operator = signed_in(world)
    for path in ("/admin", f"/admin/orders/{code}", "/admin/deliveries"):
        assert operator.get(path).status_code == 200
    assert steppay.calls() == []


def test_what_an_operator_did_stands_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "widget_server.admin")
    operator = Operator(world)
    operator.sign_in("wrong")
    operator.sign_in()
    assert [one.getMessage() for one in caplog.records if one.name == "widget_server.admin"] == [
        "operator_refused",
        "operator_signed_in",
    ]
