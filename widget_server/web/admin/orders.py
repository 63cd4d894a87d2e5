"""`/admin/orders`: the list, the search, and everything kept of one order."""

from collections.abc import Sequence

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.model import ORDER_CODE
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services.order_timeline import timeline
from widget_server.services.order_views import Cursor, OrderSummary
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.export import months_back
from widget_server.web.admin.pagination import PAGE_SIZE, list_values
from widget_server.web.admin.rendering import page, see_other

_VERDICTS = tuple(kind.value for kind in VerdictKind)
_REVIEW = "review"
_LONGEST_SEARCH = 64


def orders_blueprint(deps: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_orders", __name__)

    @blueprint.get("/admin/orders")
    def orders() -> Response:
        searched = request.args.get("code", "").strip()[:_LONGEST_SEARCH]
        found = deps.overview.find_code(searched) if searched else None
        if found is not None:
            return see_other(f"/admin/orders/{found}")
        choices = ("", _REVIEW, *_VERDICTS)
        wanted = request.args.get("show", "")
        shown = wanted if wanted in choices else ""

        def read(limit: int, after: Cursor | None) -> Sequence[OrderSummary]:
            if shown == _REVIEW:
                return deps.overview.to_review(PAGE_SIZE)
            return deps.overview.orders(limit, shown or None, after)

        values = list_values(read, lambda order: Cursor(order.checked_at, order.order_code))
        status = 404 if searched else 200
        values |= {"shown": shown, "choices": choices, "searched": searched, "months": months_back(deps.clock())}
        values["counts"] = deps.overview.order_counts()
        values["wanted_code"] = searched if ORDER_CODE.fullmatch(searched) else None
        return page("orders.html", deps.clock(), status, **values)

    @blueprint.get("/admin/orders/<order_code>")
    def order(order_code: str) -> Response:
        if not ORDER_CODE.fullmatch(order_code):
            raise NotFound
        kept = deps.overview.order(order_code)
        if kept.is_empty:
            raise NotFound
        return page("order.html", deps.clock(), kept=kept, entries=timeline(kept), sent=request.args.get("sent") == "1")

    return blueprint
