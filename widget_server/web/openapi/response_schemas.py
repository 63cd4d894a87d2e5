"""The JSON that goes out, as marshmallow schemas for the OpenAPI document; tests hold every real response against them.

Enums come from the domain. Responses are written by `domain.verdict_json` and the routes, not through these classes:
an allow-list in plain sight is easier to check than a serializer, and costs nothing per request.
"""

from typing import get_args

from marshmallow import fields

from widget_server.domain.checkout import CHECKOUT_ID, CheckoutState
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.display_options import PAGE_OPTIONS
from widget_server.domain.model import OrderType, PaymentStatus
from widget_server.domain.order_record import Cause
from widget_server.domain.subscription import SubscriptionStatus
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import REASONS
from widget_server.services.order_timeline import ENTRY_KINDS
from widget_server.web.openapi import members as of
from widget_server.web.problem_codes import all_codes
from widget_server.web.schemas import CamelCaseSchema, FullMatch


class RecordedVerdictResponse(CamelCaseSchema):
    """What a merchant backend reads; the two below add what a page needs."""

    order_code = of.order_code()
    order_id = of.number("StepPay's order number.")
    order_type = of.enum(OrderType, "StepPay's order type; null where it is not a documented one.", allow_none=True)
    verdict = of.enum(VerdictKind, "What you may believe about this payment.")
    reason = of.one_of(REASONS, "Why.")
    fulfill = of.flag(
        "True for `paid`, and for an order of 0 where the merchant backend bound the amount 0 (or with "
        "`WIDGET_FREE_ORDERS=fulfill`). Compare amount and currency with your order as well."
    )
    final = of.flag("Whether asking again soon would change nothing.")
    retry_after = of.number("Seconds to wait before asking again; null when final.", allow_none=True)
    payment_status = of.enum(
        PaymentStatus, "The receipt's state as StepPay names it; null without one.", allow_none=True
    )
    payment_date = of.moment("When StepPay's order says it was paid.", allow_none=True)
    amount = of.amount("The order's price in its currency. It alone proves no payment.")
    returned_amount = of.amount("How much of it went back.")
    currency = of.text("ISO 4217 code; null when StepPay named none or several.", allow_none=True)
    subscription_ids = of.member(fields.List, "StepPay's numbers of the order's subscriptions.", fields.Integer())
    checked_at = of.moment("When StepPay was asked.")


class LastVerdictResponse(RecordedVerdictResponse):
    """The last verdict of a checkout. It may be old, so it carries no token."""

    title = of.text("For the shopper, by `Accept-Language`; `message` is its text.")
    message = of.text("Complete sentences for the shopper, which may begin with the words of `title`.")


class VerdictResponse(LastVerdictResponse):
    """`POST /v1/verify`."""

    token = of.text("The verdict, signed for your backend (JWS, EdDSA); good for ten minutes.")


class OpenedCheckoutResponse(CamelCaseSchema):
    checkout = of.text("The checkout's id; it answers for seven days.", validate=FullMatch(CHECKOUT_ID, ""))
    pay_url = of.member(fields.URL, "StepPay's pay page, with your return URLs.")
    expires_at = of.moment("When the id stops answering.")


class StandingVerdictResponse(CamelCaseSchema):
    """Instead of a pay page."""

    verdict = of.nested("What the order is already.", LastVerdictResponse)


class CheckoutStateResponse(CamelCaseSchema):
    state = of.one_of(get_args(CheckoutState), "Whether the shopper came back.")
    verdict = of.nested("The last verdict; null before the first.", LastVerdictResponse, allow_none=True)


class ExpectationResponse(CamelCaseSchema):
    """What the merchant bound to an order."""

    amount = of.amount("What the order must cost.")
    currency = of.text("ISO 4217 code.")
    bound_at = of.moment("When it was bound.")
    settled_at = of.moment("Since when a final verdict rests on it and fixes it; null before.", allow_none=True)


