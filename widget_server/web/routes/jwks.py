"""`GET /.well-known/jwks.json`: the public keys of signed verdicts. Public and the same for everybody."""

from flask import Blueprint, Response, jsonify

from widget_server.web.deps import Deps
from widget_server.web.openapi.examples import KEY_SET
from widget_server.web.openapi.operations import Operation, ResponseSpec, describe
from widget_server.web.openapi.response_schemas import KeySetResponse

CACHING = "public, max-age=300"
"""A key must be published this long before it signs (docs/backend.md, "Change the key")."""
MEDIA_TYPE = "application/jwk-set+json"
"""RFC 7517, 8.5.1."""
_KEYS = Operation(
    "The keys of signed verdicts",
    "Public parts only, to verify a verdict's `token`. Fetch them from here, never from an address inside a token.",
    tag="Verdict",
    responses=(ResponseSpec(200, "A JWK set.", KeySetResponse, media=(MEDIA_TYPE,), examples={"keys": KEY_SET}),),
)


def jwks_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("keys", __name__)

    @blueprint.get("/.well-known/jwks.json")
    @describe(_KEYS)
    def published_keys() -> Response:
        response = jsonify(deps.signer.public_keys())
        response.mimetype = MEDIA_TYPE
        response.headers["Cache-Control"] = CACHING
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return blueprint
