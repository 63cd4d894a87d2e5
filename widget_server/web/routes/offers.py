"""For static pages: `GET /v1/offers/{offer}` says what is sold, `POST /v1/offers/{offer}/orders` makes the order.

A page names an offer of the merchant's file and its shopper, and nothing else: no product, no price, no customer.
"""

from datetime import UTC

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.offer import Offer
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.domain.verdict_json import rfc3339
from widget_server.errors import (
    IdempotencyKeyReused,
    OfferChanged,
    OfferNotFound,
    OrderInProgress,
    OrderOutcomeUnknown,
    OrderRefused,
    OrderUnconfirmed,
    OriginNotAllowed,
    RateLimited,
    StorageError,
)
from widget_server.services.offers import Asked, order_offer
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_json_object
from widget_server.web.middleware.guard import spend
from widget_server.web.new_order_schemas import OfferOrderRequest
from widget_server.web.openapi import examples
from widget_server.web.openapi.operations import BAD_BODY, UPSTREAM, Operation, Parameter, ResponseSpec, describe
from widget_server.web.openapi.parameters import LANGUAGE_PARAMETER, OFFER_PARAMETER
from widget_server.web.openapi.response_schemas import OfferOrderResponse, OfferResponse
from widget_server.web.routes.new_orders import KEY_PARAMETER, read_idempotency_key
from widget_server.web.schemas import load
from widget_server.web.translations import LANGUAGES, language

_PATH = "/v1/offers/<offer>"
_LANG = Parameter("lang", "The language of the texts, over the browser's.", {"enum": list(LANGUAGES)}, "ko", "query")
_SHOW = Operation(
    "What an offer sells",
    "For the offer's own pages; any cache may keep it for a minute.",
    tag="Checkout",
    parameters=(OFFER_PARAMETER, _LANG, LANGUAGE_PARAMETER),
    responses=(ResponseSpec(200, "The offer.", OfferResponse, examples={"offer": examples.OFFER}),),
    errors=(OfferNotFound, OriginNotAllowed, RateLimited),
)
_ORDER = Operation(
    "Order an offer",
    "Makes a new customer and the order at StepPay, and binds the amount. The product, the price and the deadline are "
    "those of the offers file; other members of the body are ignored. Repeat the request with the same "
    "`Idempotency-Key` after a connection that broke and after every answer with `Retry-After`: it never makes two "
    "orders. Name, e-mail and phone number pass through and are kept nowhere here.",
    tag="Checkout",
    parameters=(OFFER_PARAMETER, KEY_PARAMETER),
    body=OfferOrderRequest,
    body_examples={"two pieces": examples.BUYER},
    responses=(ResponseSpec(201, "Made, now or before.", OfferOrderResponse, examples={"made": examples.ORDERED}),),
    errors=(
        *(OfferNotFound, OriginNotAllowed, RateLimited),
        *BAD_BODY,
        *UPSTREAM,
        OrderRefused,
        IdempotencyKeyReused,
        OrderInProgress,
        OrderUnconfirmed,
        OrderOutcomeUnknown,
        OfferChanged,
        StorageError,
    ),
)


def offers_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("offers", __name__)
    schema, public_url = OfferOrderRequest(), deps.settings.public_url

    @blueprint.get(_PATH)
    @describe(_SHOW)
    def show_offer(offer: str) -> Response:
        chosen = request.args.get("lang")
        body = _find(offer, deps).body(language(request, chosen if chosen in LANGUAGES else None))
        response = jsonify(body)
        response.headers["Cache-Control"] = "public, max-age=60"
        response.headers["Vary"] = "Accept-Language"
        return response

    @blueprint.post(f"{_PATH}/orders")
    @describe(_ORDER)
    def order(offer: str) -> tuple[Response, int]:
        found, key = _find(offer, deps), read_idempotency_key()
        asked = Asked(key, **load(schema, read_json_object(request)))
        made = order_offer(found, asked, deps, public_url, lambda: _admit(found))
        expires = rfc3339(made.expires_at.astimezone(UTC)) if made.expires_at else None
        return jsonify({"orderCode": made.order_code, "expiresAt": expires}), 201

    return blueprint


def _find(offer_id: str, deps: Deps) -> Offer:
    """The offer, if this page may sell it. A client that is no page sends no `Origin`."""
    offer = deps.offers.find(offer_id)
    if offer is None:
        raise OfferNotFound
    origin = request.headers.get("Origin")
    if origin is not None and origin not in offer.origins:
        raise OriginNotAllowed
    return offer


def _admit(offer: Offer) -> None:
    """A new order: of this client, then of all clients, so that one that is refused takes nothing from the others."""
    spend(RateLimitBucket.ORDER_BURST)
    spend(RateLimitBucket.ORDER)
    spend(RateLimitBucket.ORDER_ALL, offer=offer.id)
