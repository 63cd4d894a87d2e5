"""`/admin`: what happens now. Everything a person has to see first stands first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response

from widget_server.domain.model import VerdictKind
from widget_server.services.order_views import OrderSummary, QueueStats, VerdictTotals, last_hours, start_of_day
from widget_server.services.upstream_stats import Snapshot
from widget_server.web.admin import charts
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.rendering import page

_REVIEWS, _NEWEST = 20, 15
_LATE = timedelta(minutes=1)
"""A running worker takes what is due within a second, and waits at most a lease for a dead one."""


@dataclass(frozen=True)
class Alerts:
    """What a person has to do something about."""

    reviews: int
    more_reviews: bool
    parked: int
    late_by: timedelta | None
    breaker: str | None

    @property
    def any(self) -> bool:
        return bool(self.reviews or self.parked or self.late_by or self.breaker)


@dataclass(frozen=True)
class Day:
    """Today's orders: the lines by verdict, and what may be fulfilled of them."""

    lines: tuple[VerdictTotals, ...]

    @property
    def fulfilled(self) -> tuple[VerdictTotals, ...]:
        return tuple(line for line in self.lines if line.verdict == VerdictKind.PAID)

    @property
    def count(self) -> int:
        return sum(line.count for line in self.lines)


def board_blueprint(desk: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_board", __name__)

    @blueprint.get("/admin")
    def board() -> Response:
        now, overview = desk.clock(), desk.overview
        hours = last_hours(now)
        reviews, queue = overview.to_review(_REVIEWS + 1), overview.queue(now)
        figures = desk.figures.snapshot() if desk.figures else None
        return page(
            "board.html",
            now,
            alarms=_alarms(reviews, overview.parked(), queue, figures, now),
            reviews=reviews[:_REVIEWS],
            day=Day(tuple(sorted(overview.day(start_of_day(now)), key=_place))),
            chart=charts.stack(hours, overview.hours(hours[0])),
            newest=overview.orders(_NEWEST),
            queue=queue,
            figures=figures,
            shares=charts.shares(figures) if figures else (),
        )

    return blueprint


def _place(line: VerdictTotals) -> tuple[int, str]:
    """In the order of the chart; a verdict of a newer version last."""
    order = [kind.value for kind in charts.STACK_ORDER]
    return order.index(line.verdict) if line.verdict in order else len(order), line.currency or ""


def _alarms(
    reviews: Sequence[OrderSummary], parked: int, queue: Sequence[QueueStats], figures: Snapshot | None, now: datetime
) -> Alerts:
    late = max((now - line.oldest for line in queue if line.oldest), default=timedelta(0))
    return Alerts(
        reviews=min(len(reviews), _REVIEWS),
        more_reviews=len(reviews) > _REVIEWS,
        parked=parked,
        late_by=late if late > _LATE else None,
        breaker=figures.breaker if figures and figures.breaker != "closed" else None,
    )
