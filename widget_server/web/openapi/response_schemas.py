"""The JSON that goes out, as marshmallow schemas for the OpenAPI document; tests hold every real response against them.

Enums come from the domain. Responses are written by `domain.verdict_json` and the routes, not through these classes:
an allow-list in plain sight is easier to check than a serializer, and costs nothing per request.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Any, get_args

from marshmallow import fields, validate

from widget_server.domain.checkout import CHECKOUT_ID, CheckoutState
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.display_options import PAGE_OPTIONS
from widget_server.domain.model import ORDER_CODE, OrderType, PaymentStatus
from widget_server.domain.order_record import Cause
from widget_server.domain.subscription import SubscriptionStatus
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import REASONS
from widget_server.services.order_timeline import ENTRY_KINDS
from widget_server.web.problems import all_codes
from widget_server.web.schemas import CamelCaseSchema, FullMatch


def _member(kind: type[fields.Field[Any]], text: str, *own: object, optional: bool = False, **more: Any) -> Any:
    """Every member has a description, and is always there unless `optional`."""
    return kind(*own, required=not optional, metadata={"description": text}, **more)


_text = partial(_member, fields.String)
_number = partial(_member, fields.Integer)
_amount = partial(_member, fields.Float)
_flag = partial(_member, fields.Boolean)
_moment = partial(_member, fields.AwareDateTime)
_nested = partial(_member, fields.Nested)


def _one_of(values: Iterable[str], text: str, **more: Any) -> Any:
    return _text(text, validate=validate.OneOf(tuple(values)), **more)


def _always(value: object, text: str, **more: Any) -> Any:
    kind = fields.Boolean if isinstance(value, bool) else fields.String
    return _member(kind, text, validate=validate.Equal(value), **more)


def _enum(kind: type[StrEnum], text: str, **more: Any) -> Any:
    return _member(fields.Enum, text, kind, by_value=fields.String, **more)


def _order_code() -> Any:
    return _text("StepPay's order code.", validate=FullMatch(ORDER_CODE, ""))


class RecordedVerdictResponse(CamelCaseSchema):
    """What a merchant backend reads; the two below add what a page needs."""

    order_code = _order_code()
    order_id = _number("StepPay's order number.")
    order_type = _enum(OrderType, "StepPay's order type; null where it is not a documented one.", allow_none=True)
    verdict = _enum(VerdictKind, "What you may believe about this payment.")
    reason = _one_of(REASONS, "Why.")
    fulfill = _flag(
        "True for `paid`, and for an order of 0 where the merchant backend bound the amount 0 (or with "
        "`WIDGET_FREE_ORDERS=fulfill`). Compare amount and currency with your order as well."
    )
    final = _flag("Whether asking again soon would change nothing.")
    retry_after = _number("Seconds to wait before asking again; null when final.", allow_none=True)
    payment_status = _enum(PaymentStatus, "The receipt's state as StepPay names it; null without one.", allow_none=True)
    payment_date = _moment("When StepPay's order says it was paid.", allow_none=True)
    amount = _amount("The order's price in its currency. It alone proves no payment.")
    returned_amount = _amount("How much of it went back.")
    currency = _text("ISO 4217 code; null when StepPay named none or several.", allow_none=True)
    subscription_ids = _member(fields.List, "StepPay's numbers of the order's subscriptions.", fields.Integer())
    checked_at = _moment("When StepPay was asked.")


class LastVerdictResponse(RecordedVerdictResponse):
    """The last verdict of a checkout. It may be old, so it carries no token."""

    title = _text("For the shopper, by `Accept-Language`; `message` is its text.")
    message = _text("Complete sentences for the shopper, which may begin with the words of `title`.")


class VerdictResponse(LastVerdictResponse):
    """`POST /v1/verify`."""

    token = _text("The verdict, signed for your backend (JWS, EdDSA); good for ten minutes.")


class OpenedCheckoutResponse(CamelCaseSchema):
    checkout = _text("The checkout's id; it answers for seven days.", validate=FullMatch(CHECKOUT_ID, ""))
    pay_url = _member(fields.URL, "StepPay's pay page, with your return URLs.")
    expires_at = _moment("When the id stops answering.")


class StandingVerdictResponse(CamelCaseSchema):
    """Instead of a pay page."""

    verdict = _nested("What the order is already.", LastVerdictResponse)


class CheckoutStateResponse(CamelCaseSchema):
    state = _one_of(get_args(CheckoutState), "Whether the shopper came back.")
    verdict = _nested("The last verdict; null before the first.", LastVerdictResponse, allow_none=True)


class ExpectationResponse(CamelCaseSchema):
    """What the merchant bound to an order."""

    amount = _amount("What the order must cost.")
    currency = _text("ISO 4217 code.")
    bound_at = _moment("When it was bound.")
    settled_at = _moment("Since when a final verdict rests on it and fixes it; null before.", allow_none=True)


class CreatedOrderResponse(CamelCaseSchema):
    """`POST /v1/orders`."""

    order_code = _order_code()
    order_id = _number("StepPay's order number.")
    amount = _amount("What StepPay says it costs; it is bound.")
    currency = _text("ISO 4217 code.")
    pay_url = _text("The link that pays, with the widget and without.")
    html = _text("The same as an element for a page that has the widget's tag.")
    expires_at = _moment("Until when it can be paid; null: no end was given.", allow_none=True)


class CardChangeResponse(CamelCaseSchema):
    """`POST /v1/subscriptions/{subscriptionId}/payment-method`."""

    order_code = _order_code()
    order_id = _number("StepPay's order number.")
    pay_url = _text("The link that changes the card, with the widget and without.")
    html = _text("The same as an element for a page that has the widget's tag.")


class QuantityResponse(CamelCaseSchema):
    min = _number("The fewest pieces.")
    max = _number("The most.")


class OfferResponse(CamelCaseSchema):
    """What a page shows of an offer."""

    offer = _text("Its name.")
    title = _text("What is sold.")
    text = _text("A line more; null: none.", allow_none=True)
    amount = _amount("What one piece costs.")
    currency = _text("ISO 4217 code.")
    quantity = _nested("How many pieces can be bought at once.", QuantityResponse)
    phone = _one_of(("none", "optional", "required"), "Whether the form asks for a phone number.")
    privacy_url = _text("The merchant's privacy page.")


class OfferOrderResponse(CamelCaseSchema):
    order_code = _order_code()
    expires_at = _moment("Until when it can be paid.")


class BoundResponse(CamelCaseSchema):
    order_code = _order_code()
    expectation = _nested("What counts from now on.", ExpectationResponse)


class TransitionResponse(CamelCaseSchema):
    verdict = _enum(VerdictKind, "What the order became.")
    reason = _one_of(REASONS, "Why.")
    cause = _enum(Cause, "Why StepPay was asked.")
    at = _moment("When StepPay was asked.")


class TimelineEntryResponse(CamelCaseSchema):
    """Of the members below `at`, those of its kind."""

    kind = _one_of(ENTRY_KINDS, "What happened.")
    at = _moment("When, to the millisecond.")
    mode = _text("`opened`, `returned`: how the pay page was opened.", optional=True)
    event = _text("`event`: StepPay's name of it. Its signature was verified.", optional=True)
    verdict = _enum(VerdictKind, "`verdict`: what the order became.", optional=True)
    reason = _one_of(REASONS, "`verdict`: why.", optional=True)
    cause = _enum(Cause, "`verdict`: why StepPay was asked.", optional=True)
    delivery_id = _text("`message`: the webhook's id.", optional=True)
    type = _text("`message`: the webhook's type.", optional=True)
    state = _one_of(get_args(DeliveryState), "`message`: how far the webhook is.", optional=True)


class OrderResponse(CamelCaseSchema):
    order_code = _order_code()
    expectation = _nested("What was bound; null: nothing.", ExpectationResponse, allow_none=True)
    verdict = _nested("The latest verdict; null: none yet.", RecordedVerdictResponse, allow_none=True)
    checked_at = _moment("When StepPay was asked for it; null: never.", allow_none=True)
    needs_review = _flag("Whether a person has to look: StepPay's answers contradict each other or the expectation.")
    history = _member(fields.List, "Each change of the record, the oldest first.", fields.Nested(TransitionResponse))
    timeline = _member(
        fields.List,
        "With `timeline=1`: what happened to the order, the oldest first.",
        fields.Nested(TimelineEntryResponse),
        optional=True,
    )


class SubscriptionItemResponse(CamelCaseSchema):
    product_code = _text("StepPay's code of the product; null where StepPay names none.", allow_none=True)
    price_code = _text("StepPay's code of the price; null where StepPay names none.", allow_none=True)


class SubscriptionResponse(CamelCaseSchema):
    """Nothing of the member."""

    subscription_id = _number("StepPay's number of the subscription.")
    status = _enum(SubscriptionStatus, "StepPay's status.")
    access = _flag("Whether the member may come in.")
    current_period_end = _moment("When the current period ends.")
    next_payment_date = _moment("When StepPay charges next; null: it does not.", allow_none=True)
    cancel_at_period_end = _flag("Whether it ends with the current period.")
    items = _member(fields.List, "What is subscribed to.", fields.Nested(SubscriptionItemResponse))
    checked_at = _moment("When StepPay was asked.")


class WebhookResponse(CamelCaseSchema):
    status = _one_of(("stored", "known", "ignored"), "`stored`: now; `known`: before; `ignored`: nothing to do.")


class PublicKeyResponse(CamelCaseSchema):
    kty = _always("OKP", "Always `OKP`.")
    crv = _always("Ed25519", "Always `Ed25519`.")
    x = _text("The public key, base64url.")
    kid = _text("The key's name: its thumbprint (RFC 7638).")
    use = _always("sig", "Always `sig`.")
    alg = _always("EdDSA", "Always `EdDSA`.")


class KeySetResponse(CamelCaseSchema):
    keys = _member(fields.List, "The first one signs; the others did or will.", fields.Nested(PublicKeyResponse))


class PageRuleResponse(
    CamelCaseSchema.from_dict({name: _one_of(*option) for name, option in PAGE_OPTIONS.items()})  # type: ignore[misc]
):
    pay_url = _text(
        "StepPay's pay page, with the literal text `{orderCode}`; null for a page whose origin is not allowed.",
        allow_none=True,
    )


class TagResponse(CamelCaseSchema):
    src = _member(fields.URL, "Where the widget is, by its hash; these bytes stay there.", require_tld=False)
    integrity = _text("Its hash, for the browser to check.")
    html = _text("The whole script tag.")
    csp = _member(
        fields.Dict,
        "What a Content-Security-Policy of this page needs, sources by directive; `frame-src` only where the pay page "
        "may be framed.",
        fields.String(),
        fields.String(),
    )


class ContactResponse(CamelCaseSchema):
    label = _text("What the shopper reads.")
    url = _text("A link: `tel:`, `mailto:` or `https:`.")


class ShopResponse(CamelCaseSchema):
    """By the settings `WIDGET_SHOP_…`; only what is set is there."""

    name = _text("The shop's name.", optional=True)
    support = _nested("Where shoppers ask for help.", ContactResponse, optional=True)
    orders_url = _member(fields.URL, "The shop's page of orders.", require_tld=False, optional=True)


_WORDS = "By the keys of `configure({ texts })`; a line break parts title and text."


class ScreensResponse(CamelCaseSchema):
    css = _text("A style sheet for the screens.")
    ko = _member(fields.Dict, f"Words in Korean. {_WORDS}", fields.String(), fields.String())
    en = _member(fields.Dict, f"Words in English. {_WORDS}", fields.String(), fields.String())
    shop = _nested("Missing where the settings say nothing of the shop.", ShopResponse, optional=True)


class HealthResponse(CamelCaseSchema):
    status = _always("ok", "`ok`; anything else is a problem document.")


class ProblemResponse(CamelCaseSchema):
    """RFC 9457. The last members are there where a payment is in question: an error is never a failed payment."""

    type = _always("about:blank", "Always `about:blank`: `code` identifies the problem.")
    title = _text("The HTTP status in words.")
    status = _number("The HTTP status.")
    code = _one_of(all_codes(), "Stable, for programs.")
    detail = _text("A sentence, for people.")
    errors = _member(
        fields.Dict,
        "For `invalid_request`: each wrong member and what it must be.",
        fields.String(),
        fields.List(fields.String()),
        optional=True,
    )
    request_id = _text("For `internal_error`: finds the line in the server's log.", optional=True)
    verdict = _always(VerdictKind.UNKNOWN.value, "Never more than `unknown`.", optional=True)
    reason = _one_of(all_codes(), "The code once more.", optional=True)
    fulfill = _always(False, "Always false.", optional=True)
    final = _always(False, "Always false: ask again.", optional=True)
    retry_after = _number("Seconds to wait before asking again.", optional=True)
