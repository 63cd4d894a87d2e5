"""`/healthz`: the process responds. `/readyz`: it can store what it learns (docs/decisions/0044)."""

from flask import Blueprint, Response, jsonify

from widget_server.errors import StorageError
from widget_server.web.deps import Deps
from widget_server.web.openapi.operations import Operation, ResponseSpec, describe
from widget_server.web.openapi.response_schemas import HealthResponse

_OK = {"ok": {"status": "ok"}}
_ALIVE = Operation(
    "Alive",
    "The process responds. It calls neither StepPay nor the database: for restarts, and for a load balancer's checks.",
    tag="Operation",
    responses=(ResponseSpec(200, "It does.", HealthResponse, examples=_OK),),
)
_READY = Operation(
    "Ready",
    "The server can store what it learns: for a deploy that waits for it, and for alarms. All processes share the "
    "database, so a load balancer that checks here takes out all of them, while payments could still be verified.",
    tag="Operation",
    responses=(ResponseSpec(200, "It can.", HealthResponse, examples=_OK),),
    errors=(StorageError,),
)


def health_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @describe(_ALIVE)
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @blueprint.get("/readyz")
    @describe(_READY)
    def ready() -> Response:
        deps.checkouts.ping()
        return jsonify({"status": "ok"})

    return blueprint
