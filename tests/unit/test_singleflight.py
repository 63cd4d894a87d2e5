"""Callers for one order share StepPay's answers, wait no longer than they must, and never get an old answer."""

from __future__ import annotations

import gc
import itertools
import threading
import weakref
from contextlib import suppress
from typing import Any

import pytest

from tests.support.fake_steppay import SECONDS, Answer, Callers, FakeClock, ScriptedStepPay
from widget_server import errors
from widget_server.adapters.steppay.resilience import Places, bulkhead
from widget_server.adapters.steppay.singleflight import SingleFlight
from widget_server.services.steppay_call import Call, Deadline, Request

CROWD = 200


class Crowd:
    """All verify one order: the order call, then the receipt call. The first order call waits until all others wait for
    it: that is when they look at their deadline's clock."""

    def __init__(self, inner: ScriptedStepPay, number: int = CROWD) -> None:
        self.inner, self.number = inner, number
        self.waiting = threading.Semaphore(0)
        self.call = SingleFlight(self.held).call
        self.callers = Callers(self.verify, number)

    def verify(self, _index: int) -> object:
        deadline = Deadline(SECONDS, self.looked_at)
        order = self.call(Request("order", "order_a"), deadline)
        assert order
        return order, self.call(Request("receipt", "order_a", str(order["idKey"])), deadline)

    def looked_at(self) -> float:
        self.waiting.release()
        return 0.0

    def held(self, request: Request, deadline: Deadline) -> Answer | None:
        for _ in range(0 if self.inner.asked else self.number - 1):
            assert self.waiting.acquire(timeout=SECONDS)
        return self.inner.call(request, deadline)


def ask(call: Call, code: str = "order_a", deadline: Deadline | None = None, look: int = 1) -> Any:
    return call(Request("order", code, look=look), deadline or Deadline.after(SECONDS))


def ask_receipt(call: Call, deadline: Deadline | None = None, look: int = 1) -> Any:
    return call(Request("receipt", "order_a", "key1", look), deadline or Deadline.after(SECONDS))


def test_av_01_two_hundred_callers_cost_one_order_call_and_one_receipt_call() -> None:
    inner = ScriptedStepPay()
    inner.gate.set()
    outcomes = Crowd(inner).callers.start().finish()
    assert inner.asked == ["order order_a", "receipt key1"]
    assert outcomes == [({"idKey": "key1"}, {"paymentStatus": "COMPLETE"})] * CROWD


def refuse() -> dict[str, object]:
    raise errors.UpstreamRateLimited("wait", retry_after_seconds=7)


def crash() -> dict[str, object]:
    raise RuntimeError("a bug of ours")


def test_av_01_a_fault_reaches_everybody_as_the_same_kind_of_fault() -> None:
    inner = ScriptedStepPay(order=refuse)
    inner.gate.set()
    outcomes = Crowd(inner).callers.start().finish()
    assert {(type(outcome), getattr(outcome, "retry_after_seconds", 0)) for outcome in outcomes} == {
        (errors.UpstreamRateLimited, 7)
    }
    assert len({id(outcome) for outcome in outcomes}) == CROWD


def test_av_01_a_crash_of_the_leader_blocks_no_follower_and_is_seen_once() -> None:
    inner = ScriptedStepPay(order=crash)
    inner.gate.set()
    outcomes = Crowd(inner).callers.start().finish()
    assert [type(outcome) for outcome in outcomes].count(RuntimeError) == 1
    assert [type(outcome) for outcome in outcomes].count(errors.UpstreamUnavailable) == CROWD - 1


def test_av_01_after_a_crash_the_next_caller_asks_again() -> None:
    inner = ScriptedStepPay(order=crash)
    inner.gate.set()
    call = SingleFlight(inner.call).call
    with pytest.raises(RuntimeError):
        ask(call)
    inner.order = dict
    assert ask(call) == {}


def test_av_01_no_follower_waits_longer_than_the_deadline_for_a_leader_that_hangs() -> None:
    inner, clock = ScriptedStepPay(), FakeClock()
    call = SingleFlight(inner.call).call
    leader = Callers(lambda _: ask(call), 1).start()
    assert inner.arrived.acquire(timeout=30)
    deadline = Deadline.after(8.0, clock)
    clock.now += 8.0
    with pytest.raises(errors.UpstreamTimeout):
        ask(call, deadline=deadline)
    inner.gate.set()
    assert leader.finish() == [{"idKey": "key1"}]
    assert inner.asked == ["order order_a"]


def test_av_04_a_caller_never_gets_an_answer_from_before_it_asked() -> None:
    inner = ScriptedStepPay(order=lambda: {"idKey": "key1", "paid": False})
    inner.gate.set()
    call = SingleFlight(inner.call).call
    first = Deadline.after(SECONDS)
    assert ask(call, deadline=first)["paid"] is False
    inner.order = lambda: {"idKey": "key1", "paid": True}
    assert ask(call)["paid"] is True
    assert ask_receipt(call, first) == {"paymentStatus": "COMPLETE"}
    assert inner.asked == ["order order_a", "order order_a", "receipt key1"]


