"""The JSON of `POST /v1/orders`. `domain/new_order.py` reads it; these classes describe it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from widget_server.domain.verdict_json import json_number, rfc3339
from widget_server.services import snippet
from widget_server.services.create_order import CreatedOrder
from widget_server.web.schemas import CamelCaseSchema

_LINE: Mapping[str, object] = {"type": "string", "minLength": 1, "maxLength": 255}
_PERSON = {
    "name": _LINE,
    "email": {**_LINE, "format": "email"},
    "phone": {**_LINE, "type": ["string", "null"]},
    "reuse": {"type": "boolean"},
}
_ITEM = {
    "productCode": _LINE,
    "priceCode": _LINE,
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "quantity": {"type": "integer", "minimum": 1},
}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


def _object(required: tuple[str, ...], members: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "required": list(required), "properties": members, "additionalProperties": False}


class _AsGiven(fields.Field[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return value


class Customer(_AsGiven):
    json_schema: ClassVar[dict[str, object]] = {
        "oneOf": [
            _object(("id",), {"id": {"type": "integer", "minimum": 1}}),
            _object(("code",), {"code": _LINE}),
            _object(("name", "email"), _PERSON),
        ]
    }


class Buyer(_AsGiven):
    json_schema: ClassVar[dict[str, object]] = {
        "type": "object",
        "required": ["name", "email"],
        "properties": {name: _PERSON[name] for name in ("name", "email", "phone")},
    }


class Pieces(_AsGiven):
    json_schema: ClassVar[dict[str, object]] = {"type": ["integer", "null"], "minimum": 1}


class Items(_AsGiven):
    json_schema: ClassVar[dict[str, object]] = {
        "type": "array",
        "minItems": 1,
        "maxItems": 100,
        "items": _object(("productCode", "priceCode"), _ITEM),
    }


class Moment(fields.Field[datetime | None]):
    """RFC 3339 with an offset."""

    json_schema: ClassVar[dict[str, object]] = {"type": ["string", "null"], "format": "date-time"}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | None:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            with suppress(ValueError):
                return datetime.fromisoformat(value)
        raise ValidationError("Must be a time with its offset, such as 2026-12-31T23:59:00+09:00.")


class NewOrderRequest(CamelCaseSchema):
    """`POST /v1/orders`."""

    customer = Customer(
        required=True,
        metadata={
            "description": "StepPay's `id` or `code` of a customer, or name and e-mail of one: a new one, or with "
            "`reuse` the one that has exactly these. They are kept nowhere here."
        },
    )
    items = Items(
        required=True,
        metadata={"description": "What is bought; `currency` is KRW and `quantity` 1 unless given."},
    )
    purchase_deadline = Moment(
        load_default=None, allow_none=True, metadata={"description": "Until when it can be paid; null: no end."}
    )


class OfferOrderRequest(CamelCaseSchema):
    """`POST /v1/offers/{offer}/orders`. A page names neither a price nor a customer that exists."""

    customer = Buyer(
        required=True, metadata={"description": "Who buys; a new customer of StepPay's. It is kept nowhere here."}
    )
    quantity = Pieces(
        load_default=None, allow_none=True, metadata={"description": "How many pieces; as few as can be unless given."}
    )


def created_body(order: CreatedOrder, public_url: str) -> dict[str, object]:
    return {
        "orderCode": order.order_code,
        "orderId": order.order_id,
        "amount": json_number(Decimal(order.amount)),
        "currency": order.currency,
        "payUrl": order.pay_url,
        "html": snippet.button(public_url, order.order_code, "결제하기"),
        "expiresAt": rfc3339(order.expires_at.astimezone(UTC)) if order.expires_at else None,
    }
