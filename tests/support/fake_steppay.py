"""A StepPay whose answers a test holds back, lets go or breaks, and that counts how it is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from widget_server.services.steppay_call import Deadline, Posting, Request

SECONDS = 30
"""Far more than any step takes; only a hanging test meets it."""
Answer = Mapping[str, object]


@dataclass
class FakeClock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class ScriptedStepPay:
    """`order` and `receipt` give the answers or raise; while `gate` is not set every call waits for it."""

    order: Callable[[], Answer | None] = lambda: {"idKey": "key1"}
    receipt: Callable[[], Answer | None] = lambda: {"paymentStatus": "COMPLETE"}
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def call(self, request: Request, _deadline: Deadline) -> Answer | None:
        self.asked.append(f"{request.resource} {request.key or request.order_code}")
        self.arrived.release()
        assert self.gate.wait(SECONDS)
        return self.order() if request.resource == "order" else self.receipt()

    def post(self, posting: Posting, _deadline: Deadline) -> Answer | None:
        self.asked.append(posting.resource)
        self.arrived.release()
        assert self.gate.wait(SECONDS)
        return self.order()


@dataclass
class Callers:
    """Threads that run `work` at the same time; `outcomes` holds what each returned or raised."""

    work: Callable[[int], object]
    number: int
    outcomes: list[object] = field(default_factory=list)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def start(self) -> Callers:
        self._threads = [threading.Thread(target=self._run, args=(index,), daemon=True) for index in range(self.number)]
        for thread in self._threads:
            thread.start()
        return self

    def finish(self) -> list[object]:
        for thread in self._threads:
            thread.join(SECONDS)
            assert not thread.is_alive(), "a caller hangs"
        return self.outcomes

    def _run(self, index: int) -> None:
        try:
            self.outcomes.append(self.work(index))
        except Exception as error:  # noqa: BLE001  # every outcome is looked at by the test
            self.outcomes.append(error)
        self.ended.release()