class CreatedOrderResponse(CamelCaseSchema):
    """`POST /v1/orders`."""

    order_code = of.order_code()
    order_id = of.number("StepPay's order number.")
    amount = of.amount("What StepPay says it costs; it is bound.")
    currency = of.text("ISO 4217 code.")
    pay_url = of.text("The link that pays, with the widget and without.")
    html = of.text("The same as an element for a page that has the widget's tag.")
    expires_at = of.moment("Until when it can be paid; null: no end was given.", allow_none=True)


class CardChangeResponse(CamelCaseSchema):
    """`POST /v1/subscriptions/{subscriptionId}/payment-method`."""

    order_code = of.order_code()
    order_id = of.number("StepPay's order number.")
    pay_url = of.text("The link that changes the card, with the widget and without.")
    html = of.text("The same as an element for a page that has the widget's tag.")


class QuantityResponse(CamelCaseSchema):
    min = of.number("The fewest pieces.")
    max = of.number("The most.")


class OfferResponse(CamelCaseSchema):
    """What a page shows of an offer."""

    offer = of.text("Its name.")
    title = of.text("What is sold.")
    text = of.text("A line more; null: none.", allow_none=True)
    amount = of.amount("What one piece costs.")
    currency = of.text("ISO 4217 code.")
    quantity = of.nested("How many pieces can be bought at once.", QuantityResponse)
    phone = of.one_of(("none", "optional", "required"), "Whether the form asks for a phone number.")
    privacy_url = of.text("The merchant's privacy page.")


class OfferOrderResponse(CamelCaseSchema):
    order_code = of.order_code()
    expires_at = of.moment("Until when it can be paid.")


class BoundResponse(CamelCaseSchema):
    order_code = of.order_code()
    expectation = of.nested("What counts from now on.", ExpectationResponse)


class TransitionResponse(CamelCaseSchema):
    verdict = of.enum(VerdictKind, "What the order became.")
    reason = of.one_of(REASONS, "Why.")
    cause = of.enum(Cause, "Why StepPay was asked.")
    at = of.moment("When StepPay was asked.")


class TimelineEntryResponse(CamelCaseSchema):
    """Of the members below `at`, those of its kind."""

    kind = of.one_of(ENTRY_KINDS, "What happened.")
    at = of.moment("When, to the millisecond.")
    mode = of.text("`opened`, `returned`: how the pay page was opened.", optional=True)
    event = of.text("`event`: StepPay's name of it. Its signature was verified.", optional=True)
    verdict = of.enum(VerdictKind, "`verdict`: what the order became.", optional=True)
    reason = of.one_of(REASONS, "`verdict`: why.", optional=True)
    cause = of.enum(Cause, "`verdict`: why StepPay was asked.", optional=True)
    delivery_id = of.text("`message`: the webhook's id.", optional=True)
    type = of.text("`message`: the webhook's type.", optional=True)
    state = of.one_of(get_args(DeliveryState), "`message`: how far the webhook is.", optional=True)


class OrderResponse(CamelCaseSchema):
    order_code = of.order_code()
    expectation = of.nested("What was bound; null: nothing.", ExpectationResponse, allow_none=True)
    verdict = of.nested("The latest verdict; null: none yet.", RecordedVerdictResponse, allow_none=True)
    checked_at = of.moment("When StepPay was asked for it; null: never.", allow_none=True)
    needs_review = of.flag("Whether a person has to look: StepPay's answers contradict each other or the expectation.")
    history = of.member(fields.List, "Each change of the record, the oldest first.", fields.Nested(TransitionResponse))
    timeline = of.member(
        fields.List,
        "With `timeline=1`: what happened to the order, the oldest first.",
        fields.Nested(TimelineEntryResponse),
        optional=True,
    )


class SubscriptionItemResponse(CamelCaseSchema):
    product_code = of.text("StepPay's code of the product; null where StepPay names none.", allow_none=True)
    price_code = of.text("StepPay's code of the price; null where StepPay names none.", allow_none=True)


