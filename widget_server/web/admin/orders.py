"""`/admin/orders`: the list, the search, and everything kept of one order."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.model import ORDER_CODE, VerdictKind
from widget_server.services.order_views import OrderSummary
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.pagination import PAGE, decode_cursor, encode_cursor
from widget_server.web.admin.rendering import page
from widget_server.web.admin.session_guard import see_other

_VERDICTS = tuple(kind.value for kind in VerdictKind)
_REVIEW = "review"
_LONGEST_SEARCH = 64


def orders_blueprint(desk: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_orders", __name__)

    @blueprint.get("/admin/orders")
    def orders() -> Response:
        searched = request.args.get("code", "").strip()[:_LONGEST_SEARCH]
        found = desk.overview.find_code(searched) if searched else None
        if found is not None:
            return see_other(f"/admin/orders/{found}")
        shown = request.args.get("show", "")
        lines = _lines(desk, shown)
        following = encode_cursor(lines[PAGE - 1].checked_at, lines[PAGE - 1].order_code) if len(lines) > PAGE else None
        choices = ("", _REVIEW, *_VERDICTS)
        return page(
            "orders.html",
            desk.clock(),
            404 if searched else 200,
            lines=lines[:PAGE],
            following=following,
            shown=shown if shown in choices else "",
            choices=choices,
            searched=searched,
            first="after" not in request.args,
        )

    @blueprint.get("/admin/orders/<order_code>")
    def order(order_code: str) -> Response:
        if not ORDER_CODE.fullmatch(order_code):
            raise NotFound
        kept = desk.overview.order(order_code)
        if kept.is_empty:
            raise NotFound
        return page("order.html", desk.clock(), kept=kept, sent=request.args.get("sent") == "1")

    return blueprint


def _lines(desk: AdminDeps, shown: str) -> list[OrderSummary]:
    """One more than the page has, to know whether another follows."""
    if shown == _REVIEW:
        return list(desk.overview.to_review(PAGE))
    verdict = shown if shown in _VERDICTS else None
    return list(desk.overview.orders(PAGE + 1, verdict, decode_cursor(request.args.get("after", ""))))
