"""What making an order works with."""

from collections.abc import Callable
from dataclasses import dataclass

from widget_server.services.ports import OrderRequests
from widget_server.services.verification import VerificationDeps


@dataclass(frozen=True, kw_only=True)
class OrderDeps(VerificationDeps):
    """`keyed_hash`: 64 hexadecimal digits under each secret of this installation; the first is stored."""

    order_requests: OrderRequests
    keyed_hash: Callable[[str], tuple[str, ...]]
