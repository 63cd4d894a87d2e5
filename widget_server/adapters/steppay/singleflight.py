"""Callers who ask about the same order at the same time share their calls of StepPay.

Shared are StepPay's answers, never a verdict: each caller comes with a claim of its own. Nothing is kept. A caller
joins only while the order call is on its way, so every answer it gets arrived after it asked: an unpaid answer is
never handed to a caller who comes later. See docs/decisions/0011.
"""

from __future__ import annotations

import threading

from widget_server.errors import UpstreamError, UpstreamTimeout, UpstreamUnavailable
from widget_server.services.steppay_call import Body, Call, Deadline, Request


class SingleFlight:
    """`call` is `ask`, made once for all who share it; each waits for another's call until its own deadline."""

    def __init__(self, ask: Call) -> None:
        self._ask = ask
        self._joinable: dict[str, _Group] = {}
        self._lock = threading.Lock()

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        opens = request.resource == "order" and request.look == 1  # a second look goes on with those of the first
        if deadline.group is None and not opens:
            return self._ask(request, deadline)  # shares with no other caller
        with self._lock:
            if opens:
                deadline.group = self._joinable.setdefault(request.order_code, _Group())
                deadline.group.callers += 1
            calls: dict[Request, _SharedCall] = deadline.group.calls
            shared = calls.get(request)
            call = shared or calls.setdefault(request, _SharedCall())
        return call.follow(deadline) if shared else self._lead(call, request, deadline, opens=opens)

    def _lead(self, call: _SharedCall, request: Request, deadline: Deadline, *, opens: bool) -> Body | None:
        try:
            call.answer = self._ask(request, deadline)
            call.fault = None
        except UpstreamError as fault:
            call.fault = _copy(fault)
            raise
        finally:  # after a bug too: it is seen here, and must not leave the others waiting
            if opens:
                self._close(request, deadline)
            call.on_its_way.release()
        return call.answer

    def _close(self, request: Request, deadline: Deadline) -> None:
        """From now on no caller may join. Where none did, the answer is given up: it holds personal data and 20 KB."""
        with self._lock:
            del self._joinable[request.order_code]
            if deadline.group.callers == 1:
                deadline.group = None


class _Group:
    """Verifications that share their calls."""

    def __init__(self) -> None:
        self.callers = 0
        self.calls: dict[Request, _SharedCall] = {}


class _SharedCall:
    """A call and what it brought. It is on its way while its lock is held: a bare lock, because almost every caller is
    alone and should pay nothing for sharing."""

    def __init__(self) -> None:
        self.answer: Body | None = None
        self.fault: UpstreamError | None = _NOT_COMPLETED
        self.on_its_way = threading.Lock()
        self.on_its_way.acquire()

    def follow(self, deadline: Deadline) -> Body | None:
        if not self.on_its_way.acquire(timeout=deadline.seconds_left()):
            raise UpstreamTimeout("StepPay did not answer in time")
        self.on_its_way.release()
        if self.fault is not None:
            raise _copy(self.fault)
        return self.answer


_NOT_COMPLETED = UpstreamUnavailable("the call was not completed")


def _copy(fault: UpstreamError) -> UpstreamError:
    """One exception is not raised in many threads."""
    return type(fault)(fault.detail, retry_after_seconds=fault.retry_after_seconds)
