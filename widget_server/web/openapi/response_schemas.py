"""The JSON that goes out, as marshmallow schemas for the OpenAPI document; tests hold every real answer against them.

Enums come from the domain. Answers are written by `domain.verdict_body` and the routes, not through these classes:
an allow-list in plain sight is easier to check than a serializer, and costs nothing per request.
"""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import EXCLUDE, Schema, fields, validate

from widget_server.domain.checkout import CHECKOUT_ID, LOCALES, MODES, CheckoutState
from widget_server.domain.model import ORDER_CODE, OrderType, PaymentStatus
from widget_server.domain.order_record import Cause
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import REASONS
from widget_server.web.problems import all_codes
from widget_server.web.schemas import FullMatch, camel_case

_CODE = FullMatch(ORDER_CODE, "")
_CHECKOUT = FullMatch(CHECKOUT_ID, "")


def _member(text: str, **more: object) -> dict[str, Any]:
    """Every member has a description, and every member is always there unless `required` says otherwise."""
    return {"required": True, "metadata": {"description": text}, **more}


class _Answer(Schema):
    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = camel_case(field_name)


class RecordedVerdictAnswer(_Answer):
    """What a backend reads; the two below add what a page needs."""

    order_code = fields.String(**_member("StepPay's order code.", validate=_CODE))
    order_id = fields.Integer(**_member("StepPay's order number."))
    order_type = fields.Enum(
        OrderType,
        by_value=fields.String,
        **_member("StepPay's order type; null when StepPay sent one that is not documented.", allow_none=True),
    )
    verdict = fields.Enum(VerdictKind, by_value=fields.String, **_member("What you may believe about this payment."))
    reason = fields.String(**_member("Why.", validate=validate.OneOf(tuple(REASONS))))
    fulfill = fields.Boolean(**_member("True for `paid` alone. Compare amount and currency with your order as well."))
    final = fields.Boolean(**_member("Whether asking again soon would change nothing."))
    retry_after = fields.Integer(**_member("Seconds to wait before asking again; null when final.", allow_none=True))
    payment_status = fields.Enum(
        PaymentStatus,
        by_value=fields.String,
        **_member("The receipt's state as StepPay names it; null without one.", allow_none=True),
    )
    payment_date = fields.AwareDateTime(**_member("When StepPay's order says it was paid.", allow_none=True))
    amount = fields.Float(**_member("The order's price in its currency. It alone proves no payment."))
    returned_amount = fields.Float(**_member("How much of it went back."))
    currency = fields.String(**_member("ISO 4217 code; null when StepPay named none or several.", allow_none=True))
    subscription_ids = fields.List(fields.Integer(), **_member("StepPay's numbers of the order's subscriptions."))
    checked_at = fields.AwareDateTime(**_member("When StepPay was asked."))


class LastVerdictAnswer(RecordedVerdictAnswer):
    """The last verdict of a checkout. It may be old, so it carries no token."""

    message = fields.String(**_member("One sentence for the shopper, by `Accept-Language`."))


class VerdictAnswer(LastVerdictAnswer):
    """`POST /v1/verify`."""

    token = fields.String(**_member("The verdict, signed for your backend (JWS, EdDSA); good for ten minutes."))


class OpenedCheckoutResponse(_Answer):
    checkout = fields.String(**_member("The checkout's id; it answers for seven days.", validate=_CHECKOUT))
    pay_url = fields.URL(**_member("StepPay's pay page, with the ways back to you."))
    expires_at = fields.AwareDateTime(**_member("When the id stops answering."))


class StandingVerdictAnswer(_Answer):
    """Instead of a pay page."""

    verdict = fields.Nested(LastVerdictAnswer, **_member("What the order is already."))


class CheckoutStateResponse(_Answer):
    state = fields.String(**_member("Whether the shopper came back.", validate=validate.OneOf(get_args(CheckoutState))))
    verdict = fields.Nested(LastVerdictAnswer, **_member("The last verdict; null before the first.", allow_none=True))


class ExpectationAnswer(_Answer):
    """What the merchant bound to an order."""

    amount = fields.Float(**_member("What the order must cost."))
    currency = fields.String(**_member("ISO 4217 code."))
    bound_at = fields.AwareDateTime(**_member("When it was bound."))
    settled_at = fields.AwareDateTime(
        **_member("Since when a final answer stands on it, so that it cannot change; null before.", allow_none=True)
    )


