"""Time-outs, retries, followers, a full queue, an open breaker and a broken network run into each other, thousands of
times: no caller ever gets another order's answer, and everything is given back."""

from __future__ import annotations

import random
import threading
from collections import Counter

import pytest

from tests.support.chaotic_upstream import ORDERS, ChaoticUpstream, key_of
from tests.support.fake_steppay import Callers
from tests.support.steppay_calls import TOKEN
from widget_server import errors
from widget_server.adapters.steppay.breaker import Breaker
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.steppay.transport import Transport, open_transport
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import Deadline, Request

pytestmark = pytest.mark.usefixtures("each_adapter")

CALLERS = 24
ROUNDS = 100
MAX_CALLERS = 20
BUDGET_SECONDS = 0.15
OPEN_SECONDS = 0.02
PAUSE_SECONDS = 0.02
CODES = [f"order_{number:04d}" for number in range(30)]
"""Few, so that callers meet; more than `CALLERS`, so that they also pass each other."""


def steppay_with_tight_limits(url: str, transport: Transport, breaker: Breaker) -> StepPay:
    pause = random.Random(7)
    client = StepPayClient(
        transport, secret_token=TOKEN, api_url=url, jitter=lambda low, high: pause.uniform(low, high) / 50
    )
    return with_resilience(client, breaker=breaker, max_callers=MAX_CALLERS)


def verify(steppay: StepPay, code: str, seconds: float = 60) -> str:
    """What a verification asks. Gives a word for how it ended; a foreign answer or a secret in a fault is an error."""
    deadline = Deadline.after(seconds)
    try:
        order = steppay.call(Request("order", code), deadline)
        if order is None:
            return "unknown"
        assert (order["orderCode"], order["idKey"]) == (code, key_of(code)), "the order of another caller"
        receipt = steppay.call(Request("receipt", code, key_of(code)), deadline)
        assert receipt is None or receipt == {"idKey": key_of(code)}, "the receipt of another caller"
    except errors.UpstreamError as fault:
        assert_says_nothing(fault)
        return fault.code
    return "answered"


def verify_with_patience(steppay: StepPay, code: str) -> str:
    """`verify`, and a pause for a caller who was sent away: an open breaker must not use up all rounds."""
    outcome = verify(steppay, code, BUDGET_SECONDS)
    if outcome in {"overloaded", "upstream_unavailable"}:
        threading.Event().wait(PAUSE_SECONDS)
    return outcome


def assert_says_nothing(fault: BaseException) -> None:
    assert fault.__cause__ is None
    assert fault.__context__ is None
    assert_no_secret(f"{fault} {fault!r} {vars(fault)}")


def assert_no_secret(text: str) -> None:
    assert not any(secret in text for secret in (TOKEN, "canary", "127.0.0.1", ORDERS))


@pytest.mark.parametrize("seed", [20261129, 15])
def test_in_the_worst_weather_every_caller_gets_its_own_answer_or_a_fault(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    states: list[str] = []
    breaker = Breaker(failures_to_open=5, open_seconds=OPEN_SECONDS, on_state_change=states.append)
    transport = open_transport()
    with ChaoticUpstream(seed, BUDGET_SECONDS) as upstream:
        steppay = steppay_with_tight_limits(upstream.url, transport, breaker)

        def ask_again_and_again(index: int) -> object:
            chance = random.Random(f"{seed} {index}")
            return Counter(verify_with_patience(steppay, chance.choice(CODES)) for _ in range(ROUNDS))

        ended = Callers(ask_again_and_again, CALLERS).start().finish()
        assert_all_met(ended, upstream)
        assert {*states} == {"closed", "open", "half-open"}
        assert_no_secret(caplog.text.replace("test_no_mixed_answers", ""))
        calm_down(upstream, steppay, breaker)
        assert_places_are_all_free(upstream, steppay)
        transport.close()
        assert upstream.wait_until_all_closed(), "a connection was not given back"


def assert_all_met(ended: list[object], upstream: ChaoticUpstream) -> None:
    """Every caller came through all its rounds, and what the test is about did happen."""
    assert all(isinstance(one, Counter) for one in ended), ended
    how = sum((one for one in ended if isinstance(one, Counter)), Counter[str]())
    assert how.total() == CALLERS * ROUNDS
    wanted = {"answered", "upstream_timeout", "upstream_unavailable", "upstream_bad_response", "overloaded"}
    assert wanted <= how.keys(), how
    assert {"late", "silent", "drip", "drops_when_idle", "surplus", "reset_in_body"} <= upstream.seen.keys()
    assert upstream.asked.total() < 2 * how["answered"] + how.total(), "nothing was shared"


def calm_down(upstream: ChaoticUpstream, steppay: StepPay, breaker: Breaker) -> None:
    """One answer closes the breaker; nothing of before keeps it open."""
    upstream.calm = True
    for _ in range(1000):
        if verify(steppay, CODES[0]) == "answered":
            break
        threading.Event().wait(OPEN_SECONDS)
    assert breaker.state == "closed"


def assert_places_are_all_free(upstream: ChaoticUpstream, steppay: StepPay) -> None:
    """As many callers as there are places are on their way at once, and not one more."""
    while upstream.arrived.acquire(blocking=False):
        pass
    upstream.gate.clear()
    callers = Callers(lambda index: verify(steppay, CODES[index]), MAX_CALLERS).start()
    for _ in range(MAX_CALLERS):
        assert upstream.arrived.acquire(timeout=30)
    assert verify(steppay, "order_more") == "overloaded"
    upstream.gate.set()
    assert {*callers.finish()} == {"answered"}
