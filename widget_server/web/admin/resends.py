"""Deliveries sent again: one, or all that are parked."""

import logging

from flask import Blueprint, Response, g
from werkzeug.exceptions import NotFound

from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.rendering import page, see_other
from widget_server.web.admin.session_guard import is_admin_path

log = logging.getLogger("widget_server.admin")

_LIST = "/admin/deliveries"


def resends_blueprint(deps: AdminDeps) -> Blueprint:
    blueprint = Blueprint("admin_resends", __name__)

    @blueprint.post(f"{_LIST}/redeliver")
    def redeliver_parked() -> Response:
        """All that are parked, after the same question."""
        if g.form.get("sure") != "1":
            count = deps.overview.delivery_counts()["parked"]
            return page("resend.html", deps.clock(), found=None, parked_count=count)
        count = deps.redeliver_parked(deps.clock())
        log.info("operator_redelivers count=%d", count)
        return see_other(f"{_LIST}?sent={count}")

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
