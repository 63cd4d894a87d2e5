"""For the merchant backend: `GET /v1/subscriptions/{subscriptionId}`, and `POST .../payment-method`.

Only callers with the `WIDGET_API_KEY` pass `web/middleware/authentication.py`.
"""

from flask import Blueprint, Response, jsonify, request

from widget_server.errors import InvalidRequest, OrderRefused, StorageError, SubscriptionEnded, SubscriptionNotFound
from widget_server.services.change_card import change_card
from widget_server.web.card_change_schemas import CardChangeRequest, card_change_body
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_json_object
from widget_server.web.openapi import examples
from widget_server.web.openapi.operations import (
    BAD_BODY,
    MERCHANT_AUTH_ERRORS,
    UPSTREAM,
    Operation,
    ResponseSpec,
    describe,
)
from widget_server.web.openapi.parameters import SUBSCRIPTION_ID_PARAMETER
from widget_server.web.openapi.response_schemas import CardChangeResponse, SubscriptionResponse
from widget_server.web.order_schemas import SubscriptionPath
from widget_server.web.schemas import load

_SHOW = Operation(
    "Whether a member may come in",
    "StepPay is asked now. An error says nothing about access: keep the last answer you had.",
    tag="Merchant",
    parameters=(SUBSCRIPTION_ID_PARAMETER,),
    responses=(
        ResponseSpec(200, "StepPay knows it.", SubscriptionResponse, examples={"subscription": examples.SUBSCRIPTION}),
    ),
    errors=(*MERCHANT_AUTH_ERRORS, InvalidRequest, SubscriptionNotFound, *UPSTREAM),
    merchant_only=True,
)
_CHANGE_CARD = Operation(
    "Change the card of a subscription",
    "StepPay makes an order that charges nothing, for this subscription. Give `orderCode`, `payUrl` or `html` to the "
    "page of the member **after you have checked that the subscription is theirs**; the card that they register there "
    "pays from then on. Each request makes an order of its own, and one that is not opened changes nothing: repeat the "
    "request after a connection that broke and after 503.",
    tag="Merchant",
    parameters=(SUBSCRIPTION_ID_PARAMETER,),
    body=CardChangeRequest,
    body_examples={"the owner's": {"customerId": 5210}},
    responses=(ResponseSpec(201, "Made.", CardChangeResponse, examples={"made": examples.CARD_CHANGE}),),
    errors=(
        *MERCHANT_AUTH_ERRORS,
        *BAD_BODY,
        *UPSTREAM,
        SubscriptionNotFound,
        SubscriptionEnded,
        OrderRefused,
        StorageError,
    ),
    merchant_only=True,
)


def subscriptions_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("subscriptions", __name__)
    path_schema, change_schema, public_url = SubscriptionPath(), CardChangeRequest(), deps.settings.public_url

    @blueprint.get("/v1/subscriptions/<subscription_id>")
    @describe(_SHOW)
    def show_subscription(subscription_id: str) -> Response:
        path = load(path_schema, {"subscriptionId": subscription_id})
        return jsonify(deps.subscriptions.show(path["subscription_id"]))

    @blueprint.post("/v1/subscriptions/<subscription_id>/payment-method")
    @describe(_CHANGE_CARD)
    def change_payment_method(subscription_id: str) -> tuple[Response, int]:
        path = load(path_schema, {"subscriptionId": subscription_id})
        members = load(change_schema, read_json_object(request))
        owner = members.get("customer_id")
        made = change_card(deps, deps.subscriptions, public_url, path["subscription_id"], customer_id=owner)
        return jsonify(card_change_body(made, public_url, members["locale"])), 201

    return blueprint
