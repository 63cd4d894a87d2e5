"""The JSON of the merchant's routes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from widget_server.domain.expectation import Binding
from widget_server.domain.model import CURRENCY
from widget_server.domain.order_record import Record, Transition
from widget_server.domain.parsing import exact_amount
from widget_server.domain.verdict_json import json_number, rfc3339
from widget_server.services.order_timeline import Entry
from widget_server.services.order_views import CheckoutSummary, DeliveryLine, EventLine
from widget_server.web.schemas import CamelCaseSchema, FullMatch, OrderId, order_code_field


class Amount(fields.Field[Decimal]):
    """An exact JSON number of at least 0 with at most 15 digits. No text, no boolean, nothing rounded."""

    json_schema: ClassVar[dict[str, object]] = {"type": "number", "minimum": 0, "maximum": 999_999_999_999_999}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        amount = exact_amount(value)
        if amount is None:
            raise ValidationError("Must be a JSON number of at least 0 with at most 15 digits, such as 10000.")
        return amount


class OrderPath(CamelCaseSchema):
    """The order code of the path."""

    order_code = order_code_field()


class SubscriptionPath(CamelCaseSchema):
    """The subscription's number of the path."""

    subscription_id = OrderId(required=True)


class ExpectationRequest(CamelCaseSchema):
    """`PUT /v1/orders/{orderCode}/expectation`."""

    amount = Amount(required=True, metadata={"description": "What the order must cost, in the currency's own unit."})
    currency = fields.String(
        required=True,
        # Never upper-cased here: `krw` may be a slip, and a slip must be seen before payment.
        validate=FullMatch(CURRENCY, "Must be an ISO 4217 code in capitals, such as KRW."),
        metadata={"description": "ISO 4217 code in capitals."},
    )


def expectation_body(binding: Binding) -> dict[str, object]:
    return {
        "amount": json_number(binding.expectation.amount),
        "currency": binding.expectation.currency,
        "boundAt": rfc3339(binding.bound_at),
        "settledAt": rfc3339(binding.settled_at) if binding.settled_at else None,
    }


def order_body(
    order_code: str, binding: Binding | None, verdict: Mapping[str, object] | None, record: Record | None
) -> dict[str, object]:
    """What is known of an order. Members may be added; these stay."""
    return {
        "orderCode": order_code,
        "expectation": expectation_body(binding) if binding else None,
        "verdict": verdict,
        "checkedAt": verdict["checkedAt"] if verdict else None,
        "needsReview": bool(record and record.needs_review),
        "history": [transition.body() for transition in record.history] if record else [],
    }


def timeline_body(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """The oldest first. Times have milliseconds: some of these follow each other within one second."""
    return [
        {
            "kind": entry.kind,
            "at": entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **_entry_members(entry.fact),
        }
        for entry in entries
    ]


def _entry_members(fact: CheckoutSummary | EventLine | Transition | DeliveryLine | None) -> dict[str, object]:
    """An allow-list. What an event claims of the payment is left out: its verdict follows it."""
    match fact:
        case CheckoutSummary():
            return {"mode": fact.mode}
        case EventLine():
            return {"event": fact.event}
        case Transition():
            return {"verdict": fact.verdict, "reason": fact.reason, "cause": fact.cause}
        case DeliveryLine():
            return {"deliveryId": fact.id, "type": fact.type, "state": fact.state}
    return {}
