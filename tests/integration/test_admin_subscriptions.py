"""The operator's pages of subscriptions: what StepPay last said, the orders, and a new question."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.test_subscriptions import Member, member
from tests.support.admin_client import Operator, table, words
from tests.support.app_fixture import FakeStepPay, World
from tests.support.job_helpers import work
from tests.support.merchant import verify

__all__ = ["member"]


def test_a_subscription_has_a_page_with_its_state_and_its_orders(
    keyed: World, member: Member, steppay: FakeStepPay
) -> None:
    code = member.buys(steppay)
    verify(keyed, code)
    operator = Operator(keyed, keyed.client)
    operator.sign_in()
    address = f"/admin/subscriptions/{member.number}"
    assert "확인 전" in words(operator.get(address).text)
    work(keyed)
    listed = operator.get("/admin/subscriptions").text
    assert table(listed, "list") == [["12:16:00", str(member.number), "이용 중 이용 권한: 있음", "2026-12-23"]]
    page = operator.get(address).text
    assert table(page, "orders")[0][1:3] == [code, "결제 완료 payment_complete"]
    assert "이용 권한 (마지막 확인 기준) 있음 현재 기간 종료 2026-12-23 12:16:00 KST" in words(page)
    assert "CANARY" not in page + listed
    assert f'href="{address}"' in operator.get(f"/admin/orders/{code}").text


def test_check_now_shows_what_became_of_it(keyed: World, member: Member, steppay: FakeStepPay) -> None:
    verify(keyed, member.buys(steppay))
    work(keyed)
    operator = Operator(keyed, keyed.client)
    operator.sign_in()
    address = f"/admin/subscriptions/{member.number}"
    keyed.clock.pass_by(timedelta(minutes=1))
    for status, down, said in (
        ("UNPAID", False, "미납"),
        ("ACTIVE", True, "응답하지 않습니다"),
        ("CANCELED", False, "종료되어 확인하지 않음"),
    ):
        member.status, member.down = status, down
        answer = operator.post(f"{address}/check", token=operator.token())
        assert answer.status_code == 303
        assert said in words(operator.get(answer.headers["Location"]).text)
    for unknown in ("987654", "x", "9" * 30):
        assert operator.get(f"/admin/subscriptions/{unknown}").status_code == 404
