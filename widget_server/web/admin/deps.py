"""What the admin dashboard works with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from widget_server.config import Secret
from widget_server.domain.delivery import Delivery, DeliveryAttempt
from widget_server.services.check_now import AskLater
from widget_server.services.order_export import ExportLine
from widget_server.services.overview import Overview
from widget_server.services.ports import Clock, Metrics
from widget_server.web.admin.portal import Portal


@dataclass(frozen=True)
class AdminDeps:
    """`origin`: where browsers find the dashboard and nothing else. `redeliver`: send the delivery with this id again;
    whether there is one; `redeliver_parked`: all that are parked, gives how many. `delivery`: one with its stored
    attempts. `ask_later`: as services/check_now.py says. `portal`: StepPay's, None where its address is unknown.
    `metrics` None: nothing is counted. `sandbox`: each page says so. `notifies`: whether anything
    receives deliveries."""

    key: Secret
    origin: str
    overview: Overview
    redeliver: Callable[[str, datetime], bool]
    redeliver_parked: Callable[[datetime], int]
    delivery: Callable[[str], tuple[Delivery, Sequence[DeliveryAttempt]] | None]
    every_order: Callable[[], Iterator[Sequence[ExportLine]]]
    ask_later: AskLater
    clock: Clock
    portal: Portal | None = None
    metrics: Metrics | None = None
    trusted_proxies: int = 0
    sandbox: bool = False
    notifies: bool = True
