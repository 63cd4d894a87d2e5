"""One call of StepPay: what is asked for or made, and until when the answer is of use."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

Resource = Literal["order", "receipt", "number", "customer", "customers", "subscription", "orders"]
NewResource = Literal["new_customer", "new_order", "payment_method"]
Body = Mapping[str, object]
"""The parsed JSON object of a 200 answer as StepPay sent it: nothing is proven about its members."""

BUDGET_SECONDS = 8.0
"""For all calls of one verification."""


class Request(NamedTuple):
    """`resource` names the call in logs, metrics and traces. `key` is what becomes part of the path instead of the
    order's code, and stays out of them: a receipt's idKey, StepPay's number of an order (its order API takes it as
    well), of a customer or of a subscription, or the text that customers are searched by. `look` counts how often one
    verification has asked for the order: a second look is a second call."""

    resource: Resource
    order_code: str = "-"
    key: str = ""
    look: int = 1

    def __repr__(self) -> str:
        return f"Request({self.resource!r}, {self.order_code!r}, look={self.look})"


class Posting(NamedTuple):
    """`resource` names the call in logs, metrics and traces. `members`: the JSON that is sent; it may hold a customer's
    name, e-mail and phone number, and stays out of them, as does `key`: StepPay's number of the subscription whose
    payment method is to change."""

    resource: NewResource
    members: Mapping[str, object]
    order_code: str = "-"
    key: str = ""

    def __repr__(self) -> str:
        return f"Posting({self.resource!r})"


class Deadline:
    """`ends_at` in seconds of `clock`, which must be monotonic. Make one for each verification: calls that are given
    the same one belong together."""

    __slots__ = ("clock", "ends_at", "group")

    def __init__(self, ends_at: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.ends_at = ends_at
        self.clock = clock
        self.group: Any = None
        """Set by `adapters/steppay/singleflight.py`: the verifications that share their answers with this one."""

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        return cls(clock() + seconds, clock)

    def seconds_left(self) -> float:
        return max(0.0, self.ends_at - self.clock())

    def share(self, parts: int, longest: float) -> Deadline:
        """For one of `parts` steps: each that follows has a share of the time left, too."""
        return Deadline.after(min(longest, self.seconds_left() / parts), self.clock)


Call = Callable[[Request, Deadline], Body | None]
"""None: StepPay knows nothing under this key (404). Raises `errors.UpstreamError` subclasses when StepPay could not be
asked."""
Post = Callable[[Posting, Deadline], Body]
"""Sent at most once. `ports.StepPay.post` says what it raises."""
