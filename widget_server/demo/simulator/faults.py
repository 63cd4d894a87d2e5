"""Answers that get lost: a call is carried out, and its caller does not learn it. control.py describes them."""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, cast, get_args

from flask import Response, request

from widget_server.demo.simulator.responses import error_answer, require

Kind = Literal["lost", "late", "failed", "refused"]
MOST_SECONDS = 600.0


@dataclass(slots=True)
class Fault:
    """`call`: method and path, `*` for any text. It strikes each `every`-th such call, `times` times."""

    call: str
    kind: Kind
    times: int
    every: int
    seconds: float
    seen: int = 0

    def strikes(self, call: str) -> bool:
        """It counts."""
        if self.times == 0 or not fnmatchcase(call, self.call):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.times -= 1
        return True

    def body(self) -> dict[str, object]:
        return {"call": self.call, "fault": self.kind, "times": self.times, "every": self.every}


def read_fault(fields: dict[str, Any]) -> Fault:
    """Of the control API's JSON. Raises Problem 400."""
    call, kind = fields.get("call", "POST /api/v1/orders"), str(fields.get("fault"))
    times, every, seconds = fields.get("times", 1), fields.get("every", 1), fields.get("seconds", 30)
    require(isinstance(call, str) and call.partition(" ")[2], "call must be a method and a path")
    require(kind in get_args(Kind), f"fault must be one of {', '.join(get_args(Kind))}")
    require(type(times) is int and times >= 1, "times must be at least 1")
    require(type(every) is int and every >= 1, "every must be at least 1")
    valid = type(seconds) in (int, float) and 0 <= seconds <= MOST_SECONDS
    require(valid, f"seconds must be from 0 to {MOST_SECONDS:.0f}")
    return Fault(call, cast(Kind, kind), times, every, seconds)


def striking(faults: list[Fault]) -> Fault | None:
    """That of this request; it counts."""
    call = f"{request.method} {request.path}"
    return next((fault for fault in faults if fault.strikes(call)), None)


def spoil(answer: Response, fault: Fault, sleep: Callable[[float], None]) -> Response:
    """What the caller gets in place of `answer`."""
    if fault.kind == "lost":
        return _hang_up()
    if fault.kind == "failed":
        return error_answer(500, "INTERNAL_SERVER_ERROR", "simulated: the call was carried out all the same")
    if fault.kind == "late":
        sleep(fault.seconds)
    return answer


def _hang_up() -> Response:
    """The connection ends before a status is written. Without a socket, in a test client, the call raises."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionAbortedError("simulated: the answer is lost")
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    return Response()
