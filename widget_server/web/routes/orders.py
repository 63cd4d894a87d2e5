"""For the merchant backend: `PUT /v1/orders/{orderCode}/expectation` and `GET /v1/orders/{orderCode}`.

Only callers with the `WIDGET_API_KEY` pass `web/middleware/authentication.py`.
"""

import logging
from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.claims import body_without_claim
from widget_server.domain.expectation import Outcome, under_binding
from widget_server.domain.model import Claim, Expectation
from widget_server.domain.order_record import Cause, Record, latest_verdict
from widget_server.domain.verdict_json import verdict_body
from widget_server.errors import ExpectationSettled, ExpectationUnavailable, InvalidRequest, OrderNotFound, StorageError
from widget_server.services.expectations import bind_expectation, find_binding
from widget_server.services.order_timeline import timeline
from widget_server.services.verification import verify_order
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_json_object
from widget_server.web.openapi import examples
from widget_server.web.openapi.operations import (
    BAD_BODY,
    MERCHANT_AUTH_ERRORS,
    UPSTREAM,
    Operation,
    Parameter,
    ResponseSpec,
    describe,
)
from widget_server.web.openapi.parameters import ORDER_CODE_PARAMETER
from widget_server.web.openapi.response_schemas import BoundResponse, OrderResponse
from widget_server.web.order_schemas import ExpectationRequest, OrderPath, expectation_body, order_body, timeline_body
from widget_server.web.schemas import load

log = logging.getLogger("widget_server.orders")

_BIND = Operation(
    "Bind what an order must cost",
    "Before payment, from your records. From then on no verdict is `paid` for another amount or currency. The same "
    "values again change nothing; others correct them, until a final verdict was checked against them.",
    tag="Merchant",
    parameters=(ORDER_CODE_PARAMETER,),
    body=ExpectationRequest,
    body_examples={"expectation": examples.EXPECTATION},
    responses=(
        ResponseSpec(201, "Bound.", BoundResponse, examples={"bound": examples.BOUND}),
        ResponseSpec(200, "Bound before: the same, or corrected.", BoundResponse, examples={"bound": examples.BOUND}),
    ),
    errors=(*MERCHANT_AUTH_ERRORS, *BAD_BODY, ExpectationSettled, StorageError),
    merchant_only=True,
)
_SHOW = Operation(
    "What is known of an order",
    "The bound amount, the newest verdict and the order's history, without a call to StepPay; `refresh=1` verifies the "
    "order now, `timeline=1` adds what happened to it: checkouts opened, shoppers back, events, verdicts, webhooks.",
    tag="Merchant",
    parameters=(
        ORDER_CODE_PARAMETER,
        Parameter("refresh", "`1`: verify the order now.", {"enum": ["0", "1"]}, "1", "query"),
        Parameter("timeline", "`1`: with what happened to the order.", {"enum": ["0", "1"]}, "1", "query"),
    ),
    responses=(ResponseSpec(200, "Known.", OrderResponse, examples=examples.ORDERS),),
    errors=(*MERCHANT_AUTH_ERRORS, InvalidRequest, OrderNotFound, *UPSTREAM, ExpectationUnavailable),
    merchant_only=True,
)
_YES: Mapping[tuple[str, ...], bool] = {(): False, ("0",): False, ("1",): True}
_WISHES = {"refresh": "a fresh check", "timeline": "what happened to the order"}


def orders_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("orders", __name__)
    path_schema, expectation_schema = OrderPath(), ExpectationRequest()

    @blueprint.put("/v1/orders/<order_code>/expectation")
    @describe(_BIND)
    def bind(order_code: str) -> tuple[Response, int]:
        load(path_schema, {"orderCode": order_code})
        members = load(expectation_schema, read_json_object(request))
        wanted = Expectation(members["amount"], members["currency"])
        binding, outcome = bind_expectation(order_code, wanted, deps.expectations, deps.clock)
        answer = jsonify({"orderCode": order_code, "expectation": expectation_body(binding)})
        return answer, 201 if outcome is Outcome.CREATED else 200

    @blueprint.get("/v1/orders/<order_code>")
    @describe(_SHOW)
    def show(order_code: str) -> Response:
        load(path_schema, {"orderCode": order_code})
        wants_timeline = _wants("timeline")
        fresh = _refresh(order_code, deps) if _wants("refresh") else None
        binding = find_binding(order_code, deps.expectations)
        record = _find_record(order_code, deps, refreshed=fresh is not None)
        answered = body_without_claim(deps.checkouts.find_last_verdict(order_code))
        verdict = fresh or latest_verdict(answered, record.body if record else None)
        if verdict is not None and verdict != under_binding(verdict, binding, free_orders=deps.free_orders):
            verdict = None
        entries = timeline(deps.order_detail(order_code)) if wants_timeline else ()
        if verdict is None and binding is None and record is None and not entries:
            raise OrderNotFound
        body = order_body(order_code, binding, verdict, record)
        return jsonify(body | ({"timeline": timeline_body(entries)} if wants_timeline else {}))

    return blueprint


def _find_record(order_code: str, deps: Deps, *, refreshed: bool) -> Record | None:
    """A fresh verdict is returned even without its history."""
    try:
        return deps.ledger.find(order_code)
    except StorageError:
        if not refreshed:
            raise
        log.error("history_not_read order=%s", order_code)
        return None


def _wants(name: str) -> bool:
    try:
        return _YES[tuple(request.args.getlist(name))]
    except KeyError:
        raise InvalidRequest({name: [f"Must be 1 for {_WISHES[name]}, else leave it out."]}) from None


def _refresh(order_code: str, deps: Deps) -> dict[str, object]:
    """Without any claim: what a browser brought back plays no part here."""
    return verdict_body(verify_order(Claim(order_code), Cause.BACKEND, deps))
