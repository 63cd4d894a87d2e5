"""`/admin`: what happens now. What an operator has to act on stands first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from flask import Blueprint, Response

from widget_server.domain.verdict_kinds import KINDS, VerdictKind
from widget_server.services.order_views import (
    REVIEW,
    DeliveryLine,
    Funnel,
    OrderSummary,
    QueueStats,
    VerdictTotals,
    last_hours,
    start_of_day,
)
from widget_server.services.overview import Overview
from widget_server.services.upstream_stats import Snapshot
from widget_server.web.admin import charts
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.rendering import page

_REVIEWS, _LATEST = 20, 15
_DAY = timedelta(days=1)
_WAITING = (VerdictKind.PENDING, VerdictKind.UNKNOWN)
_LATE = timedelta(minutes=1)
"""A running worker takes what is due within a second, and waits at most a lease for a dead one."""


@dataclass(frozen=True)
class Alerts:
    """What an operator has to act on. `parked`: the newest parked delivery, `parked_count` up to
    `order_views.MOST_COUNTED`."""

    reviews: int
    more_reviews: bool
    parked_count: int
    parked: DeliveryLine | None
    late_by: timedelta | None
    breaker: str | None

    @property
    def any(self) -> bool:
        return bool(self.reviews or self.parked or self.late_by or self.breaker)


def dashboard_blueprint(deps: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_dashboard", __name__)

    @lru_cache(maxsize=1)
    def funnel_before(since: datetime, until: datetime) -> Funnel:
        """Yesterday hardly changes: asked about once a minute, however many pages refresh themselves."""
        return deps.overview.funnel(since, until)

    @blueprint.get("/admin")
    def dashboard() -> Response:
        now, overview = deps.clock(), deps.overview
        hours, midnight = last_hours(now), start_of_day(now)
        reviews, queue = overview.orders(_REVIEWS + 1, REVIEW), overview.queue(now)
        today = sorted(overview.day(midnight), key=_chart_order)
        stats = deps.metrics.snapshot() if deps.metrics else None
        return page(
            "dashboard.html",
            now,
            alerts=_alerts(reviews, _parked(overview), queue, stats, now),
            reviews=reviews[:_REVIEWS],
            funnel=overview.funnel(midnight, now),
            yesterday=funnel_before(midnight - _DAY, now.replace(second=0, microsecond=0) - _DAY),
            notifies=deps.notifies,
            today=[(verdict, list(lines)) for verdict, lines in groupby(today, attrgetter("verdict"))],
            day_sets=day_sets(today),
            net=_net(today),
            chart=charts.stack(hours, overview.hours(hours[0])),
            latest=overview.orders(_LATEST),
            queue=queue,
            stats=stats,
            shares=charts.shares(stats) if stats else (),
        )

    return blueprint


def day_sets(today: Sequence[VerdictTotals]) -> Mapping[str, int]:
    """How many orders each of `order_views.DAY_SETS` has."""
    good = sum(line.fulfillable for line in today)
    waiting = sum(line.count for line in today if line.verdict in _WAITING)
    return {
        "fulfillable": good,
        "waiting": waiting,
        "unfulfillable": sum(line.count for line in today) - good - waiting,
    }


def _net(today: Sequence[VerdictTotals]) -> Mapping[str, float]:
    """By currency, as the bank counts it: what was paid today, less what went back of it. At least won."""
    sums = {"KRW": 0.0}
    for line in today:
        if line.net and line.currency:
            sums[line.currency] = sums.get(line.currency, 0.0) + line.net
    return {currency: total for currency, total in sums.items() if total or len(sums) == 1}


def _chart_order(line: VerdictTotals) -> tuple[int, str]:
    """A verdict of a newer version comes last."""
    order = [kind.value for kind in KINDS]
    return order.index(line.verdict) if line.verdict in order else len(order), line.currency or "~"


def _parked(overview: Overview) -> tuple[int, DeliveryLine | None]:
    return overview.delivery_counts()["parked"], next(iter(overview.deliveries(1, "parked")), None)


def _alerts(
    reviews: Sequence[OrderSummary],
    parked: tuple[int, DeliveryLine | None],
    queue: Sequence[QueueStats],
    stats: Snapshot | None,
    now: datetime,
) -> Alerts:
    late = max((now - line.oldest for line in queue if line.oldest), default=timedelta(0))
    return Alerts(
        reviews=min(len(reviews), _REVIEWS),
        more_reviews=len(reviews) > _REVIEWS,
        parked_count=parked[0],
        parked=parked[1],
        late_by=late if late > _LATE else None,
        breaker=stats.breaker if stats and stats.breaker != "closed" else None,
    )
