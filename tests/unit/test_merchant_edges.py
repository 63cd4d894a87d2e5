"""The edges of the merchant's helper: the last token that is believed, and the first that is not."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.forged_tokens import GOOD_HEADER, claims_of, encode, fixed_key, signed
from tests.unit.test_merchant import EXPECTED, KEY, NOW, PAID, TOKEN, check, refusal, token_for
from widget_server import merchant
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.merchant import ERROR_CODES, verify_verdict
from widget_server.services.verdict_token import sign_verdict

HEADER = {**GOOD_HEADER, "kid": KEY.kid}
LONGEST = 16384
ROOT = Path(__file__).resolve().parents[2]


def made(**claims: object) -> str:
    return signed(KEY, {**claims_of(TOKEN), **claims}, HEADER)


def test_the_helper_offers_what_the_guide_names() -> None:
    guide = (ROOT / "docs" / "backend.md").read_text("utf-8")
    imported = re.findall(r"^from widget_server\.merchant import (.+)$", guide, re.MULTILINE)
    named = {name for names in imported for name in names.split(", ")} | set(re.findall(r"`merchant\.(\w+)", guide))
    assert named == {"ERROR_CODES", "VerdictVerificationError", "verify_verdict"}
    assert set(merchant.__all__) == named | {"Verdict"}
    assert all(hasattr(merchant, name) for name in merchant.__all__)


def test_the_meaning_of_a_refusal_stays_the_same() -> None:
    """Backends log these sentences, and people search for them."""
    assert ERROR_CODES == {
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


def test_a_verdict_cannot_be_changed_after_it_was_checked() -> None:
    with pytest.raises(FrozenInstanceError):
        check(token_for(verdict="pending", fulfill=False)).fulfill = True  # type: ignore[misc]


def test_the_first_and_the_last_digit_may_stand_in_each_part() -> None:
    seen: tuple[set[str], ...] = (set(), set(), set())
    for number in range(60):
        key = fixed_key(f"key {number}")
        told = {**PAID, "reason": "x" * (number % 3) + str(7**number)}
        token = sign_verdict(told, NOW, JwsSigner([key]), "https://pay.shop.kr", ["https://shop.kr"])
        assert check(token, keys={"keys": [key.public]}).is_paid
        for signs, part in zip(seen, token.split("."), strict=True):
            signs.update(part)
    assert all(signs >= {"0", "9"} for signs in seen)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("{}", "wrong_header"),
        ("[]", "malformed"),
        ("{", "malformed"),
        ('{"kid":"x"}', "wrong_header"),
        ("\xff", "malformed"),
    ],
)
def test_a_header_of_another_shape_is_refused_for_its_shape(header: str, code: str) -> None:
    _, body, signature = TOKEN.split(".")
    assert refusal(f"{encode(header.encode('latin-1'))}.{body}.{signature}") == code


@pytest.mark.parametrize("header", ["A", "AAAAA"])
def test_a_header_that_no_bytes_have_as_base64_is_refused(header: str) -> None:
    assert refusal(header + TOKEN[TOKEN.index(".") :]) == "malformed"


@pytest.mark.parametrize(
    "payload", [b"canary", b"\xff\xfe", b"{", b"[" * 6000, b"[]", b'"paid"', b"null"], ids=lambda raw: raw[:9]
)
def test_a_payload_that_is_no_json_object_is_refused_even_when_signed(payload: bytes) -> None:
    message = f"{TOKEN.partition('.')[0]}.{encode(payload)}"
    assert refusal(f"{message}.{encode(KEY.private.sign(message.encode()))}") == "malformed"


def test_the_longest_token_is_read_and_a_longer_one_is_not() -> None:
    lengths = {len(token): token for token in (made(reason="x" * count) for count in range(11800, 11960))}
    longest = max(length for length in lengths if length <= LONGEST)
    assert longest == LONGEST
    assert check(lengths[LONGEST]).is_paid
    assert refusal(lengths[min(length for length in lengths if length > LONGEST)]) == "malformed"


@pytest.mark.parametrize(
    ("seconds", "code"), [(-60.001, "not_yet_valid"), (-60, None), (659.999, None), (660, "expired")]
)
def test_the_clocks_may_differ_by_exactly_a_minute(seconds: float, code: str | None) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert (check(TOKEN, now=now).is_paid) if code is None else (refusal(TOKEN, now=now) == code)


def test_without_a_time_the_clock_of_this_machine_counts() -> None:
    rest = {name: value for name, value in EXPECTED.items() if name != "now"}
    signer, shops = JwsSigner([KEY]), ["https://shop.kr"]
    fresh, old = (
        sign_verdict(PAID, datetime.now(UTC) - timedelta(hours=hours), signer, "https://pay.shop.kr", shops)
        for hours in (0, 1)
    )
    assert verify_verdict(fresh, **rest).is_paid
    assert refusal(old, now=None) == "expired"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"orderId": 7.0}, "malformed"),
        ({"iat": 1764000000.0}, "malformed"),
        ({"exp": 9999999999.0}, "malformed"),
    ],
    ids=repr,
)
def test_numbers_that_javascript_confuses_stay_distinct_here(claims: dict[str, object], code: str) -> None:
    """All other shapes stand in tests/support/forged_tokens.py, for the readers of all languages."""
    assert refusal(made(**claims)) == code


@pytest.mark.parametrize("nothing", [None, "", 7])
def test_ff_04_no_shop_meets_no_shop(nothing: object) -> None:
    assert refusal(made(aud=[nothing]), audience=nothing) == "wrong_audience"


@pytest.mark.parametrize("nothing", [None, "", 7])
@pytest.mark.parametrize(
    ("claim", "name", "code"),
    [
        ("iss", "issuer", "wrong_issuer"),
        ("sub", "order_code", "wrong_order"),
        ("currency", "currency", "wrong_currency"),
    ],
)
def test_ff_04_nothing_said_meets_nothing(claim: str, name: str, code: str, nothing: object) -> None:
    assert refusal(made(**{claim: nothing}), **{name: nothing}) == code


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": None},
        {"keys": [{"kty": "OKP"}]},
        {"keys": ["text"]},
        {"keys": [{"kid": KEY.kid}]},
        {"keys": [{"kid": KEY.kid, "kty": "OKP"}]},
        {"keys": [{**KEY.public, "crv": "Ed448"}]},
        {"keys": [{**KEY.public, "x": 5}]},
        {"keys": [{**KEY.public, "x": None}]},
        {"keys": [{**KEY.public, "x": "A"}]},
        {"keys": [{**KEY.public, "x": encode(bytes(33))}]},
        {"keys": [{**KEY.public, "d": None}]},
        "text",
        5,
    ],
    ids=repr,
)
def test_keys_of_another_shape_are_refused_as_such(keys: Any) -> None:
    assert refusal(TOKEN, keys=keys) == "unusable_keys"


def test_what_a_key_says_of_its_algorithm_is_not_looked_at() -> None:
    assert check(TOKEN, keys={"keys": [{**KEY.public, "alg": "HS256"}]}).is_paid


def test_the_right_key_is_found_among_others() -> None:
    others = [fixed_key("a stranger").public, KEY.public, fixed_key("another").public]
    assert check(TOKEN, keys={"keys": others}).is_paid


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), float("inf"), "", []])
def test_an_amount_that_is_none_is_refused(amount: object) -> None:
    assert refusal(TOKEN, amount=amount) == "unusable_expectation"


def test_only_what_is_listed_is_signed() -> None:
    told = claims_of(token_for(card="1234", email="a@b.kr", message="paid"))
    assert len(told.pop("jti")) == 22
    assert told == {
        "iss": "https://pay.shop.kr",
        "aud": ["https://shop.kr", "https://www.shop.kr"],
        "sub": "order_15XqwcM1f",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "verdict": "paid",
        "fulfill": True,
        "reason": "payment_complete",
        "orderId": 183682,
        "amount": 10000,
        "currency": "KRW",
    }
