"""`GET /metrics` for Prometheus, for callers with the `WIDGET_METRICS_KEY` (`web/middleware/authentication.py`)."""

from flask import Blueprint, Response

from widget_server.errors import BrowserCallForbidden, MetricsDisabled, Unauthorized
from widget_server.web.deps import Deps
from widget_server.web.openapi.operations import Operation, ResponseSpec, describe

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Every Prometheus reads it, and what was counted has no names or escapes that it could not say."""
_METRICS = Operation(
    "Metrics for Prometheus",
    "Sums over all processes of this machine. Needs `Authorization: Bearer` with the `WIDGET_METRICS_KEY`; without "
    "that setting nothing is counted. No label holds anything of an order, a shopper or a request.",
    tag="Operation",
    responses=(ResponseSpec(200, "The metrics.", {"type": "string"}, (CONTENT_TYPE,)),),
    errors=(MetricsDisabled, Unauthorized, BrowserCallForbidden),
)


def metrics_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    @describe(_METRICS)
    def scrape() -> Response:
        if deps.scrape is None:
            raise MetricsDisabled
        return Response(deps.scrape(), content_type=CONTENT_TYPE)

    return blueprint
