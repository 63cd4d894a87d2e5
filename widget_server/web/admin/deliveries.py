"""`/admin/deliveries`: messages to the merchant's backend, and the one thing an operator can do: send one again."""

from __future__ import annotations

import json
import logging
from typing import get_args

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound

from widget_server.domain.delivery import DeliveryState
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.pagination import PAGE, decode_cursor, encode_cursor
from widget_server.web.admin.rendering import page
from widget_server.web.admin.session_guard import is_admin_path, see_other

log = logging.getLogger("widget_server.admin")

_STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)
_LIST = "/admin/deliveries"


def deliveries_blueprint(desk: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_deliveries", __name__)

    @blueprint.get("/admin/deliveries")
    def deliveries() -> Response:
        state = next((state for state in _STATES if state == request.args.get("show")), None)
        lines = desk.overview.deliveries(PAGE + 1, state, decode_cursor(request.args.get("after", "")))
        following = encode_cursor(lines[PAGE - 1].created_at, lines[PAGE - 1].id) if len(lines) > PAGE else None
        return page(
            "deliveries.html",
            desk.clock(),
            lines=lines[:PAGE],
            following=following,
            shown=state or "",
            choices=("", *_STATES),
            sent=request.args.get("sent") == "1",
            first="after" not in request.args,
        )

    @blueprint.get("/admin/deliveries/<event_id>")
    def delivery(event_id: str) -> Response:
        """As `widget-server deliveries show` does it."""
        found = desk.delivery(event_id)
        if found is None:
            raise NotFound
        body = json.dumps(json.loads(found[0].payload), ensure_ascii=False, indent=2)
        sent = request.args.get("sent") == "1"
        return page("delivery.html", desk.clock(), found=found[0], tries=found[1], body=body, sent=sent)

    @blueprint.post("/admin/deliveries/<event_id>/redeliver")
    def redeliver(event_id: str) -> Response:
        """As `widget-server deliveries redeliver` does it."""
        if not desk.redeliver(event_id, desk.clock()):
            raise NotFound
        log.info("operator_redelivers delivery=%s", event_id)
        back = g.form.get("back", "")
        return see_other(f"{back if is_admin_path(back) else _LIST}?sent=1")

    return blueprint
