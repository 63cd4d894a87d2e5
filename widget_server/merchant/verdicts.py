"""For the merchant backend: verify a verdict that came through the shopper's browser.

Guide: docs/backend.md. This file stands alone, on the standard library and PyJWT (`pip install "pyjwt[crypto]"`):
import it, or copy it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jwt import PyJWK, PyJWS, PyJWTError

__all__ = ["ERROR_CODES", "Verdict", "VerdictVerificationError", "verify_verdict"]

ERROR_CODES = {
    "malformed": "not a signed verdict: three parts in base64url, holding JSON objects of the documented shape",
    "wrong_header": "the header is not exactly alg EdDSA, typ steppay-verdict+jwt and kid",
    "unknown_key": "no known key has this kid: fetch the widget server's keys again, once",
    "bad_signature": "not signed by the key that it names",
    "wrong_issuer": "issued by another widget server",
    "wrong_audience": "meant for another shop",
    "expired": "too old: ask the widget server again",
    "not_yet_valid": "from the future: compare the clocks of the two servers",
    "wrong_order": "about another order",
    "wrong_amount": "about another amount",
    "wrong_currency": "about another currency",
    "unusable_keys": "the keys given are not the JWK set of the widget server's public keys",
    "unusable_expectation": "amount must be an int or a Decimal, now must have a time zone",
}
"""Every `VerdictVerificationError.code`, with its meaning."""

_ALGORITHM = "EdDSA"
_TYPE = "steppay-verdict+jwt"
_PART = r"(?=[A-Za-z0-9_-])(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?"
_COMPACT = re.compile(rf"{_PART}\.{_PART}\.[A-Za-z0-9_-]{{85}}[AQgw]")
"""The bits of the last letter that no byte needs must be zero, or one token had many spellings."""
_LONGEST = 16384
_CLOCKS_DIFFER_SECONDS = 60
# RFC 8725, 3.1: the algorithm is ours to choose, never the token's.
_JWS = PyJWS(algorithms=[_ALGORITHM])


class VerdictVerificationError(Exception):
    """The token proves nothing: do not fulfill. `code` is one of `ERROR_CODES` and stays the same between versions."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}: {ERROR_CODES[code]}")
        self.code = code


@dataclass(frozen=True)
class Verdict:
    """What the widget server says about the expected order. Genuine does not mean paid: ask `is_fulfillable`."""

    order_code: str
    order_id: int
    verdict: str
    reason: str
    fulfill: bool
    amount: Decimal
    currency: str

    @property
    def is_paid(self) -> bool:
        """Money was paid. An order that costs nothing is never paid."""
        return self.verdict == "paid" and self.fulfill is True

    @property
    def is_fulfillable(self) -> bool:
        """Give the customer what this order buys: it is paid, or it is free because you bound the amount 0 (or set
        WIDGET_FREE_ORDERS=fulfill). A registered payment method buys nothing."""
        is_free = (self.verdict, self.reason) == ("no_charge", "zero_amount") and self.fulfill is True
        return self.is_paid or is_free

    def __bool__(self) -> bool:
        """As `is_fulfillable`: `if verify_verdict(...)` must not fulfill a pending order."""
        return self.is_fulfillable


def verify_verdict(
    token: object,
    *,
    keys: Mapping[str, Any],
    issuer: str,
    audience: str,
    order_code: str,
    amount: int | Decimal,
    currency: str,
    now: datetime | None = None,
) -> Verdict:
    """The verdict in `token`, when it is genuine and about exactly what your own records expect.

    `token` is whatever the browser sent. `keys` is the parsed document of `/.well-known/jwks.json`, fetched from
    your widget server by https or kept in your settings. `issuer` is its public URL, `audience` your shop's origin
    as listed in WIDGET_ALLOWED_ORIGINS. `order_code`, `amount` and `currency` come from your database, never from
    the request. `now` is for tests. Raises `VerdictVerificationError`, and nothing else, for every token.
    """
    if type(amount) not in (int, Decimal) or not Decimal(amount).is_finite():  # True is an int that equals 1
        raise VerdictVerificationError("unusable_expectation")
    claims = _signed_claims(token, keys)
    _check_time(claims, _seconds(now))
    _same(claims, "iss", issuer, "wrong_issuer")
    shops = claims.get("aud")
    if not isinstance(shops, list) or audience not in [shop for shop in shops if shop and isinstance(shop, str)]:
        raise VerdictVerificationError("wrong_audience")
    _same(claims, "sub", order_code, "wrong_order")
    verdict = _read(claims)
    if verdict.amount != amount:
        raise VerdictVerificationError("wrong_amount")
    _same(claims, "currency", currency, "wrong_currency")
    return verdict


