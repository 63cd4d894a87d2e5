"""What stands between many callers and StepPay. `with_resilience` lists it; each piece is a function around a call and
knows nothing of the others. From the outside in:

`bulkhead`      so many callers may be here; the next is answered at once, so threads stay free for everything else
`SingleFlight`  callers who ask about the same order at the same time share their calls (`singleflight.py`)
`Breaker`       StepPay is left alone for a while after it failed again and again (`breaker.py`)
`timed`         seconds and faults of what is left: real calls of StepPay
`traced`        a span for each, without its code or key
`client`        one GET, repeated once, or one POST, never repeated (`client.py`)

A POST passes the same pieces, and counts with the GETs in bulkhead and breaker; no two callers ever share one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from widget_server.adapters.steppay.breaker import Breaker
from widget_server.adapters.steppay.singleflight import SingleFlight
from widget_server.errors import OrderNotFound, Overloaded, UpstreamError
from widget_server.services.metrics import (
    BREAKER,
    BREAKER_STATES,
    UPSTREAM_FAULTS,
    UPSTREAM_IN_FLIGHT,
    UPSTREAM_REFUSED,
    UPSTREAM_SECONDS,
    UPSTREAM_WAITING,
)
from widget_server.services.ports import Metrics, StepPay, Tracer
from widget_server.services.steppay_call import Body, Call, Deadline, Post, Posting, Request
from widget_server.services.upstream_stats import BreakerState

log = logging.getLogger("widget_server.steppay")

MAX_CALLERS = 1024
"""One limit, and no queue behind it: a caller who has a place is never refused after a wait (docs/decisions/0052)."""

RETRY_SECONDS = 2


@dataclass(frozen=True)
class ResilientStepPay:
    """Implements `ports.StepPay`."""

    call: Call
    post: Post


_Asked = TypeVar("_Asked", bound=Request | Posting)
_Answer = TypeVar("_Answer", bound=Body | None)


def with_resilience(
    client: StepPay,
    metrics: Metrics | None = None,
    tracer: Tracer | None = None,
    *,
    breaker: Breaker | None = None,
    max_callers: int = MAX_CALLERS,
) -> StepPay:
    """For this process: the pieces count in memory. Without `metrics` or `tracer` their pieces are left out."""
    call: Call = client.call
    post: Post = client.post
    if tracer:
        call, post = traced(call, tracer), traced(post, tracer)
    if metrics:
        call, post = timed(call, metrics), timed(post, metrics)
    breaker, places = breaker or counted_breaker(metrics), Places(max_callers)
    call, post = SingleFlight(breaker.around(call)).call, breaker.around(post)
    call, post = bulkhead(call, places), bulkhead(post, places)
    if metrics:
        call, post = count_callers(call, metrics), count_callers(post, metrics)
    return ResilientStepPay(call, post)


def count_callers(
    ask: Callable[[_Asked, Deadline], _Answer], metrics: Metrics
) -> Callable[[_Asked, Deadline], _Answer]:
    """Callers who wait in front of everything, and those who are sent away."""

    def counted(request: _Asked, deadline: Deadline) -> _Answer:
        metrics.add(UPSTREAM_WAITING, 1)
        try:
            return ask(request, deadline)
        except Overloaded:
            metrics.count(UPSTREAM_REFUSED)
            raise
        finally:
            metrics.add(UPSTREAM_WAITING, -1)

    return counted


class Places:
    """How many callers more may be here."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.lock = threading.Lock()


def bulkhead(ask: Callable[[_Asked, Deadline], _Answer], places: Places) -> Callable[[_Asked, Deadline], _Answer]:
    """At most so many callers at the same time; the next gets `errors.Overloaded` at once."""

    def limited(request: _Asked, deadline: Deadline) -> _Answer:
        with places.lock:
            if not places.free:
                log.warning("overloaded")
                raise Overloaded("all places are taken", retry_after_seconds=RETRY_SECONDS)
            places.free -= 1
        try:
            return ask(request, deadline)
        finally:
            with places.lock:
                places.free += 1

    return limited


def timed(ask: Callable[[_Asked, Deadline], _Answer], metrics: Metrics) -> Callable[[_Asked, Deadline], _Answer]:
    def measured(request: _Asked, deadline: Deadline) -> _Answer:
        metrics.add(UPSTREAM_IN_FLIGHT, 1)
        began_at = perf_counter()
        try:
            return ask(request, deadline)
        except UpstreamError as fault:
            metrics.count(UPSTREAM_FAULTS, request.resource, fault.log_code)
            raise
        finally:
            metrics.observe(UPSTREAM_SECONDS, perf_counter() - began_at, request.resource)
            metrics.add(UPSTREAM_IN_FLIGHT, -1)

    return measured


def traced(ask: Callable[[_Asked, Deadline], _Answer], tracer: Tracer) -> Callable[[_Asked, Deadline], _Answer]:
    def spanned(request: _Asked, deadline: Deadline) -> _Answer:
        with tracer.span(f"steppay {request.resource}") as set_attribute:
            try:
                answer = ask(request, deadline)
            except UpstreamError as fault:
                set_attribute("error.type", fault.code)
                raise
            if answer is None and request.resource == "order":
                set_attribute("error.type", OrderNotFound.code)
            return answer

    return spanned


def counted_breaker(metrics: Metrics | None) -> Breaker:
    if metrics is None:
        return Breaker()

    def count(now: BreakerState) -> None:
        for state in BREAKER_STATES:
            metrics.set(BREAKER, int(state == now), state)

    return Breaker(on_state_change=count)
