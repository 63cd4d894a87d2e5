"""The circuit breaker leaves StepPay alone when it is down, and finds out with one call when it is back."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.support.fake_steppay import SECONDS, Callers, FakeClock, ScriptedStepPay
from widget_server import errors
from widget_server.adapters.steppay.breaker import Breaker
from widget_server.services.steppay_call import Deadline, Request

FAILURES = 3
OPEN_SECONDS = 10.0


class Stage:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.inner = ScriptedStepPay()
        self.inner.gate.set()
        self.breaker = Breaker(failures_to_open=FAILURES, open_seconds=OPEN_SECONDS, clock=self.clock)
        self.call = self.breaker.around(self.inner.call)
        self.numbers = itertools.count()

    def ask(self, _index: int = 0, order_code: str | None = None) -> object:
        """About a new order each time: failures about one and the same order count once."""
        request = Request("order", order_code or f"order_{next(self.numbers)}")
        return self.call(request, Deadline.after(SECONDS))

    def fail(self, fault: Exception, times: int = 1) -> None:
        self.inner.order = raising(fault)
        for _ in range(times):
            with pytest.raises(type(fault)):
                self.ask()

    def recover(self) -> None:
        self.inner.order = lambda: {}

    def opened(self) -> Stage:
        self.fail(errors.UpstreamTimeout(), FAILURES)
        self.inner.asked.clear()
        return self


def no_answer(_request: Request, _deadline: Deadline) -> dict[str, object]:
    raise errors.UpstreamTimeout


def raising(fault: Exception) -> Callable[[], dict[str, object]]:
    def answer() -> dict[str, object]:
        raise fault

    return answer


@pytest.mark.parametrize("fault", [errors.UpstreamUnavailable(), errors.UpstreamTimeout()], ids=repr)
def test_av_05_the_circuit_opens_after_failures_in_a_row_and_then_answers_without_a_call(fault: Exception) -> None:
    stage = Stage()
    stage.fail(fault, FAILURES - 1)
    assert stage.breaker.state == "closed"
    stage.fail(fault)
    assert stage.breaker.state == "open"
    asked = len(stage.inner.asked)
    with pytest.raises(errors.UpstreamUnavailable) as refused:
        stage.ask()
    assert refused.value.retry_after_seconds == OPEN_SECONDS
    assert len(stage.inner.asked) == asked


@pytest.mark.parametrize(
    "answer",
    [
        errors.UpstreamAuthError(),
        errors.UpstreamRateLimited(),
        errors.UpstreamBadResponse(),
        errors.Overloaded(),
        ValueError("a bug of ours"),
    ],
    ids=repr,
)
def test_av_05_what_steppay_answers_never_opens_the_circuit(answer: Exception) -> None:
    stage = Stage()
    stage.fail(answer, FAILURES * 2)
    assert stage.breaker.state == "closed"


def test_av_05_one_answer_forgets_the_failures_before_it() -> None:
    stage = Stage()
    for _ in range(3):
        stage.fail(errors.UpstreamTimeout(), FAILURES - 1)
        stage.inner.order = lambda: None
        assert stage.ask() is None
    assert stage.breaker.state == "closed"


def test_av_05_exactly_one_probe_goes_out_however_many_ask() -> None:
    stage = Stage().opened()
    stage.recover()
    stage.clock.now += OPEN_SECONDS
    stage.inner.gate.clear()
    probe = Callers(stage.ask, 1).start()
    assert stage.inner.arrived.acquire(timeout=30)
    refused = Callers(stage.ask, 20).start().finish()
    assert all(isinstance(outcome, errors.UpstreamUnavailable) for outcome in refused)
    assert stage.breaker.state == "half-open"
    stage.inner.gate.set()
    assert probe.finish() == [{}]
    assert len(stage.inner.asked) == 1
    assert stage.breaker.state == "closed"
    assert stage.ask() == {}


def test_av_05_a_stampede_at_the_moment_of_the_probe_is_still_one_call() -> None:
    stage = Stage().opened()
    stage.recover()
    stage.clock.now += OPEN_SECONDS
    stage.inner.gate.clear()
    crowd = Callers(stage.ask, 30).start()
    for _ in range(29):
        assert crowd.ended.acquire(timeout=30)
    stage.inner.gate.set()
    assert crowd.finish().count({}) == 1
    assert len(stage.inner.asked) == 1


@pytest.mark.parametrize("outcome", [errors.UpstreamTimeout(), ValueError("a bug of ours")], ids=repr)
def test_av_05_a_probe_without_an_answer_opens_for_the_whole_time_again(outcome: Exception) -> None:
    stage = Stage().opened()
    stage.clock.now += OPEN_SECONDS
    stage.fail(outcome)
    assert stage.breaker.state == "open"
    stage.clock.now += OPEN_SECONDS - 0.5
    with pytest.raises(errors.UpstreamUnavailable):
        stage.ask()
    assert len(stage.inner.asked) == 1
    stage.recover()
    stage.clock.now += 0.5
    assert stage.ask() == {}
    assert stage.breaker.state == "closed"


@pytest.mark.parametrize("answer", [None, errors.UpstreamRateLimited(), errors.UpstreamAuthError()], ids=repr)
def test_av_05_a_probe_that_is_answered_closes_the_circuit_whatever_the_answer(answer: Exception | None) -> None:
    stage = Stage().opened()
    stage.clock.now += OPEN_SECONDS
    if answer is None:
        stage.inner.order = lambda: None
        assert stage.ask() is None
    else:
        stage.fail(answer)
    assert stage.breaker.state == "closed"


@pytest.mark.parametrize("late", [errors.UpstreamTimeout(), None], ids=repr)
def test_av_05_a_call_from_before_the_outage_neither_closes_nor_prolongs_it(late: Exception | None) -> None:
    stage = Stage()
    stage.inner.gate.clear()
    old = Callers(stage.ask, 1).start()
    assert stage.inner.arrived.acquire(timeout=30)
    newer = stage.breaker.around(no_answer)
    for number in range(FAILURES):
        with pytest.raises(errors.UpstreamTimeout):
            newer(Request("order", f"newer_{number}"), Deadline.after(SECONDS))
    stage.clock.now += OPEN_SECONDS / 2
    stage.inner.order = raising(late) if late else dict
    stage.inner.gate.set()
    old.finish()
    assert stage.breaker.state == "open"
    stage.clock.now += OPEN_SECONDS / 2
    stage.recover()
    assert stage.ask() == {}


def test_the_circuit_lets_calls_go_out_side_by_side() -> None:
    stage = Stage()
    stage.inner.gate.clear()
    callers = Callers(stage.ask, 8).start()
    for _ in range(8):
        assert stage.inner.arrived.acquire(timeout=30), "a call waits for another one"
    stage.inner.gate.set()
    assert len(callers.finish()) == 8


def test_a_receipt_is_watched_like_an_order() -> None:
    stage = Stage()
    stage.inner.receipt = raising(errors.UpstreamTimeout())
    codes = [f"order_{number}" for number in range(FAILURES)]
    for code in codes:
        stage.ask(order_code=code)
    for code in codes:
        with pytest.raises(errors.UpstreamTimeout):
            stage.call(Request("receipt", code, "key1"), Deadline.after(SECONDS))
    assert stage.breaker.state == "open"


def test_one_order_on_which_steppay_breaks_does_not_block_the_others() -> None:
    stage = Stage()
    stage.inner.order = raising(errors.UpstreamUnavailable())
    for _ in range(FAILURES * 3):
        with pytest.raises(errors.UpstreamUnavailable):
            stage.ask(order_code="order_poison")
    assert stage.breaker.state == "closed"
    stage.recover()
    assert stage.ask() == {}
