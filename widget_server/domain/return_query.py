"""What a shopper's browser brings back in the return URL. All of it is a claim; how StepPay joins it to our
query is not documented, so a second `?` is read like an `&`."""

import re
from urllib.parse import unquote_plus

from widget_server.domain.model import ORDER_CODE, Claim
from widget_server.domain.order_id import ORDER_ID_TEXT
from widget_server.domain.pay_url import CLAIMS, MARKER

_LONGEST_QUERY = 4096
_NAMES = ("order_id", "order_code", "status", MARKER)


class AmbiguousReturn(ValueError):
    """The parameters name no order, two orders, or the same parameter twice: which one is meant stays open."""


def read_return(query: str, order_code: str) -> Claim:
    """The claim about `order_code` (the checkout's own order) in a raw query string. Raises `AmbiguousReturn`."""
    if len(query) > _LONGEST_QUERY:
        raise AmbiguousReturn("too long")
    values = _single_values(query)
    marked_status, _, rest = values.get(MARKER, "").partition(".")
    named = {code for code in (values.get("order_code"), rest.partition(".")[0] or None) if code is not None}
    if not named <= {order_code} or not ORDER_CODE.fullmatch(order_code):
        raise AmbiguousReturn("another order")
    return Claim(order_code, _order_id(values.get("order_id")), _status(marked_status, values.get("status")))


def marked_order(query: str, checkout_id: str) -> str | None:
    """The order that our own mark names, if the mark is of this checkout. A claim like everything else here."""
    try:
        _way, _, rest = _single_values(query[:_LONGEST_QUERY]).get(MARKER, "").partition(".")
    except AmbiguousReturn:
        return None
    order_code, _, marked_checkout = rest.partition(".")
    return order_code if marked_checkout == checkout_id and ORDER_CODE.fullmatch(order_code) else None


def _single_values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in re.split(r"[?&]", query):
        name, _, text = part.partition("=")
        name = unquote_plus(name)
        if name.removesuffix("[]").lower() in _NAMES:
            if name not in _NAMES or name in values:
                raise AmbiguousReturn(name.lower())
            values[name] = unquote_plus(text)
    return values


def _order_id(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    if not ORDER_ID_TEXT.fullmatch(text):
        raise AmbiguousReturn("order_id")
    return int(text)


def _status(marked: str, given: str | None) -> str | None:
    """StepPay's status and the way that was taken must not contradict each other; then there is no claim at all."""
    claims = {claim for claim in (marked, given) if claim in CLAIMS}
    return claims.pop() if len(claims) == 1 else None