class SubscriptionResponse(CamelCaseSchema):
    """Nothing of the member."""

    subscription_id = of.number("StepPay's number of the subscription.")
    status = of.enum(SubscriptionStatus, "StepPay's status.")
    access = of.flag("Whether the member may come in.")
    current_period_end = of.moment("When the current period ends.")
    next_payment_date = of.moment("When StepPay charges next; null: it does not.", allow_none=True)
    cancel_at_period_end = of.flag("Whether it ends with the current period.")
    items = of.member(fields.List, "What is subscribed to.", fields.Nested(SubscriptionItemResponse))
    checked_at = of.moment("When StepPay was asked.")


class WebhookResponse(CamelCaseSchema):
    status = of.one_of(("stored", "known", "ignored"), "`stored`: now; `known`: before; `ignored`: nothing to do.")


class PublicKeyResponse(CamelCaseSchema):
    kty = of.always("OKP", "Always `OKP`.")
    crv = of.always("Ed25519", "Always `Ed25519`.")
    x = of.text("The public key, base64url.")
    kid = of.text("The key's name: its thumbprint (RFC 7638).")
    use = of.always("sig", "Always `sig`.")
    alg = of.always("EdDSA", "Always `EdDSA`.")


class KeySetResponse(CamelCaseSchema):
    keys = of.member(fields.List, "The first one signs; the others did or will.", fields.Nested(PublicKeyResponse))


class PageRuleResponse(
    CamelCaseSchema.from_dict({name: of.one_of(*option) for name, option in PAGE_OPTIONS.items()})  # type: ignore[misc]
):
    pay_url = of.text(
        "StepPay's pay page, with the literal text `{orderCode}`; null for a page whose origin is not allowed.",
        allow_none=True,
    )


class TagResponse(CamelCaseSchema):
    src = of.member(fields.URL, "Where the widget is, by its hash; these bytes stay there.", require_tld=False)
    integrity = of.text("Its hash, for the browser to check.")
    html = of.text("The whole script tag.")
    csp = of.member(
        fields.Dict,
        "What a Content-Security-Policy of this page needs, sources by directive; `frame-src` only where the pay page "
        "may be framed.",
        fields.String(),
        fields.String(),
    )


class ContactResponse(CamelCaseSchema):
    label = of.text("What the shopper reads.")
    url = of.text("A link: `tel:`, `mailto:` or `https:`.")


class ShopResponse(CamelCaseSchema):
    """By the settings `WIDGET_SHOP_…`; only what is set is there."""

    name = of.text("The shop's name.", optional=True)
    support = of.nested("Where shoppers ask for help.", ContactResponse, optional=True)
    orders_url = of.member(fields.URL, "The shop's page of orders.", require_tld=False, optional=True)


_WORDS = "By the keys of `configure({ texts })`; a line break parts title and text."


class ScreensResponse(CamelCaseSchema):
    css = of.text("A style sheet for the screens.")
    ko = of.member(fields.Dict, f"Words in Korean. {_WORDS}", fields.String(), fields.String())
    en = of.member(fields.Dict, f"Words in English. {_WORDS}", fields.String(), fields.String())
    shop = of.nested("Missing where the settings say nothing of the shop.", ShopResponse, optional=True)


class HealthResponse(CamelCaseSchema):
    status = of.always("ok", "`ok`; anything else is a problem document.")


class ProblemResponse(CamelCaseSchema):
    """RFC 9457. The last members are there where a payment is in question: an error is never a failed payment."""

    type = of.always("about:blank", "Always `about:blank`: `code` identifies the problem.")
    title = of.text("The HTTP status in words.")
    status = of.number("The HTTP status.")
    code = of.one_of(all_codes(), "Stable, for programs.")
    detail = of.text("A sentence, for people.")
    errors = of.member(
        fields.Dict,
        "For `invalid_request`: each wrong member and what it must be.",
        fields.String(),
        fields.List(fields.String()),
        optional=True,
    )
    request_id = of.text("For `internal_error`: finds the line in the server's log.", optional=True)
    verdict = of.always(VerdictKind.UNKNOWN.value, "Never more than `unknown`.", optional=True)
    reason = of.one_of(all_codes(), "The code once more.", optional=True)
    fulfill = of.always(False, "Always false.", optional=True)
    final = of.always(False, "Always false: ask again.", optional=True)
    retry_after = of.number("Seconds to wait before asking again.", optional=True)
