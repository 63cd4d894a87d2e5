"""What the operator's pages work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from widget_server.config import Secret
from widget_server.domain.delivery import Delivery, DeliveryAttempt
from widget_server.services.ports import Clock, Metrics, Overview


@dataclass(frozen=True)
class AdminDeps:
    """`origin`: where browsers find these pages and nothing else. `redeliver`: whether there is a delivery with this
    id, which is then sent again. `delivery`: one with its kept tries. `figures` None: nothing is counted here.
    `sandbox`: each page says so."""

    key: Secret
    origin: str
    overview: Overview
    redeliver: Callable[[str, datetime], bool]
    delivery: Callable[[str], tuple[Delivery, Sequence[DeliveryAttempt]] | None]
    clock: Clock
    figures: Metrics | None = None
    trusted_proxies: int = 0
    sandbox: bool = False
