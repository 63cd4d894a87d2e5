"""The form of the offers file: which settings an offer has, and what each must be."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields

from widget_server.domain.model import CURRENCY
from widget_server.domain.new_order import CODE
from widget_server.domain.offer import is_page_address
from widget_server.domain.parsing import exact_amount

_ID = re.compile(r"[a-z0-9-]{1,64}")
_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")
_LONGEST_TITLE, _LONGEST_TEXT = 80, 300
_MOST_PIECES = 1000
_LONGEST_MINUTES = 30 * 24 * 60
_PHONE = re.compile("none|optional|required")
_PRIVACY = "must be the https address of your privacy page (with WIDGET_ENV=sandbox also http on this machine)"
_PIECES = f"must be a whole number from 1 to {_MOST_PIECES}, or such as {{ min = 1, max = 5 }}"
_ORIGINS = "must be a list of origins that are all in WIDGET_ALLOWED_ORIGINS"
_NO_OFFER = "holds no [[offer]]; docs/offers.md shows one"


class _Value(fields.Field[Any]):
    """What `read` makes of it; None: it is wrong, and `sentence` says what it must be."""

    def __init__(self, read: Callable[[Any], object], sentence: str, **options: Any) -> None:
        super().__init__(**options, error_messages={"required": f"is missing; it {sentence}", "null": sentence})
        self._read, self._sentence = read, sentence

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> object:
        found = self._read(value)
        if found is None:
            raise ValidationError(self._sentence)
        return found


def offers_schema(origins: Sequence[str], *, sandbox: bool) -> Schema:
    code = _matching(CODE)
    text = {"title": _line(_LONGEST_TITLE, required=True), "text": _line(_LONGEST_TEXT, load_default=None)}
    privacy = _Value(_page(sandbox), _PRIVACY, load_default=None)
    offer = {
        "id": _Value(_matching(_ID), "must be 1 to 64 of a-z 0-9 -", required=True),
        "product": _Value(code, "must be a product code of StepPay's portal", required=True),
        "price": _Value(code, "must be a price code of StepPay's portal", required=True),
        "currency": _Value(_matching(CURRENCY), "must be an ISO 4217 code such as KRW", load_default="KRW"),
        "amount": _Value(exact_amount, "must be what one piece costs; 0 for a free trial", required=True),
        "quantity": _Value(_read_pieces, _PIECES, load_default=(1, 1)),
        "deadline_minutes": _Value(
            _whole(_LONGEST_MINUTES), f"must be a whole number from 1 to {_LONGEST_MINUTES}", load_default=30
        ),
        "origins": _Value(lambda given: _read_origins(given, origins), _ORIGINS, load_default=None),
        "phone": _Value(_matching(_PHONE), "must be none, optional or required", load_default="none"),
        "privacy_url": privacy,
        "ko": _table(text, load_default=None),
        "en": _table(text, load_default=None),
    }
    file = {
        "shop": _table({"privacy_url": privacy}, load_default={"privacy_url": None}),
        "offer": fields.List(
            _table(offer),
            required=True,
            validate=_not_empty,
            error_messages={"required": _NO_OFFER, "invalid": "must be [[offer]]"},
        ),
    }
    return _strict(file)()


def _strict(members: dict[str, Any]) -> type[Schema]:
    class Strict(Schema.from_dict(members)):  # type: ignore[misc]
        error_messages = {"unknown": f"is no setting; known: {', '.join(members)}", "type": "must be a table"}  # noqa: RUF012

    return Strict


def _table(members: dict[str, Any], **options: Any) -> fields.Nested:
    return fields.Nested(_strict(members), **options)


def _not_empty(offers: Sequence[object]) -> None:
    if not offers:
        raise ValidationError(_NO_OFFER)


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    return lambda given: given if isinstance(given, str) and pattern.fullmatch(given) else None


def _line(longest: int, **options: Any) -> _Value:
    def read(given: object) -> str | None:
        fits = isinstance(given, str) and _LINE.fullmatch(given) and given.strip() and len(given) <= longest
        return str(given) if fits else None

    return _Value(read, f"must be a line of at most {longest} characters", **options)


def _page(sandbox: bool) -> Callable[[object], str | None]:
    return lambda given: given if isinstance(given, str) and is_page_address(given, on_this_machine=sandbox) else None


def _whole(most: int) -> Callable[[object], int | None]:
    return lambda given: given if type(given) is int and 1 <= given <= most else None


def _read_pieces(given: object) -> tuple[int, int] | None:
    """The fewest and the most."""
    if not isinstance(given, Mapping):
        given = {"min": given, "max": given}
    most = _whole(_MOST_PIECES)(given.get("max"))
    least = _whole(most)(given.get("min")) if most else None
    return (least, most) if least and most and len(given) == 2 else None


def _read_origins(given: object, allowed: Sequence[str]) -> tuple[str, ...] | None:
    if not isinstance(given, list) or not given or not all(one in allowed for one in given):
        return None
    return tuple(dict.fromkeys(given))


def sentences(messages: Mapping[Any, Any], where: str = "") -> Iterator[str]:
    """Of marshmallow's nested messages: the place, and what is wrong there. An offer has its number in the file."""
    for name, below in messages.items():
        place = f"{where} {name}" if where.startswith("[[offer]] ") else f"{where}.{name}" if where else str(name)
        if isinstance(name, int):
            place = f"[[offer]] number {name + 1}"
        if name == "_schema":
            place = where
        if isinstance(below, Mapping):
            yield from sentences(below, place)
        else:
            yield from (f"{place} {text}".strip() for text in below)
