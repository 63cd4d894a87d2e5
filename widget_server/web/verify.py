"""`POST /v1/verify`: a claim in, the verdict out."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.model import Claim
from widget_server.errors import OrderNotFound, OriginNotAllowed
from widget_server.services.checkout import remember_return
from widget_server.services.verify import verify
from widget_server.web.bodies import read_json_object
from widget_server.web.deps import Deps
from widget_server.web.messages import language, with_message
from widget_server.web.openapi import examples
from widget_server.web.openapi.answers import VerdictAnswer
from widget_server.web.openapi.operations import BAD_BODY, UPSTREAM, Answer, Operation, describe
from widget_server.web.openapi.parameters import LANGUAGE_PARAMETER
from widget_server.web.schemas import VerifyRequest, load, verdict_body

LIMIT_BYTES = 4096
_VERIFY = Operation(
    "Verify a payment",
    "Send what came back in the return URL; StepPay is asked, and its answer decides. What the browser claims "
    "(`status`) only chooses between `pending`, `failed` and `canceled`, and only when StepPay itself shows an unpaid "
    f"order. The body has at most {LIMIT_BYTES} bytes. A page may call this only from an origin of "
    "`WIDGET_ALLOWED_ORIGINS`; a backend sends no `Origin`.",
    tag="Verdict",
    parameters=(LANGUAGE_PARAMETER,),
    body=VerifyRequest,
    body_examples={"claim": {"orderCode": examples.CODE, "orderId": 183682, "status": "success"}},
    answers=(Answer(200, "StepPay answered.", VerdictAnswer, examples=examples.VERDICTS),),
    refuses=(*BAD_BODY, OriginNotAllowed, OrderNotFound, *UPSTREAM),
)


def verify_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("verify", __name__)
    schema = VerifyRequest()

    @blueprint.post("/v1/verify")
    @describe(_VERIFY)
    def verify_claim() -> Response:
        asked = load(schema, read_json_object(request, LIMIT_BYTES))
        claim = Claim(asked["order_code"], asked["order_id"], asked["status"])
        body = verdict_body(verify(claim, deps.steppay, deps.clock))
        if asked["attempt"]:
            remember_return(asked["attempt"], claim.order_code, body, deps.attempts, deps.clock)
        response = jsonify(with_message(body, language(request)))
        response.vary.add("Accept-Language")
        return response

    return blueprint
