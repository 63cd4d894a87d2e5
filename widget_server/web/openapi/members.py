"""The members of the responses: each says what it is."""

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Any

from marshmallow import fields, validate

from widget_server.domain.model import ORDER_CODE
from widget_server.web.schemas import FullMatch


def member(kind: type[fields.Field[Any]], sentence: str, *own: object, optional: bool = False, **more: Any) -> Any:
    """Every member has a description, and is always there unless `optional`."""
    return kind(*own, required=not optional, metadata={"description": sentence}, **more)


text = partial(member, fields.String)
number = partial(member, fields.Integer)
amount = partial(member, fields.Float)
flag = partial(member, fields.Boolean)
moment = partial(member, fields.AwareDateTime)
nested = partial(member, fields.Nested)


def one_of(values: Iterable[str], sentence: str, **more: Any) -> Any:
    return text(sentence, validate=validate.OneOf(tuple(values)), **more)


def always(value: object, sentence: str, **more: Any) -> Any:
    kind = fields.Boolean if isinstance(value, bool) else fields.String
    return member(kind, sentence, validate=validate.Equal(value), **more)


def enum(kind: type[StrEnum], sentence: str, **more: Any) -> Any:
    return member(fields.Enum, sentence, kind, by_value=fields.String, **more)


def order_code() -> Any:
    return text("StepPay's order code.", validate=FullMatch(ORDER_CODE, ""))
