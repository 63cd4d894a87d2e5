"""For the merchant backend: `GET /v1/subscriptions/{subscriptionId}`.

Only callers with the `WIDGET_API_KEY` pass `web/middleware/authentication.py`.
"""

from flask import Blueprint, Response, jsonify

from widget_server.errors import InvalidRequest, SubscriptionNotFound
from widget_server.web.deps import Deps
from widget_server.web.openapi import examples
from widget_server.web.openapi.operations import MERCHANT_AUTH_ERRORS, UPSTREAM, Operation, ResponseSpec, describe
from widget_server.web.openapi.parameters import SUBSCRIPTION_ID_PARAMETER
from widget_server.web.openapi.response_schemas import SubscriptionResponse
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


def subscriptions_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("subscriptions", __name__)
    path_schema = SubscriptionPath()

    @blueprint.get("/v1/subscriptions/<subscription_id>")
    @describe(_SHOW)
    def show_subscription(subscription_id: str) -> Response:
        path = load(path_schema, {"subscriptionId": subscription_id})
        return jsonify(deps.subscriptions.show(path["subscription_id"]))

    return blueprint
