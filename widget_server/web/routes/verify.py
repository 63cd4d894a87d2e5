"""`POST /v1/verify`: a claim in, the verdict out."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from widget_server.domain.checkout import CHECKOUT_ID
from widget_server.domain.claims import with_stored_status
from widget_server.domain.model import ORDER_CODE, Claim
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.domain.order_record import Cause
from widget_server.domain.pay_url import CLAIMS
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.domain.verdict_json import verdict_body
from widget_server.errors import ExpectationUnavailable, OrderNotFound, OriginNotAllowed, RateLimited
from widget_server.services.checkouts import find_checkout, record_checkout_verdict, record_return
from widget_server.services.verdict_token import sign_verdict
from widget_server.services.verification import verify_order
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_json_object
from widget_server.web.middleware.guard import spend
from widget_server.web.middleware.pipeline import current_request
from widget_server.web.openapi import examples
from widget_server.web.openapi.operations import BAD_BODY, UPSTREAM, Operation, ResponseSpec, describe
from widget_server.web.openapi.parameters import LANGUAGE_PARAMETER
from widget_server.web.openapi.response_schemas import VerdictResponse
from widget_server.web.route_table import ROUTES
from widget_server.web.schemas import VerifyRequest, load
from widget_server.web.translations import language, with_message

_PATH = "/v1/verify"
_MOST_BYTES = ROUTES[_PATH].body_bytes
_VERIFY = Operation(
    "Verify a payment",
    "Send what came back in the return URL. The server calls StepPay, and only StepPay's response decides. The claim "
    "(`status`) only chooses between `pending`, `failed` and `canceled`, and only for an order that StepPay shows as "
    "unpaid. It is stored with the `checkout`: a later verification of that checkout without a status of its own uses "
    f"it, until the same order is opened again. The body has at most {_MOST_BYTES} bytes. A page may call this only "
    "from an origin of `WIDGET_ALLOWED_ORIGINS`; a backend sends no `Origin`.",
    tag="Verdict",
    parameters=(LANGUAGE_PARAMETER,),
    body=VerifyRequest,
    body_examples={"claim": {"orderCode": examples.CODE, "orderId": 183682, "status": "success"}},
    responses=(ResponseSpec(200, "StepPay answered.", VerdictResponse, examples=examples.VERDICTS),),
    errors=(*BAD_BODY, OriginNotAllowed, OrderNotFound, *UPSTREAM, ExpectationUnavailable, RateLimited),
)


def verify_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("verify", __name__)
    schema = VerifyRequest()

    @blueprint.post(_PATH)
    @describe(_VERIFY)
    def verify_claim() -> Response:
        request = current_request()
        sent = read_json_object(request)
        members = plain_verify_request(sent) or load(schema, sent)
        claim = Claim(members["order_code"], members["order_id"], members["status"])
        checkout = find_checkout(members["checkout"], claim.order_code, deps.checkouts) if members["checkout"] else None
        spend(RateLimitBucket.ASK, checkout=checkout)
        if checkout and claim.status:  # only a return address names a status
            checkout = record_return(checkout, claim.status, deps.clock(), deps.checkouts)
        verdict = verify_order(with_stored_status(claim, checkout.claim if checkout else None), Cause.VERIFY, deps)
        body = verdict_body(verdict)
        if checkout:
            record_checkout_verdict(checkout, body, deps.checkouts)
        settings = deps.settings
        token = sign_verdict(body, verdict.checked_at, deps.signer, settings.public_url, settings.allowed_origins)
        response = jsonify({**with_message(body, language(request)), "token": token})
        response.headers["Vary"] = "Accept-Language"
        return response

    return blueprint


def plain_verify_request(body: Mapping[str, object]) -> dict[str, Any] | None:
    """What `VerifyRequest` gives for a body as the widget sends it. None: marshmallow converts it, or explains what is
    wrong. This saves most of its time; a property test holds the two together."""
    code, order_id = body.get("orderCode"), body.get("orderId")
    status, checkout = body.get("status"), body.get("checkout")
    if not isinstance(code, str) or not ORDER_CODE.fullmatch(code) or status not in (None, *CLAIMS):
        return None
    if order_id is not None and (type(order_id) is not int or not 1 <= order_id <= MAX_ORDER_ID):
        return None
    if checkout is not None and (not isinstance(checkout, str) or not CHECKOUT_ID.fullmatch(checkout)):
        return None
    return {"order_code": code, "order_id": order_id, "status": status, "checkout": checkout}
