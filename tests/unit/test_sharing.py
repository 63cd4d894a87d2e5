"""Callers for one order share StepPay's answers, wait no longer than they must, and never get an old answer."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import suppress

import pytest

from tests.support.fake_steppay import Callers, FakeClock, ScriptedStepPay
from widget_server import errors
from widget_server.adapters.steppay.bulkhead import Bulkhead, BulkheadStepPay
from widget_server.adapters.steppay.singleflight import SingleFlightStepPay

CROWD = 200


class Crowd:
    """Everybody verifies one order: the order call, then the receipt call. `joined` counts who is on board."""

    def __init__(self, inner: ScriptedStepPay, number: int = CROWD) -> None:
        self.inner = inner
        self.steppay = SingleFlightStepPay(inner)
        self.barrier = threading.Barrier(number)
        self.callers = Callers(self.verify, number)

    def verify(self, _index: int) -> object:
        exchange = self.steppay.open_exchange()
        flight = self.steppay.join("order_a")  # what get_order does first; then wait until everybody is on board
        self.barrier.wait(30)
        exchange._flight = flight  # type: ignore[attr-defined]
        order = exchange.get_order("order_a")
        return order, exchange.find_receipt(str(order["idKey"]))


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


def test_av_01_a_crash_of_the_leader_hangs_nobody_and_is_seen_once() -> None:
    inner = ScriptedStepPay(order=crash)
    inner.gate.set()
    outcomes = Crowd(inner).callers.start().finish()
    assert [type(outcome) for outcome in outcomes].count(RuntimeError) == 1
    assert [type(outcome) for outcome in outcomes].count(errors.UpstreamUnavailable) == CROWD - 1


def test_av_01_after_a_crash_the_next_caller_asks_again() -> None:
    inner = ScriptedStepPay(order=crash)
    inner.gate.set()
    steppay = SingleFlightStepPay(inner)
    with pytest.raises(RuntimeError):
        steppay.open_exchange().get_order("order_a")
    inner.order = dict
    assert steppay.open_exchange().get_order("order_a") == {}


def test_av_01_nobody_waits_longer_than_the_budget_for_a_leader_that_hangs() -> None:
    inner, clock = ScriptedStepPay(), FakeClock()
    steppay = SingleFlightStepPay(inner, budget_seconds=8.0, clock=clock)
    leader = Callers(lambda _: steppay.open_exchange().get_order("order_a"), 1).start()
    assert inner.arrived.acquire(timeout=30)
    exchange = steppay.open_exchange()
    clock.now += 8.0
    with pytest.raises(errors.UpstreamTimeout):
        exchange.get_order("order_a")
    inner.gate.set()
    assert leader.finish() == [{"idKey": "key1"}]
    assert inner.asked == ["order order_a"]


def test_av_04_a_caller_never_gets_an_answer_from_before_it_asked() -> None:
    inner = ScriptedStepPay(order=lambda: {"idKey": "key1", "paid": False})
    inner.gate.set()
    steppay = SingleFlightStepPay(inner)
    first = steppay.open_exchange()
    assert first.get_order("order_a")["paid"] is False
    inner.order = lambda: {"idKey": "key1", "paid": True}
    assert steppay.open_exchange().get_order("order_a")["paid"] is True
    assert first.find_receipt("key1") == {"paymentStatus": "COMPLETE"}
    assert inner.asked == ["order order_a", "order order_a", "receipt key1"]


def test_a_second_look_asks_steppay_a_second_time() -> None:
    orders = iter(({"n": 1}, {"n": 2}))
    inner = ScriptedStepPay(order=lambda: next(orders))
    inner.gate.set()
    exchange = SingleFlightStepPay(inner).open_exchange()
    assert [exchange.get_order("order_a")["n"] for _ in range(2)] == [1, 2]


def test_orders_are_not_mixed_up() -> None:
    inner = ScriptedStepPay()
    steppay = SingleFlightStepPay(inner)
    callers = Callers(lambda index: steppay.open_exchange().get_order(f"order_{index}"), 8).start()
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
    steppay = SingleFlightStepPay(inner)
    told = [weakref.ref(steppay.open_exchange().get_order(f"order_{index}")) for index in range(20)]
    gc.collect()
    assert [answer for answer in told if answer() is not None] == []


def test_an_order_that_nobody_shares_is_forgotten_before_its_receipt_is_asked_for() -> None:
    class Told(dict[str, object]):
        """A weak reference can follow it, which a plain dict does not allow."""

    def find_receipt() -> dict[str, object]:
        gc.collect()
        return {"left": [one for one in told if one() is not None]}

    inner = ScriptedStepPay(order=Told, receipt=find_receipt)
    inner.gate.set()
    exchange, told = SingleFlightStepPay(inner).open_exchange(), []
    for _look in range(2):
        told.append(weakref.ref(exchange.get_order("order_a")))
        assert exchange.find_receipt("key1") == {"left": []}


def test_a_full_house_answers_at_once_and_frees_its_places_again() -> None:
    inner = ScriptedStepPay()
    steppay = BulkheadStepPay(inner, 3)
    callers = Callers(lambda index: steppay.open_exchange().get_order(f"order_{index}"), 3).start()
    for _ in range(3):
        assert inner.arrived.acquire(timeout=30)
    with pytest.raises(errors.Overloaded) as refused:
        steppay.open_exchange().get_order("order_x")
    assert refused.value.retry_after_seconds
    with pytest.raises(errors.Overloaded):
        steppay.open_exchange().find_receipt("key1")
    assert len(inner.asked) == 3
    inner.order = crash
    inner.gate.set()
    assert [type(outcome) for outcome in callers.finish()] == [RuntimeError] * 3
    inner.order = dict
    assert steppay.open_exchange().get_order("order_x") == {}


def test_a_crowd_waits_for_places_and_each_is_served_in_its_turn() -> None:
    inner = ScriptedStepPay()
    steppay = BulkheadStepPay(inner, 3, wait_seconds=60)
    callers = Callers(lambda index: steppay.open_exchange().get_order(f"order_{index}"), 40).start()
    for _ in range(3):
        assert inner.arrived.acquire(timeout=30)
    assert len(inner.asked) == 3
    inner.gate.set()
    assert callers.finish() == [inner.order()] * 40
    assert len(inner.asked) == 40


def test_who_waited_in_vain_is_told_so_and_keeps_no_place() -> None:
    places = Bulkhead(1, wait_seconds=0.01)
    with places:
        for _ in range(3):
            with pytest.raises(errors.Overloaded), places:
                raise AssertionError("there is no place")
    with places:
        pass


def test_places_are_neither_lost_nor_made_up_while_waiting_ends_and_places_come_back_at_once() -> None:
    places, inside, most = Bulkhead(2, wait_seconds=0.0002), threading.Semaphore(2), []

    def come_and_go(_index: int) -> str:
        for _ in range(300):
            with suppress(errors.Overloaded), places:
                most.append(inside.acquire(blocking=False))
                threading.Event().wait(0.0002)
                inside.release()
        return "done"

    assert Callers(come_and_go, 8).start().finish() == ["done"] * 8
    assert all(most)
    with places, places, pytest.raises(errors.Overloaded), places:
        raise AssertionError("there is no third place")
