"""`/admin/deliveries`: webhook deliveries, and the one thing an operator can do: send one again."""

import json
import logging
from typing import get_args

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound

from widget_server.domain.delivery import DeliveryState
from widget_server.services.order_views import Cursor
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.pagination import list_values
from widget_server.web.admin.rendering import page, see_other
from widget_server.web.admin.session_guard import is_admin_path

log = logging.getLogger("widget_server.admin")

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
        sent, choices = request.args.get("sent") == "1", ("", *_STATES)
        values |= {"shown": state or "", "choices": choices, "counts": deps.overview.delivery_counts()}
        return page("deliveries.html", deps.clock(), 200, sent=sent, **values)

    @blueprint.get(f"{_LIST}/<event_id>")
    def delivery(event_id: str) -> Response:
        """As `widget-server deliveries show` does it."""
        found = deps.delivery(event_id)
        if found is None:
            raise NotFound
        body = json.dumps(json.loads(found[0].payload), ensure_ascii=False, indent=2)
        sent = request.args.get("sent") == "1"
        return page("delivery.html", deps.clock(), found=found[0], attempts=found[1], body=body, sent=sent)

    @blueprint.post(f"{_LIST}/<event_id>/redeliver")
    def redeliver(event_id: str) -> Response:
        """As `widget-server deliveries redeliver` does it, but for a delivered one only after a question: the pages
        ask it in a dialog, and this page does where no script runs."""
        found, back = deps.delivery(event_id), g.form.get("back", "")
        if found is None:
            raise NotFound
        if found[0].state == "delivered" and g.form.get("sure") != "1":
            return page("resend.html", deps.clock(), found=found[0], back=back)
        if not deps.redeliver(event_id, deps.clock()):
            raise NotFound
        log.info("operator_redelivers delivery=%s", event_id)
        return see_other(f"{back if is_admin_path(back) else _LIST}?sent=1")

    return blueprint
