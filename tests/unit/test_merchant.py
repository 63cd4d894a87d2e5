"""The merchant's helper: only a genuine verdict on exactly the expected order counts."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.forged_tokens import GOOD_HEADER, attacks, claims_of, encode, fixed_key, signed
from tests.support.hypothesis_settings import many
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.merchant import ERROR_CODES, Verdict, VerdictVerificationError, verify_verdict
from widget_server.services.verdict_token import sign_verdict

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
KEY = fixed_key("ours")
SIGNER = JwsSigner([KEY])
PAID: dict[str, object] = {
    "orderCode": "order_15XqwcM1f",
    "orderId": 183682,
    "verdict": "paid",
    "reason": "payment_complete",
    "fulfill": True,
    "amount": 10000,
    "currency": "KRW",
}
EXPECTED: dict[str, Any] = {
    "keys": SIGNER.public_keys(),
    "issuer": "https://pay.shop.kr",
    "audience": "https://shop.kr",
    "order_code": "order_15XqwcM1f",
    "amount": 10000,
    "currency": "KRW",
    "now": NOW,
}


def token_for(**changes: object) -> str:
    shops = ("https://shop.kr", "https://www.shop.kr")
    return sign_verdict({**PAID, **changes}, NOW, SIGNER, "https://pay.shop.kr", shops)


def check(token: object, **changes: Any) -> Verdict:
    return verify_verdict(token, **{**EXPECTED, **changes})


def refusal(token: object, **changes: Any) -> str:
    with pytest.raises(VerdictVerificationError) as refused:
        check(token, **changes)
    assert str(refused.value) == f"{refused.value.code}: {ERROR_CODES[refused.value.code]}"
    return refused.value.code


TOKEN = token_for()
ATTACKS = attacks(TOKEN, KEY)


def test_a_genuine_paid_verdict_on_the_expected_order_is_paid() -> None:
    verdict = check(TOKEN)
    assert verdict == Verdict(
        "order_15XqwcM1f", 183682, "paid", "payment_complete", True, amount=Decimal(10000), currency="KRW"
    )
    assert verdict.is_paid
    assert verdict


@pytest.mark.parametrize("name", ATTACKS)
def test_a_forged_token_is_refused(name: str) -> None:
    token, code = ATTACKS[name]
    assert refusal(token) == code


PRIVATE = {**KEY.public, "d": encode(KEY.private.private_bytes_raw())}
OTHER_EXPECTATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("another order", {"order_code": "order_other"}, "wrong_order"),
    ("order in other letters", {"order_code": "ORDER_15XQWCM1F"}, "wrong_order"),
    ("no order", {"order_code": None}, "wrong_order"),
    ("a dearer cart", {"amount": 420000}, "wrong_amount"),
    ("one won more", {"amount": 10001}, "wrong_amount"),
    ("a part of a won more", {"amount": Decimal("10000.001")}, "wrong_amount"),
    ("another currency", {"currency": "USD"}, "wrong_currency"),
    ("no currency", {"currency": None}, "wrong_currency"),
    ("another shop", {"audience": "https://other.kr"}, "wrong_audience"),
    ("a part of the shop's origin", {"audience": "https://shop"}, "wrong_audience"),
    ("no shop", {"audience": None}, "wrong_audience"),
    ("another server", {"issuer": "https://pay.other.kr"}, "wrong_issuer"),
    ("no server", {"issuer": None}, "wrong_issuer"),
    ("too late", {"now": NOW + timedelta(minutes=11)}, "expired"),
    ("too early", {"now": NOW - timedelta(seconds=61)}, "not_yet_valid"),
    ("amount as text", {"amount": "10000"}, "unusable_expectation"),
    ("amount true", {"amount": True}, "unusable_expectation"),
    ("amount as float", {"amount": 10000.0}, "unusable_expectation"),
    ("amount not a number", {"amount": Decimal("sNaN")}, "unusable_expectation"),
    ("no amount", {"amount": None}, "unusable_expectation"),
    ("time without a zone", {"now": NOW.replace(tzinfo=None)}, "unusable_expectation"),
    ("no keys", {"keys": {"keys": []}}, "unknown_key"),
    ("keys of another server", {"keys": JwsSigner([fixed_key("a stranger")]).public_keys()}, "unknown_key"),
    ("keys null", {"keys": None}, "unusable_keys"),
    ("keys of another shape", {"keys": {"keys": [None]}}, "unusable_keys"),
    ("the same key twice", {"keys": {"keys": [KEY.public] * 2}}, "unusable_keys"),
    ("a private key", {"keys": {"keys": [PRIVATE]}}, "unusable_keys"),
    ("an RSA key", {"keys": {"keys": [{**KEY.public, "kty": "RSA"}]}}, "unusable_keys"),
    ("a short key", {"keys": {"keys": [{**KEY.public, "x": "AAAA"}]}}, "unusable_keys"),
    ("a key in other letters", {"keys": {"keys": [{**KEY.public, "x": "\u0435" * 43}]}}, "unusable_keys"),
    ("a key without x", {"keys": {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": KEY.kid}]}}, "unusable_keys"),
]


@pytest.mark.parametrize(
    ("changes", "code"), [row[1:] for row in OTHER_EXPECTATIONS], ids=[f"FF-04 {row[0]}" for row in OTHER_EXPECTATIONS]
)
def test_a_genuine_token_pays_nothing_else(changes: dict[str, Any], code: str) -> None:
    assert refusal(TOKEN, **changes) == code


@pytest.mark.parametrize("name", ["keys", "issuer", "audience", "order_code", "amount", "currency"])
def test_ff_04_no_expectation_can_be_left_out(name: str) -> None:
    rest = {key: value for key, value in EXPECTED.items() if key != name}
    with pytest.raises(TypeError, match=name):
        verify_verdict(TOKEN, **rest)


KINDS = ("no_charge", "pending", "failed", "canceled", "partially_refunded", "refunded", "mismatch", "unknown", "PAID")


@pytest.mark.parametrize(
    ("verdict", "fulfill"), [("paid", False), *((kind, fulfill) for kind in KINDS for fulfill in (True, False))]
)
def test_ff_01_genuine_does_not_mean_paid(verdict: str, fulfill: bool) -> None:
    answer = check(token_for(verdict=verdict, fulfill=fulfill))
    assert not answer.is_paid
    assert not answer
    assert answer.verdict == verdict


@pytest.mark.parametrize(
    ("verdict", "reason", "fulfill", "paid", "fulfillable"),
    [
        ("paid", "payment_complete", True, True, True),
        ("no_charge", "zero_amount", True, False, True),
        ("no_charge", "zero_amount", False, False, False),
        ("no_charge", "payment_method_registered", False, False, False),
        ("no_charge", "payment_method_registered", True, False, False),
        ("refunded", "zero_amount", True, False, False),
    ],
)
def test_ff_01_a_free_order_is_fulfillable_and_never_paid(
    verdict: str, reason: str, fulfill: bool, paid: bool, fulfillable: bool
) -> None:
    answer = check(token_for(verdict=verdict, reason=reason, fulfill=fulfill))
    assert (answer.is_paid, answer.is_fulfillable, bool(answer)) == (paid, fulfillable, fulfillable)


@pytest.mark.parametrize(("claim", "name"), [("iss", "issuer"), ("sub", "order_code"), ("currency", "currency")])
@pytest.mark.parametrize("nothing", [None, ""])
def test_ff_04_nothing_said_never_meets_nothing_expected(claim: str, name: str, nothing: object) -> None:
    token = signed(KEY, {**claims_of(TOKEN), claim: nothing}, {**GOOD_HEADER, "kid": KEY.kid})
    assert refusal(token, **{name: nothing})


def test_a_token_larger_than_any_of_ours_is_not_read() -> None:
    assert refusal(token_for(reason="x" * 20000)) == "malformed"


def test_a_fraction_of_a_currency_is_compared_exactly() -> None:
    assert check(token_for(amount=10.1, currency="USD"), amount=Decimal("10.1"), currency="USD")
    assert refusal(token_for(amount=10.1), amount=10) == "wrong_amount"


@pytest.mark.parametrize("minutes", [-1, 0, 9, 10.9])
def test_a_token_lives_ten_minutes_and_clocks_may_differ_by_one(minutes: float) -> None:
    assert check(TOKEN, now=NOW + timedelta(minutes=minutes))


@many
@given(position=st.integers(0, len(TOKEN) - 1), byte=st.integers(0, 255))
def test_ff_02_no_byte_of_a_token_can_be_changed(position: int, byte: int) -> None:
    changed = TOKEN[:position] + chr(byte) + TOKEN[position + 1 :]
    assert changed == TOKEN or refusal(changed)


@many
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.binary(), st.text(), st.lists(st.text())))
def test_ff_02_anything_else_is_refused_with_the_same_exception(value: object) -> None:
    assert refusal(value)


@many
@given(name=st.sampled_from(["issuer", "audience", "order_code", "currency"]), text=st.text())
def test_ff_04_no_changed_expectation_is_met(name: str, text: str) -> None:
    assert text == EXPECTED[name] or text == "https://www.shop.kr" or refusal(TOKEN, **{name: text})


@many
@given(st.one_of(st.integers(), st.decimals(allow_nan=True)))
def test_ff_04_no_changed_amount_is_met(amount: int | Decimal) -> None:
    is_ten_thousand = not Decimal(amount).is_nan() and amount == 10000
    assert is_ten_thousand or refusal(TOKEN, amount=amount)


ALONE = """
import sys
class Closed:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"flask", "werkzeug", "marshmallow", "sqlalchemy", "requests", "click"}:
            raise ImportError(name)
sys.meta_path.insert(0, Closed())
import widget_server.merchant
print(sorted(name for name in sys.modules if name.startswith("widget_server")))
"""


def test_the_helper_loads_no_flask_and_nothing_else_of_the_server() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", ALONE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (
        "['widget_server', 'widget_server.merchant', 'widget_server.merchant.verdicts']",
        "",
    )