class BoundAnswer(_Answer):
    order_code = fields.String(**_member("StepPay's order code.", validate=_CODE))
    expectation = fields.Nested(ExpectationAnswer, **_member("What counts from now on."))


class TransitionAnswer(_Answer):
    verdict = fields.Enum(VerdictKind, by_value=fields.String, **_member("What the order became."))
    reason = fields.String(**_member("Why.", validate=validate.OneOf(tuple(REASONS))))
    cause = fields.Enum(Cause, by_value=fields.String, **_member("Why StepPay was asked."))
    at = fields.AwareDateTime(**_member("When StepPay was asked."))


class OrderAnswer(_Answer):
    order_code = fields.String(**_member("StepPay's order code.", validate=_CODE))
    expectation = fields.Nested(ExpectationAnswer, **_member("What was bound; null: nothing.", allow_none=True))
    verdict = fields.Nested(RecordedVerdictAnswer, **_member("The newest verdict; null: none yet.", allow_none=True))
    checked_at = fields.AwareDateTime(**_member("When StepPay was asked for it; null: never.", allow_none=True))
    needs_review = fields.Boolean(
        **_member("Whether a person has to look: StepPay's answers do not fit together or the expectation.")
    )
    history = fields.List(fields.Nested(TransitionAnswer), **_member("Each change of the record, the oldest first."))


class WebhookAnswer(_Answer):
    status = fields.String(
        **_member(
            "`stored`: kept now; `known`: kept before; `ignored`: nothing to do.",
            validate=validate.OneOf(("stored", "known", "ignored")),
        )
    )


class PublicKeyAnswer(_Answer):
    kty = fields.String(**_member("Always `OKP`.", validate=validate.Equal("OKP")))
    crv = fields.String(**_member("Always `Ed25519`.", validate=validate.Equal("Ed25519")))
    x = fields.String(**_member("The public key, base64url."))
    kid = fields.String(**_member("The key's name: its thumbprint (RFC 7638)."))
    use = fields.String(**_member("Always `sig`.", validate=validate.Equal("sig")))
    alg = fields.String(**_member("Always `EdDSA`.", validate=validate.Equal("EdDSA")))


class KeySetAnswer(_Answer):
    keys = fields.List(fields.Nested(PublicKeyAnswer), **_member("The first one signs; the others did or will."))


class PageRuleAnswer(_Answer):
    mode = fields.String(**_member("On large screens.", validate=validate.OneOf((*MODES, "auto"))))
    mode_mobile = fields.String(**_member("On phones.", validate=validate.OneOf((*MODES, "auto"))))
    locale = fields.String(**_member("The language.", validate=validate.OneOf(("auto", *LOCALES))))
    theme = fields.String(**_member("The colours.", validate=validate.OneOf(("auto", "light", "dark"))))
    pay_url = fields.String(**_member("StepPay's pay page, with the literal text `{orderCode}`."))


class HealthAnswer(_Answer):
    status = fields.String(**_member("`ok`; anything else is a problem document.", validate=validate.Equal("ok")))


class ProblemAnswer(_Answer):
    """RFC 9457. The last members are there where a payment is in question: an error is never a failed payment."""

    type = fields.String(
        **_member("Always `about:blank`: the code says it all.", validate=validate.Equal("about:blank"))
    )
    title = fields.String(**_member("The HTTP status in words."))
    status = fields.Integer(**_member("The HTTP status."))
    code = fields.String(**_member("Stable, for programs.", validate=validate.OneOf(all_codes())))
    detail = fields.String(**_member("A sentence, for people."))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        **_member("For `invalid_request`: each wrong member and what it must be.", required=False),
    )
    request_id = fields.String(**_member("For `internal_error`: finds the line in the server's log.", required=False))
    verdict = fields.String(
        **_member("Never more than `unknown`.", required=False, validate=validate.Equal(VerdictKind.UNKNOWN.value))
    )
    reason = fields.String(**_member("The code once more.", required=False, validate=validate.OneOf(all_codes())))
    fulfill = fields.Boolean(**_member("Always false.", required=False, validate=validate.Equal(False)))
    final = fields.Boolean(**_member("Always false: ask again.", required=False, validate=validate.Equal(False)))
    retry_after = fields.Integer(**_member("Seconds to wait before asking again.", required=False))
