"""`/healthz`: the process answers. `/readyz`: it can store what it learns."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from widget_server.web.deps import Deps


def health_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @blueprint.get("/readyz")
    def ready() -> Response:
        deps.attempts.ping()
        return jsonify({"status": "ok"})

    return blueprint
