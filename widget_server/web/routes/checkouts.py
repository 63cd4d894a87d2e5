"""Opening a checkout and polling it: `POST /v1/checkouts`, `GET /v1/checkouts/{checkout}`."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from widget_server.config import origin_of
from widget_server.domain.checkout import CHECKOUT_ID
from widget_server.domain.opening import may_pay_another_way
from widget_server.domain.pay_url import ReturnUrls
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.errors import (
    CheckoutNotFound,
    InvalidRequest,
    OriginNotAllowed,
    RateLimited,
    StorageError,
)
from widget_server.services.checkouts import BaseUrls, CheckoutRequest, latest_known_verdict, open_checkout
from widget_server.services.reopening import find_obstacle
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_json_object
from widget_server.web.middleware.guard import spend
from widget_server.web.openapi import examples
from widget_server.web.openapi.operations import BAD_BODY, Operation, ResponseSpec, describe
from widget_server.web.openapi.parameters import CHECKOUT_PARAMETER, LANGUAGE_PARAMETER
from widget_server.web.openapi.response_schemas import (
    CheckoutStateResponse,
    OpenedCheckoutResponse,
    StandingVerdictResponse,
)
from widget_server.web.route_table import ROUTES
from widget_server.web.schemas import OpenCheckoutRequest, load
from widget_server.web.translations import language, with_message

_PATH = "/v1/checkouts"
_OPEN = Operation(
    "Open a checkout",
    "Stores the checkout under an unguessable id and gives the address of StepPay's pay page. The return URLs lead to "
    "our return page; in `redirect` mode to the URLs you send, which must have the calling page's own origin. "
    f"The body has at most {ROUTES[_PATH].body_bytes} bytes.",
    tag="Checkout",
    body=OpenCheckoutRequest,
    body_examples={"tab": {"orderCode": examples.CODE, "mode": "tab", "locale": "ko"}},
    responses=(
        ResponseSpec(201, "Opened.", OpenedCheckoutResponse, examples={"opened": examples.OPENED}),
        ResponseSpec(
            200,
            "Nothing is opened, because the order is paid, was refunded or awaits a deposit: show this verdict. For a "
            "signed one use `POST /v1/verify`.",
            StandingVerdictResponse,
            examples={"paid": examples.STANDING},
        ),
    ),
    errors=(*BAD_BODY, OriginNotAllowed, RateLimited, StorageError),
)
_POLL = Operation(
    "Poll a checkout",
    "Whether the shopper came back, and the newest known verdict on the order, also from a webhook event or a recheck. "
    "Never calls StepPay. For fulfillment use `POST /v1/verify`.",
    tag="Checkout",
    parameters=(CHECKOUT_PARAMETER, LANGUAGE_PARAMETER),
    responses=(ResponseSpec(200, "What is known so far.", CheckoutStateResponse, examples=examples.CHECKOUT_STATES),),
    errors=(OriginNotAllowed, CheckoutNotFound, RateLimited, StorageError),
)
_BACK = ("success_url", "error_url", "cancel_url")


def checkouts_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("checkouts", __name__)
    schema = OpenCheckoutRequest()
    addresses = BaseUrls(deps.settings.public_url, deps.settings.steppay_api_url)

    @blueprint.post(_PATH)
    @describe(_OPEN)
    def create_checkout() -> tuple[Response, int]:
        members = load(schema, read_json_object(request))
        spend(RateLimitBucket.OPEN, order_code=members["order_code"])
        origin = request.headers.get("Origin")
        back = _return_urls(members, (origin,) if origin else deps.settings.cors_origins)
        obstacle = find_obstacle(members["order_code"], deps.checkouts, deps)
        if obstacle and not (members["again"] and may_pay_another_way(obstacle)):
            return jsonify({"verdict": with_message(obstacle, language(request, members["locale"]))}), 200
        opening = CheckoutRequest(members["order_code"], members["mode"], origin, members["locale"], back)
        checkout, pay_url = open_checkout(opening, addresses, deps.checkouts, deps.clock, deps.new_checkout_id)
        expires = checkout.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return jsonify({"checkout": checkout.id, "payUrl": pay_url, "expiresAt": expires}), 201

    @blueprint.get(f"{_PATH}/<checkout_id>")
    @describe(_POLL)
    def poll_checkout(checkout_id: str) -> Response:
        checkout = deps.checkouts.find(checkout_id) if CHECKOUT_ID.fullmatch(checkout_id) else None
        spend(RateLimitBucket.POLL, checkout=checkout)
        if checkout is None:
            raise CheckoutNotFound
        known = latest_known_verdict(checkout, deps.ledger, deps.expectations, free_orders=deps.free_orders)
        verdict = known and with_message(known, language(request, checkout.locale))
        return jsonify({"state": checkout.state, "verdict": verdict})

    return blueprint


def _return_urls(members: dict[str, Any], origins: tuple[str, ...]) -> ReturnUrls | None:
    """Redirect mode comes back to the page itself. Only to an origin that may call us: never an open redirect."""
    if members["mode"] != "redirect" or not any(members[name] for name in _BACK):
        return None
    given = [members[name] for name in _BACK]
    if any(url is not None and origin_of(url) not in origins for url in given):
        raise InvalidRequest({"successUrl": ["Return URLs must have the calling page's own origin."]})
    success = given[0] or given[1] or given[2]
    error = given[1] or success
    return ReturnUrls(success, error, given[2] or error)
