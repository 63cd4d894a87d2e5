"""`POST /admin/orders/{code}/check`: ask StepPay now, as `widget-server orders check` does."""

import logging

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from widget_server.domain.model import ORDER_CODE
from widget_server.errors import ExpectationUnavailable, OrderNotFound, UpstreamError
from widget_server.services.check_now import AskLater, check_now
from widget_server.services.verification import VerificationDeps
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.rendering import see_other

log = logging.getLogger("widget_server.admin")


def checks_blueprint(deps: AdminDeps, verification: VerificationDeps) -> Blueprint:
    blueprint = Blueprint("admin_checks", __name__)

    @blueprint.post("/admin/orders/<order_code>/check")
    def check_order(order_code: str) -> Response:
        if not ORDER_CODE.fullmatch(order_code):
            raise NotFound
        log.info("operator_checks order=%s", order_code)
        return see_other(f"/admin/orders/{order_code}?checked={_outcome(order_code, verification, deps.ask_later)}")

    return blueprint


def _outcome(order_code: str, verification: VerificationDeps, ask_later: AskLater) -> str:
    """The order's page has a sentence for each."""
    try:
        check_now(order_code, verification, ask_later)
    except OrderNotFound:
        return "not_found"
    except UpstreamError:
        return "queued"
    except ExpectationUnavailable:
        return "not_asked"
    return "answered"
