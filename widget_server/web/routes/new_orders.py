"""For the merchant backend: `POST /v1/orders` makes an order at StepPay with one call."""

import re

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.order_request import IDEMPOTENCY_KEY, KEY_SENTENCE
from widget_server.errors import (
    IdempotencyKeyReused,
    InvalidRequest,
    OrderInProgress,
    OrderOutcomeUnknown,
    OrderRefused,
    OrderUnconfirmed,
    StorageError,
)
from widget_server.services.create_order import create_order
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_json_object
from widget_server.web.new_order_schemas import NewOrderRequest, created_body
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
from widget_server.web.openapi.response_schemas import CreatedOrderResponse
from widget_server.web.schemas import json_pattern, load

_QUOTED = re.compile(r'"([^"]*)"')
"""The header as a structured field (RFC 9651), which the IETF's draft of it asks for; most clients send it plain."""
KEY_PARAMETER = Parameter(
    "Idempotency-Key",
    "A new one for each order, such as a UUID. For 30 days the same key with the same body gives the same order.",
    {"type": "string", "pattern": json_pattern(IDEMPOTENCY_KEY)},
    "7f3c1c9e-6a52-4d0b-9d55-0f6f0a4f8a11",
    "header",
    required=True,
)
_CREATE = Operation(
    "Make an order",
    "StepPay makes the order, and the amount of its answer is bound in the same step. Repeat the request with the same "
    "`Idempotency-Key` after a connection that broke and after every answer with `Retry-After`: it never makes two "
    "orders. Then give `orderCode`, `payUrl` or `html` to the page.",
    tag="Merchant",
    parameters=(KEY_PARAMETER,),
    body=NewOrderRequest,
    body_examples={"known customer": examples.NEW_ORDER},
    responses=(
        ResponseSpec(201, "Made, now or before.", CreatedOrderResponse, examples={"made": examples.CREATED_ORDER}),
    ),
    errors=(
        *MERCHANT_AUTH_ERRORS,
        *BAD_BODY,
        *UPSTREAM,
        OrderRefused,
        IdempotencyKeyReused,
        OrderInProgress,
        OrderUnconfirmed,
        OrderOutcomeUnknown,
        StorageError,
    ),
    merchant_only=True,
)


def new_orders_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("new_orders", __name__)
    schema, public_url = NewOrderRequest(), deps.settings.public_url

    @blueprint.post("/v1/orders")
    @describe(_CREATE)
    def create() -> tuple[Response, int]:
        key = read_idempotency_key()
        members = load(schema, read_json_object(request))
        made = create_order(deps, public_url, idempotency_key=key, **members)
        return jsonify(created_body(made, public_url)), 201

    return blueprint


def read_idempotency_key() -> str:
    """The header's value, without the quotes of a structured field. Raises `errors.InvalidRequest`."""
    given = request.headers.get("Idempotency-Key", "").strip()
    quoted = _QUOTED.fullmatch(given)
    key = quoted[1] if quoted else given
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidRequest({"Idempotency-Key": [KEY_SENTENCE if given else f"Is missing. {KEY_SENTENCE}"]})
    return key