def test_a_second_look_asks_steppay_a_second_time() -> None:
    orders = iter(({"n": 1}, {"n": 2}))
    inner = ScriptedStepPay(order=lambda: next(orders))
    inner.gate.set()
    call, deadline = SingleFlight(inner.call).call, Deadline.after(SECONDS)
    assert [ask(call, deadline=deadline, look=look)["n"] for look in (1, 2)] == [1, 2]


def test_those_who_share_the_first_look_share_the_second_and_get_no_answer_of_the_first() -> None:
    orders, receipts = iter(({"idKey": "key1"}, {"n": 2})), iter(({"r": 1}, {"r": 2}))
    inner = ScriptedStepPay(order=lambda: next(orders), receipt=lambda: next(receipts))
    inner.gate.set()
    crowd = Crowd(inner, 8)

    def look_twice(_index: int) -> object:
        deadline = Deadline(SECONDS, crowd.looked_at)
        first = ask(crowd.call, deadline=deadline), ask_receipt(crowd.call, deadline)
        return *first, ask(crowd.call, deadline=deadline, look=2), ask_receipt(crowd.call, deadline, look=2)

    assert Callers(look_twice, 8).start().finish() == [({"idKey": "key1"}, {"r": 1}, {"n": 2}, {"r": 2})] * 8


def test_a_deadline_that_is_used_again_gets_no_old_answer() -> None:
    numbers = itertools.count()
    inner = ScriptedStepPay(order=lambda: {"n": next(numbers)})
    inner.gate.set()
    crowd = Crowd(inner, 2)

    def ask_twice(_index: int) -> bool:
        deadline = Deadline(SECONDS, crowd.looked_at)
        return ask(crowd.call, deadline=deadline) == {"n": 0} != ask(crowd.call, deadline=deadline)

    assert Callers(ask_twice, 2).start().finish() == [True, True]


def test_orders_are_not_mixed_up() -> None:
    inner = ScriptedStepPay()
    call = SingleFlight(inner.call).call
    callers = Callers(lambda index: ask(call, f"order_{index}"), 8).start()
    for _ in range(8):
        assert inner.arrived.acquire(timeout=30)
    inner.gate.set()
    callers.finish()
    assert sorted(inner.asked) == [f"order order_{index}" for index in range(8)]


def test_nothing_is_kept_when_all_have_their_answer() -> None:
    class Told(dict[str, object]):
        """A weak reference can follow it, which a plain dict does not allow."""

    inner = ScriptedStepPay(order=Told)
    inner.gate.set()
    call = SingleFlight(inner.call).call
    told = [weakref.ref(ask(call, f"order_{index}")) for index in range(20)]
    gc.collect()
    assert [answer for answer in told if answer() is not None] == []


def test_an_order_without_followers_is_dropped_before_its_receipt_is_asked_for() -> None:
    class Told(dict[str, object]):
        """A weak reference can follow it, which a plain dict does not allow."""

    def find_receipt() -> dict[str, object]:
        gc.collect()
        return {"left": [one for one in told if one() is not None]}

    inner = ScriptedStepPay(order=Told, receipt=find_receipt)
    inner.gate.set()
    call, deadline, told = SingleFlight(inner.call).call, Deadline.after(SECONDS), []
    for look in (1, 2):
        told.append(weakref.ref(ask(call, deadline=deadline, look=look)))
        assert ask_receipt(call, deadline, look) == {"left": []}


def test_a_full_house_answers_at_once_and_frees_its_places_again() -> None:
    inner = ScriptedStepPay()
    call = bulkhead(inner.call, Places(3))
    callers = Callers(lambda index: ask(call, f"order_{index}"), 3).start()
    for _ in range(3):
        assert inner.arrived.acquire(timeout=30)
    with pytest.raises(errors.Overloaded) as refused:
        ask(call, "order_x")
    assert refused.value.retry_after_seconds
    with pytest.raises(errors.Overloaded):
        ask_receipt(call)
    assert len(inner.asked) == 3
    inner.order = crash
    inner.gate.set()
    assert [type(outcome) for outcome in callers.finish()] == [RuntimeError] * 3
    inner.order = dict
    assert ask(call, "order_x") == {}


def test_places_are_neither_lost_nor_made_up_while_they_are_taken_and_come_back_at_once() -> None:
    inside, most = threading.Semaphore(2), []

    def come_and_go(_request: Request, _deadline: Deadline) -> None:
        most.append(inside.acquire(blocking=False))
        threading.Event().wait(0.0002)
        inside.release()

    call = bulkhead(come_and_go, Places(2))

    def ask_often(_index: int) -> str:
        for _ in range(300):
            with suppress(errors.Overloaded):
                ask(call)
        return "done"

    assert Callers(ask_often, 8).start().finish() == ["done"] * 8
    assert all(most)
    assert [inside.acquire(blocking=False) for _ in range(3)] == [True, True, False]
