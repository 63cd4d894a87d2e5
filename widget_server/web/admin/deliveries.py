"""`/admin/deliveries`: webhook deliveries, and each with its attempts."""

import json
from typing import get_args

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.delivery import DeliveryState
from widget_server.services.order_views import Cursor
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.pagination import list_values
from widget_server.web.admin.rendering import page

_STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)
_LIST = "/admin/deliveries"


def deliveries_blueprint(deps: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_deliveries", __name__)

    @blueprint.get(_LIST)
    def deliveries() -> Response:
        state = next((state for state in _STATES if state == request.args.get("show")), None)
        values = list_values(
            lambda limit, after: deps.overview.deliveries(limit, state, after),
            lambda delivery: Cursor(delivery.created_at, delivery.id),
        )
        counts = deps.overview.delivery_counts()
        values |= {"shown": state or "", "choices": ("", *_STATES), "counts": counts, "parked_count": counts["parked"]}
        return page("deliveries.html", deps.clock(), 200, **values)

    @blueprint.get(f"{_LIST}/<event_id>")
    def delivery(event_id: str) -> Response:
        """As `widget-server deliveries show` does it."""
        found = deps.delivery(event_id)
        if found is None:
            raise NotFound
        body = json.dumps(json.loads(found[0].payload), ensure_ascii=False, indent=2)
        return page("delivery.html", deps.clock(), found=found[0], attempts=found[1], body=body)

    return blueprint
