"""The helpers raise their one exception for any bytes: a stranger's token must not become an error page (FF-09)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.test_examples import Case, check, genuine, key
from tests.support.app_fixture import NOW
from tests.support.forged_tokens import GOOD_HEADER, claims_of, encode, sealed
from widget_server.adapters.keys.signing_keys import SigningKey
from widget_server.merchant import ERROR_CODES, VerdictVerificationError, verify_verdict
from widget_server.merchant.webhooks import WebhookVerificationError, verify_delivery

__all__ = ["check", "genuine", "key"]

NUMBERS = ["1e9999999999999999999", "-1e9999999999999999999", "1e-9999999999999999999", "1e400", "9" * 5000, "-0"]
JSON = [
    *(f'{{"a":{number}}}' for number in (*NUMBERS, "NaN", "Infinity", "0x1", "01", "1.", ".5")),
    *('{"kid":{"a":1}}', '{"kid":1e9999999999999999999}', '{"kid":"\\ud800"}', '{"kid":"\\u0000"}', '{"\\u0000a":1}'),
    *("[" * 8000, '{"a":' * 2000 + "1" + "}" * 2000, "[]", "null", "1e9999999999999999999", '""', "", "{", '{"a":1}x'),
    *('{"__proto__":{"kid":1}}', '{"1":1,"alg":2}', '{"alg":["EdDSA"],"typ":{},"kid":[]}', '{"":""}'),
]
BYTES = [b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\x00", b"\xed\xa0\x80", "{}".encode("utf-32"), b'{"a":"\xff"}']
NAMES = ("alg", "typ", "kid", "iss", "aud", "sub", "iat", "exp", "orderId", "amount", "currency", "fulfill", "verdict")
VALUES = ["null", "true", "[]", "{}", '""', '"x"', "[[]]", "[null]", '[{"a":1}]', *NUMBERS]
REFUSED_TOKEN = set(ERROR_CODES) - {"unusable_keys", "unusable_expectation"}


def odd_tokens(token: str, key: SigningKey) -> list[str]:
    """Odd parts, each unsigned and truly signed; and changed bytes, the same in every run."""
    head, body, _signature = token.split(".")
    pieces = [encode(piece) for piece in (*(text.encode() for text in JSON), *BYTES)]
    claims, header = claims_of(token), {**GOOD_HEADER, "kid": key.kid}
    for name in NAMES:
        of = header if name in header else claims
        for value in VALUES:
            text = json.dumps({**of, name: "@"}).replace('"@"', value)
            pieces.append(encode(text.encode()))
    tokens = [f"{piece}.{body}.{'A' * 86}" for piece in pieces]
    tokens += [sealed(key, piece, body) for piece in pieces] + [sealed(key, head, piece) for piece in pieces]
    dice = random.Random(9)  # no secret: the same changes in every run
    for _ in range(300):
        at = dice.randrange(len(token))
        tokens.append(token[:at] + chr(dice.choice([0, 10, 46, 61, 0xE9, 0x2028, 0x1F600])) + token[at + 1 :])
    return [one for one in tokens if len(one) <= 16384]


def test_ff_09_every_helper_refuses_any_token_with_its_one_exception(
    check: Callable[[list[Case]], list[str]], genuine: Case, key: SigningKey
) -> None:
    """Both drivers end with an error on any other; what our own key has signed may count."""
    tokens = odd_tokens(genuine["token"], key)
    outcomes = check([{**genuine, "token": token} for token in tokens])
    assert set(outcomes) <= REFUSED_TOKEN | {"paid", "not paid"}


@pytest.mark.parametrize("token", [None, 5, b"a.b.c", [], {}, True, 1.5])
def test_ff_09_what_is_no_text_is_no_token(
    check: Callable[[list[Case]], list[str]], genuine: Case, token: object
) -> None:
    if not isinstance(token, bytes):  # no JSON brings bytes
        assert check([{**genuine, "token": token}]) == ["malformed"]


KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "A" * 43}]}


@given(st.one_of(st.text(), st.binary().map(lambda raw: f"{encode(raw)}.e30.{'A' * 86}"), st.none(), st.binary()))
def test_ff_09_python_refuses_any_text(token: object) -> None:
    with pytest.raises(VerdictVerificationError):
        verify_verdict(token, keys=KEYS, issuer="i", audience="a", order_code="o", amount=1, currency="KRW", now=NOW)


SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


def delivered(body: bytes) -> Any:
    at = str(int(NOW.timestamp()))
    mac = base64.b64encode(hmac.digest(b"s" * 32, f"id.{at}.".encode() + body, hashlib.sha256)).decode()
    headers = {"webhook-id": "id", "webhook-timestamp": at, "webhook-signature": f"v1,{mac}"}
    return verify_delivery(body, headers, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("body", [*(text.encode() for text in JSON), *BYTES], ids=range(len(JSON) + len(BYTES)))
def test_ff_09_a_signed_body_of_any_bytes_is_refused_with_one_exception(body: bytes) -> None:
    with pytest.raises(WebhookVerificationError, match="malformed_body"):
        delivered(body)


@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Id", "x"]),
        st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.sampled_from(["id", "1700000000", "v1,A"])),
    ),
    st.binary(),
)
def test_ff_09_any_headers_and_body_are_refused_with_one_exception(headers: Any, body: bytes) -> None:
    with pytest.raises(WebhookVerificationError):
        verify_delivery(body, headers, secrets=[SECRET], now=NOW)
