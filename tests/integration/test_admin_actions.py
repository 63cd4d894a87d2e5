"""What an operator can do: ask StepPay now, and send a message again after a question where it has arrived."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.admin_client import Operator, signed_in, table, words
from tests.support.app_fixture import COMPLETE, PAID, FakeStepPay, World
from tests.support.error_scenarios import Refusing
from tests.support.job_helpers import FakeMerchant, work, work_for
from tests.support.merchant import verify
from widget_server.adapters.store.tables import deliveries, jobs
from widget_server.domain.delivery import DeliveryResponse
from widget_server.errors import UpstreamUnavailable
from widget_server.web.admin.portal import portal_of


def check(operator: Operator, code: str) -> str:
    """Presses the button of the order's page; gives the page that follows."""
    shown = operator.get(f"/admin/orders/{code}").text
    assert f'action="/admin/orders/{code}/check"' in shown
    answer = operator.post(f"/admin/orders/{code}/check", token=operator.token())
    assert answer.status_code == 303
    return str(operator.get(answer.headers["Location"]).text)


def test_check_now_asks_steppay_also_about_a_settled_order(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verify(world, code)
    steppay.order(PAID | {"returnedAmount": 10000}, {**COMPLETE, "paymentStatus": "CANCELED"}, code)
    page = check(signed_in(world), code)
    assert "스텝페이에 확인했습니다" in page
    assert 'data-verdict="refunded"' in page


def test_check_now_says_what_steppay_does_not_know_and_records_nothing(world: World) -> None:
    operator = signed_in(world)
    page = check(operator, "order_unheard")
    assert "스텝페이에도 이 번호가 없습니다" in page
    assert "<title>[테스트] order_unheard: 이 주문의 기록이 없습니다" in page
    assert re.search(r'<input id="code"[^>]* value="order_unheard" autofocus', page)
    assert world.deps.ledger.find("order_unheard") is None


def test_check_now_queues_what_steppay_does_not_answer(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verify(world, code)
    operator = Operator(world, world.with_deps(steppay=Refusing(UpstreamUnavailable)))
    operator.sign_in()
    assert "확인을 예약했습니다" in check(operator, code)
    with world.engine.connect() as connection:
        assert ("ask", code) in {tuple(row) for row in connection.execute(select(jobs.c.kind, jobs.c.subject))}


def test_f19_a_delivered_message_is_sent_again_only_after_a_question(world: World, steppay: FakeStepPay) -> None:
    """Also where no script runs, and where the message arrived after the page was drawn."""
    verify(world, steppay.paid())
    work(world, FakeMerchant())
    with world.engine.connect() as connection:
        address = f"/admin/deliveries/{connection.execute(select(deliveries.c.id)).scalar_one()}"
    operator, shop = signed_in(world), FakeMerchant()
    form = {"token": operator.token(), "back": address}
    asked = operator.post(f"{address}/redeliver", **form)
    assert (asked.status_code, work(world, shop)) == (200, 0)
    assert "이미 전송된 알림입니다. 다시 보낼까요?" in asked.text
    assert re.search(r'name="sure" value="1"', asked.text)
    answer = operator.post(f"{address}/redeliver", **form, sure="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address}?sent=1")
    work(world, shop)
    assert len(shop.told) == 1


def test_all_parked_messages_are_sent_again_after_a_question(world: World, steppay: FakeStepPay) -> None:
    for _ in range(3):
        verify(world, steppay.paid())
    work_for(world, timedelta(days=4), FakeMerchant(lambda _number: DeliveryResponse("answered", 500)))
    verify(world, steppay.paid())
    operator, shop = signed_in(world), FakeMerchant()
    alarm = operator.get("/admin").text
    assert "알림 3건의 전송이 중단되었습니다 마지막 응답: 500 ·" in words(alarm)
    assert re.search(r'<form method="post" action="/admin/deliveries/redeliver" data-ask="resend-all">', alarm)
    asked = operator.post("/admin/deliveries/redeliver", token=operator.token())
    assert asked.status_code == 200
    assert "알림 3건을 모두 다시 보낼까요?" in asked.text
    with world.engine.connect() as connection:
        states = [row.state for row in connection.execute(select(deliveries.c.state))]
    assert sorted(states) == ["parked", "parked", "parked", "waiting"]
    answer = operator.post("/admin/deliveries/redeliver", token=operator.token(), sure="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/deliveries?sent=3")
    work(world, shop)
    assert len({event_id for event_id, _body in shop.told}) == len(shop.told) == 4
    page = operator.get("/admin/deliveries?sent=3").text
    assert "알림 3건의 재전송을 요청했습니다" in page
    assert [row[2][:3] for row in table(page, "list")] == ["전송됨"] * 4
    again = operator.post("/admin/deliveries/redeliver", token=operator.token(), sure="1")
    assert "다시 보낼 알림이 없습니다" in operator.get(again.headers["Location"]).text


@pytest.mark.parametrize(
    ("api_url", "link"),
    [
        ("https://api.steppay.kr", "https://portal.steppay.kr/"),
        ("http://127.0.0.1:8082", "http://127.0.0.1:8082/portal#o-{code}"),
        ("https://api.test.steppay.kr", None),
    ],
)
def test_an_order_leads_to_steppays_portal(world: World, steppay: FakeStepPay, api_url: str, link: str | None) -> None:
    """A link that leads to another environment's portal is worse than none."""
    code = steppay.paid()
    verify(world, code)
    assert world.deps.admin
    operator = Operator(world, world.with_deps(admin=replace(world.deps.admin, portal=portal_of(api_url))))
    operator.sign_in()
    found = re.findall(
        r'href="(http[^"]+)" target="_blank" rel="noopener noreferrer"', operator.get(f"/admin/orders/{code}").text
    )
    assert found == ([link.format(code=code)] if link else [])
