"""`POST /v1/verify`: a claim in, the verdict out."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.model import Claim
from widget_server.services.checkout import remember_answer
from widget_server.services.expectations import verify_bound
from widget_server.services.vouch import sign_verdict
from widget_server.web.bodies import read_json_object
from widget_server.web.deps import Deps
from widget_server.web.messages import language, with_message
from widget_server.web.schemas import VerifyRequest, load, verdict_body

LIMIT_BYTES = 4096


def verify_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("verify", __name__)
    schema = VerifyRequest()

    @blueprint.post("/v1/verify")
    def verify_claim() -> Response:
        asked = load(schema, read_json_object(request, LIMIT_BYTES))
        claim = Claim(asked["order_code"], asked["order_id"], asked["status"])
        verdict = verify_bound(claim, deps.steppay, deps.clock, deps.expectations)
        body = verdict_body(verdict)
        if asked["attempt"]:
            returned_at = deps.clock() if claim.status else None  # only a return address names a status
            remember_answer(asked["attempt"], claim.order_code, deps.attempts, verdict=body, returned_at=returned_at)
        settings = deps.settings
        token = sign_verdict(body, verdict.checked_at, deps.signer, settings.public_url, settings.allowed_origins)
        response = jsonify({**with_message(body, language(request)), "token": token})
        response.vary.add("Accept-Language")
        return response

    return blueprint
