"""The JSON that goes in and out. Unknown members of requests are ignored; nothing is coerced."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from widget_server.config import origin_of
from widget_server.domain.checkout import CHECKOUT_ID, LOCALES, MODES
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import MAX_ORDER_ID, ORDER_ID_TEXT, read_order_id
from widget_server.domain.pay_url import CLAIMS
from widget_server.errors import InvalidRequest

_LONGEST_STATUS = 64
_LONGEST_URL = 2048


def json_pattern(pattern: re.Pattern[str]) -> str:
    """JSON Schema searches a pattern anywhere in the text, so the ends are named."""
    return f"^{pattern.pattern}$"


class FullMatch(validate.Validator):
    """`re.match` with `$` would accept a trailing line break. `regex` is where apispec looks for the pattern."""

    def __init__(self, pattern: re.Pattern[str], sentence: str) -> None:
        self._pattern = pattern
        self._sentence = sentence
        self.regex = re.compile(json_pattern(pattern))

    def __call__(self, value: str) -> str:
        if not self._pattern.fullmatch(value):
            raise ValidationError(self._sentence)
        return value


class OrderId(fields.Field[int]):
    """A JSON integer, or the same number as ASCII digits."""

    json_schema: ClassVar[dict[str, object]] = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": MAX_ORDER_ID},
            {"type": "string", "pattern": json_pattern(ORDER_ID_TEXT)},
            {"type": "null"},
        ]
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = read_order_id(value)
        if number is None:
            raise ValidationError("Must be a whole number from 1 to 2^63-1, as a JSON integer or ASCII digits.")
        return number


class Status(fields.Field[str | None]):
    """`success`, `error` and `cancel` mean something; any other text or number is no claim at all.

    A number is let through because StepPay's browser sample sends the order number here.
    """

    json_schema: ClassVar[dict[str, object]] = {"type": ["string", "number", "null"], "maxLength": _LONGEST_STATUS}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str | None:
        if type(value) in (int, Decimal):
            return None
        if not isinstance(value, str) or len(value) > _LONGEST_STATUS:
            raise ValidationError(f"Must be a text of at most {_LONGEST_STATUS} characters.")
        return value if value in CLAIMS else None


class Flag(fields.Field[bool]):
    """`true` or `false`; marshmallow's own takes `"no"` and `1` as well."""

    json_schema: ClassVar[dict[str, object]] = {"type": "boolean"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class PageUrl(fields.Field[str]):
    """An absolute http(s) URL of the shop."""

    json_schema: ClassVar[dict[str, object]] = {
        "type": ["string", "null"],
        "maxLength": _LONGEST_URL,
        "format": "uri",
        "pattern": "^https?://[^/?#@]",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        clean = isinstance(value, str) and len(value) <= _LONGEST_URL and value.isprintable() and " " not in value
        if not clean or origin_of(value) is None:
            raise ValidationError(f"Must be an absolute URL of at most {_LONGEST_URL} characters.")
        return str(value)


def _about(text: str) -> dict[str, str]:
    """What the OpenAPI document says about a member."""
    return {"description": text}


def order_code_field() -> fields.String:
    sentence = "Must be StepPay's order code: 4 to 64 of A-Z a-z 0-9 _ -, not digits only."
    missing = 'Is missing. Read it with new URLSearchParams(location.search).get("order_code").'
    return fields.String(
        required=True,
        validate=FullMatch(ORDER_CODE, sentence),
        error_messages={"required": missing},
        metadata=_about("StepPay's order code."),
    )


class CamelCaseSchema(Schema):
    """Members are camelCase in JSON and snake_case in Python; unknown ones are ignored."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = camel_case(field_name)


class VerifyRequest(CamelCaseSchema):
    """`POST /v1/verify`."""

    order_code = order_code_field()
    order_id = OrderId(
        load_default=None,
        allow_none=True,
        metadata=_about("The order number that came back, or its digits (not `1.0`); another order's is `mismatch`."),
    )
    status = Status(
        load_default=None,
        allow_none=True,
        metadata=_about("`success`, `error` or `cancel`, as it came back; anything else is no claim."),
    )
    checkout = fields.String(
        load_default=None,
        allow_none=True,
        validate=FullMatch(CHECKOUT_ID, "Must be 22 characters of A-Z a-z 0-9 _ -."),
        metadata=_about("The checkout that this return belongs to: its poll answers the verdict then."),
    )


class OpenCheckoutRequest(CamelCaseSchema):
    """`POST /v1/checkouts`."""

    order_code = order_code_field()
    mode = fields.String(required=True, validate=validate.OneOf(MODES), metadata=_about("How the pay page opens."))
    locale = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(LOCALES),
        metadata=_about("The return page's language; null leaves it to the browser."),
    )
    success_url = PageUrl(load_default=None, allow_none=True, metadata=_about("Where `redirect` mode comes back to."))
    error_url = PageUrl(load_default=None, allow_none=True, metadata=_about("The same after an error."))
    again = Flag(
        load_default=False,
        metadata=_about("The shopper asked to pay another way although a deposit or a bank debit is awaited."),
    )
    cancel_url = PageUrl(load_default=None, allow_none=True, metadata=_about("The same when the shopper gives up."))


def camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def load(schema: Schema, body: Mapping[str, object]) -> dict[str, Any]:
    """The validated members under their Python names; raises `errors.InvalidRequest` with sentences by field."""
    try:
        return dict(schema.load(body))
    except ValidationError as error:
        messages = error.messages_dict
        raise InvalidRequest({str(name): [str(text) for text in messages[name]] for name in messages}) from error
