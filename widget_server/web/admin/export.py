"""`/admin/orders.csv?month=2026-11`: the orders of a month for a spreadsheet."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.services.order_export import Month, csv_pages
from widget_server.web.admin.deps import AdminDeps

log = logging.getLogger("widget_server.admin")
_MONTHS = 25
"""The choice of the page: this month and two years. The address takes any month."""


def export_blueprint(deps: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_export", __name__)

    @blueprint.get("/admin/orders.csv")
    def export() -> Response:
        """Sent as it is read: a database that fails in the middle cuts the download off."""
        month = Month.parse(request.args.get("month", ""))
        if month is None:
            raise NotFound
        texts = csv_pages(deps.every_order(), month)
        first = next(texts)  # a database that does not answer at all is an error page
        log.info("operator_exports_orders month=%s", month)
        sent = (text.encode() for text in chain([first], texts))
        response = Response(sent, content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="orders-{month}.csv"'
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def months_back(now: datetime) -> list[str]:
    """The newest first."""
    return list(map(str, _months(now)))


def _months(now: datetime) -> Iterator[Month]:
    month = Month.of(now)
    for _ in range(_MONTHS):
        yield month
        month = Month.of(month.start - timedelta(days=1))
