"""Changes at the wrong moment and a database in trouble: the check is made, or no answer says paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.app_fixture import FakeStepPay, World
from tests.support.merchant import MORE, WON, bind, show, verify
from widget_server.errors import StorageError
from widget_server.services.steppay_call import Deadline, Request


class Meddling:
    """A StepPay that lets something happen while it is being asked."""

    def __init__(self, steppay: Any, happen: Callable[[], object]) -> None:
        self._steppay, self._happen = steppay, happen

    def call(self, request: Request, deadline: Deadline) -> Any:
        self._happen()
        return self._steppay.call(request, deadline)


@pytest.mark.parametrize("before", [None, WON])
def test_a_change_while_steppay_is_asked_is_not_missed(
    keyed: World, steppay: FakeStepPay, before: dict[str, object] | None
) -> None:
    code = steppay.paid()
    if before:
        bind(keyed, code, before)
    client = keyed.with_deps(steppay=Meddling(keyed.deps.steppay, lambda: bind(keyed, code, MORE)))
    body = client.post("/v1/verify", json={"orderCode": code}).json
    assert (body["verdict"], body["reason"]) == ("mismatch", "amount_mismatch")


class Troubled:
    """The real store, of which some methods do not answer or say what they are told to say."""

    def __init__(self, store: Any, **answers: Any) -> None:
        self._store, self._answers = store, answers

    def __getattr__(self, name: str) -> Any:
        if name not in self._answers:
            return getattr(self._store, name)
        return lambda *_arguments: _give(self._answers[name])


def _give(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def test_an_expectation_that_never_holds_still_is_unknown(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    client = keyed.with_deps(expectations=Troubled(keyed.deps.expectations, settle=False))
    assert_unknown(client.post("/v1/verify", json={"orderCode": code}))
    assert steppay.calls().count(f"/api/v1/orders/{code}") == 2


def assert_unknown(answer: Any) -> None:
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json["code"] == answer.json["reason"] == "storage_unavailable"
    assert (answer.json["verdict"], answer.json["fulfill"], answer.json["final"]) == ("unknown", False, False)
    assert answer.headers["Retry-After"] == str(answer.json["retryAfter"])


@pytest.mark.parametrize("expected", [None, WON, MORE], ids=["none", "right", "wrong"])
def test_no_verdict_is_paid_while_the_expectation_cannot_be_read(
    keyed: World, steppay: FakeStepPay, expected: dict[str, object] | None
) -> None:
    code = steppay.paid()
    if expected:
        bind(keyed, code, expected)
    checkout = keyed.create_checkout(code)
    steppay.forget_calls()
    keyed.break_storage()
    assert_unknown(verify(keyed, code, status="success"))
    assert_unknown(show(keyed, code, "?refresh=1"))
    page = keyed.client.get(f"/v1/return/{checkout}?order_code={code}&status=success")
    assert page.status_code == 503
    assert "결제가 완료되었습니다" not in page.text
    assert steppay.calls() == []


def test_the_return_page_says_do_not_pay_again_when_only_the_expectation_is_out_of_reach(
    keyed: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    checkout = keyed.create_checkout(code)
    client = keyed.with_deps(expectations=Troubled(keyed.deps.expectations, find=StorageError("gone")))
    page = client.get(f"/v1/return/{checkout}?order_code={code}&status=error")
    assert page.status_code == 503
    assert "다시 결제하지 마세요" in page.text
    assert 'http-equiv="refresh"' in page.text


def test_av_07_a_check_that_was_made_counts_even_if_it_cannot_be_noted(
    keyed: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.paid()
    bind(keyed, code)
    client = keyed.with_deps(expectations=Troubled(keyed.deps.expectations, settle=StorageError("read-only")))
    assert client.post("/v1/verify", json={"orderCode": code}).json["verdict"] == "paid"
    assert f"expectation_not_settled order={code} recorded=false" in caplog.text


def test_av_07_a_server_without_api_key_answers_without_its_database(world: World, steppay: FakeStepPay) -> None:
    world.break_storage()
    assert verify(world, steppay.paid()).json["verdict"] == "paid"


def test_a_database_that_is_down_refuses_the_binding_so_that_the_backend_tries_again(keyed: World) -> None:
    keyed.break_storage()
    answer = bind(keyed, "order_a")
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "storage_unavailable", "3")
