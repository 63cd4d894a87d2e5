"""The JSON of `POST /v1/subscriptions/{subscriptionId}/payment-method`."""

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import RAISE, fields, validate

from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.services import snippet
from widget_server.services.change_card import CardChange
from widget_server.web.schemas import CamelCaseSchema, OrderId

_TEXTS: Mapping[str, str] = {"ko": "결제수단 변경", "en": "Change payment method"}


class CustomerId(OrderId):
    json_schema: ClassVar[dict[str, object]] = {"type": "integer", "minimum": 1, "maximum": MAX_ORDER_ID}


class CardChangeRequest(CamelCaseSchema):
    """Other members are refused: a misspelled `customerId` would leave the owner unchecked, as would null."""

    class Meta:
        unknown = RAISE

    customer_id = CustomerId(
        metadata={"description": "StepPay's number of the customer to whom it must belong; another's is 404."},
    )
    locale = fields.String(
        load_default="ko",
        validate=validate.OneOf(tuple(_TEXTS)),
        metadata={"description": "The language of the button in `html`."},
    )


def card_change_body(change: CardChange, public_url: str, locale: str) -> dict[str, object]:
    return {
        "orderCode": change.order_code,
        "orderId": change.order_id,
        "payUrl": change.pay_url,
        "html": snippet.button(public_url, change.order_code, _TEXTS[locale]),
    }
