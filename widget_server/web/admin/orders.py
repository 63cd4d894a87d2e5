"""`/admin/orders`: the list, the search, and everything kept of one order."""

import re
from collections.abc import Sequence

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.model import ORDER_CODE
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services.order_timeline import timeline
from widget_server.services.order_views import (
    DAY_SETS,
    MOST_SEARCHED,
    OPENED_SETS,
    REVIEW,
    Cursor,
    OrderSummary,
    last_hours,
    start_of_day,
)
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.export import months_back
from widget_server.web.admin.pagination import list_values
from widget_server.web.admin.rendering import page, see_other

_CHOICES = ("", REVIEW, *(kind.value for kind in VerdictKind))
_SETS = (*DAY_SETS, *OPENED_SETS)
"""Of today alone. A list has its filter only while it is shown."""
_TODAY, _HOURS = "today", "24h"
_LONGEST_SEARCH, _MOST_FOUND = 64, 20
_DELIVERY_ID = re.compile(r"evt_[A-Za-z0-9_-]+")


def orders_blueprint(deps: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_orders", __name__)

    @blueprint.get("/admin/orders")
    def orders() -> Response:
        searched = request.args.get("code", "").strip()[:_LONGEST_SEARCH]
        if searched:
            return _search(searched, deps)
        return page("orders.html", deps.clock(), 200, **_list_values(deps))

    @blueprint.get("/admin/orders/<order_code>")
    def order(order_code: str) -> Response:
        if not ORDER_CODE.fullmatch(order_code):
            raise NotFound
        kept = deps.overview.order(order_code)
        if kept.is_empty:
            raise NotFound
        return page("order.html", deps.clock(), kept=kept, entries=timeline(kept), portal=deps.portal)

    return blueprint


def _search(searched: str, deps: AdminDeps) -> Response:
    """The page of the one order or delivery that fits, a list of several, or 404."""
    if _DELIVERY_ID.fullmatch(searched) and deps.delivery(searched):
        return see_other(f"/admin/deliveries/{searched}")
    whole = deps.overview.find_code(searched)
    found = [] if whole else deps.overview.find_part(searched, _MOST_FOUND)
    code = whole or (found[0].order_code if len(found) == 1 else None)
    if code:
        return see_other(f"/admin/orders/{code}")
    values = {"searched": searched, "is_cut": len(found) == _MOST_FOUND, "most": MOST_SEARCHED}
    wanted = searched if ORDER_CODE.fullmatch(searched) else None
    return page("found.html", deps.clock(), 200 if found else 404, lines=found, wanted_code=wanted, **values)


def _list_values(deps: AdminDeps) -> dict[str, object]:
    now, shown = deps.clock(), request.args.get("show", "")
    if shown not in (*_CHOICES, *_SETS):
        shown = ""
    within = _TODAY if shown in _SETS else request.args.get("within", "")
    midnight = start_of_day(now)
    since = {_TODAY: midnight, _HOURS: last_hours(now)[0]}.get(within)

    def read(limit: int, after: Cursor | None) -> Sequence[OrderSummary]:
        if shown in OPENED_SETS:
            return deps.overview.opened(limit, shown, after, since=midnight, until=now)
        return deps.overview.orders(limit, shown, after, since)

    choices = (*_CHOICES, shown) if shown in _SETS else _CHOICES
    values: dict[str, object] = {"shown": shown, "within": within if since else "", "choices": choices, "sets": _SETS}
    values |= {"counts": deps.overview.order_counts(since), "months": months_back(now)}
    return values | list_values(read, lambda order: Cursor(order.checked_at, order.order_code))