def _signed_claims(token: object, keys: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(token, str) or len(token) > _LONGEST or not _COMPACT.fullmatch(token):
        raise VerdictVerificationError("malformed")
    key = _find_key(keys, _key_id(token))
    try:
        payload = _JWS.decode(token, key, algorithms=[_ALGORITHM])
    except PyJWTError:
        raise VerdictVerificationError("bad_signature") from None
    return _object(payload)


def _key_id(token: str) -> str:
    """The header chooses among our keys and nothing else: `jwk`, `jku`, `x5u`, `crit` are refused unread."""
    part = token.partition(".")[0]
    header = _object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))  # `_COMPACT` let only base64url in
    kid = header.get("kid")
    if header != {"alg": _ALGORITHM, "typ": _TYPE, "kid": kid} or not isinstance(kid, str):
        raise VerdictVerificationError("wrong_header")
    return kid


def _object(content: bytes) -> dict[str, Any]:
    """Decoded here: `json.loads` would take UTF-16 and a byte order mark, which no other language's reader does."""
    try:
        value = json.loads(content.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):  # Decimal refuses an exponent beyond its range so
        raise VerdictVerificationError("malformed") from None
    if not isinstance(value, dict):
        raise VerdictVerificationError("malformed")
    return value


def _no_number(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def _find_key(keys: Mapping[str, Any], kid: str) -> PyJWK:
    try:
        found = [key for key in keys["keys"] if key["kid"] == kid]
        shapes = [(key["kty"], key["crv"], "d" in key) for key in found]
    except (KeyError, TypeError):
        raise VerdictVerificationError("unusable_keys") from None
    if not found:
        raise VerdictVerificationError("unknown_key")
    # A set with private parts is the server's key file: it must not leave that machine.
    if shapes != [("OKP", "Ed25519", False)]:
        raise VerdictVerificationError("unusable_keys")
    try:
        return PyJWK(found[0], algorithm=_ALGORITHM)
    except (PyJWTError, ValueError, TypeError):
        raise VerdictVerificationError("unusable_keys") from None


def _seconds(now: datetime | None) -> float:
    moment = now or datetime.now(UTC)
    if moment.tzinfo is None:
        raise VerdictVerificationError("unusable_expectation")
    return moment.timestamp()


def _check_time(claims: Mapping[str, Any], now_seconds: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise VerdictVerificationError("malformed")
    if now_seconds >= expires + _CLOCKS_DIFFER_SECONDS:
        raise VerdictVerificationError("expired")
    if now_seconds < issued - _CLOCKS_DIFFER_SECONDS:
        raise VerdictVerificationError("not_yet_valid")


def _same(claims: Mapping[str, Any], name: str, expected: object, code: str) -> None:
    """A missing claim equals no expectation, not even None."""
    claim = claims.get(name)
    if not isinstance(claim, str) or not claim or claim != expected:
        raise VerdictVerificationError(code)


def _read(claims: Mapping[str, Any]) -> Verdict:
    """`currency` may be null here, where StepPay did not tell it; it never equals the expected one then."""
    names = ("orderId", "verdict", "reason", "fulfill", "amount")
    order_id, verdict, reason, fulfill, amount = (claims.get(name) for name in names)
    right = isinstance(verdict, str) and isinstance(reason, str)
    if not right or type(order_id) is not int or type(fulfill) is not bool or type(amount) not in (int, Decimal):
        raise VerdictVerificationError("malformed")
    return Verdict(
        order_code=str(claims["sub"]),
        order_id=order_id,
        verdict=str(verdict),
        reason=str(reason),
        fulfill=fulfill,
        amount=Decimal(str(amount)),
        currency=str(claims.get("currency")),
    )
