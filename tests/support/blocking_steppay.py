"""A simulated StepPay that can be told to keep its callers waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.app_fixture import FakeStepPay, simulator
from tools.wsgi_server import serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECONDS = 120
"""Far more than any step takes; only a hanging test meets it."""


@dataclass
class Hold:
    """While `gate` is not set no API call is answered. `arrived` counts the calls that came."""

    gate: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def wait_for(self, calls: int) -> None:
        for _ in range(calls):
            assert self.arrived.acquire(timeout=SECONDS), "the calls do not arrive"


@contextmanager
def held_steppay() -> Iterator[tuple[FakeStepPay, Hold]]:
    """The simulator with today's dates, holding its callers until the test lets them go."""
    hold = Hold()
    app: Any = simulator()
    answer = app.wsgi_app

    def waiting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/api/"):
            hold.arrived.release()
            hold.gate.wait(SECONDS)
        return answer(environ, start_response)  # type: ignore[no-any-return]

    app.wsgi_app = waiting
    with serving(app) as url:
        try:
            yield FakeStepPay(url), hold
        finally:
            hold.gate.set()
