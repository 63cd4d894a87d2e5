"""`GET /.well-known/jwks.json`: the public keys of signed verdicts. Public and the same for everybody."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from widget_server.web.deps import Deps

CACHING = "public, max-age=300"
"""A key must be published this long before it signs (docs/backend.md, "Change the key")."""


def keys_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("keys", __name__)

    @blueprint.get("/.well-known/jwks.json")
    def published_keys() -> Response:
        response = jsonify(deps.signer.public_keys())
        response.mimetype = "application/jwk-set+json"  # RFC 7517, 8.5.1
        response.headers["Cache-Control"] = CACHING
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return blueprint
