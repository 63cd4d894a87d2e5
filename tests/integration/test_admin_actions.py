"""What an operator can do: ask StepPay now, and send a message again after a question where it has arrived."""

from __future__ import annotations

import re

from sqlalchemy import select

from tests.support.admin_client import Operator, signed_in
from tests.support.app_fixture import COMPLETE, PAID, FakeStepPay, World
from tests.support.error_scenarios import Refusing
from tests.support.job_helpers import FakeMerchant, work
from tests.support.merchant import verify
from widget_server.adapters.store.tables import deliveries, jobs
from widget_server.errors import UpstreamUnavailable


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
