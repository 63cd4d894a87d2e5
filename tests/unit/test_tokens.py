"""The bytes of a token: what stands in it, in which spelling, and who can tell two of them apart."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jwt import PyJWS

from tests.support.forged_tokens import claims_of, decode, fixed_key
from widget_server.adapters.keys.verdict_tokens import JwsSigner

FIRST, SECOND, THIRD = (fixed_key(name) for name in ("first", "second", "third"))
SIGNER = JwsSigner([FIRST, SECOND, THIRD])
CLAIMS: dict[str, Any] = {"sub": "order_a", "fulfill": True, "aud": ["https://shop.kr"]}


def test_the_first_key_signs_and_all_are_published() -> None:
    head, _, signature = SIGNER.sign(CLAIMS).split(".")
    assert json.loads(decode(head)) == {"alg": "EdDSA", "typ": "steppay-verdict+jwt", "kid": FIRST.kid}
    assert len(decode(signature)) == 64
    assert SIGNER.public_keys() == {"keys": [FIRST.public, SECOND.public, THIRD.public]}


def test_a_token_holds_the_claims_without_a_space_and_an_id_of_128_bits() -> None:
    token = SIGNER.sign(CLAIMS)
    told = claims_of(token)
    assert len(decode(told.pop("jti"))) == 16
    assert told == CLAIMS
    assert b" " not in decode(token.split(".")[1])


def test_no_two_tokens_are_the_same() -> None:
    assert len({claims_of(SIGNER.sign(CLAIMS))["jti"] for _ in range(50)}) == 50


def test_a_signature_is_the_one_that_ed25519_gives() -> None:
    message, _, signature = SIGNER.sign(CLAIMS).rpartition(".")
    assert decode(signature) == FIRST.private.sign(message.encode())


@given(st.dictionaries(st.text(max_size=20), st.none() | st.booleans() | st.integers() | st.text(max_size=90)))
def test_a_token_is_the_very_one_that_pyjwt_makes_of_its_claims(claims: dict[str, Any]) -> None:
    token = SIGNER.sign(claims)
    headers = {"typ": "steppay-verdict+jwt", "kid": FIRST.kid}
    assert PyJWS().encode(decode(token.split(".")[1]), FIRST.private, algorithm="EdDSA", headers=headers) == token
    assert PyJWS().decode(token, FIRST.private.public_key(), algorithms=["EdDSA"]) == decode(token.split(".")[1])
