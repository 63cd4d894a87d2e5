"""docs/examples: what people copy is run here, against tokens of the real application, genuine and forged."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.app_fixture import NOW, PUBLIC, SHOP, FakeStepPay, World
from tests.support.forged_tokens import GOOD_HEADER, attacks, claims_of, fixed_key, signed
from widget_server.adapters.keys.signing_keys import SigningKey, load_or_create
from widget_server.merchant import VerdictVerificationError, verify_verdict

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = {"node": ROOT / "tests/examples/drive.mjs", "php": ROOT / "tests/examples/drive.php"}
Case = dict[str, Any]


def other_process(program: str) -> Callable[[list[Case]], list[str]]:
    def check(cases: list[Case]) -> list[str]:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed; tools/setup.sh browsers installs it on Debian")
        done = subprocess.run(
            [program, DRIVERS[program]], input=json.dumps(cases), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        outcomes = json.loads(done.stdout)
        assert isinstance(outcomes, list)
        return outcomes

    return check


def in_python(cases: list[Case]) -> list[str]:
    return [outcome_in_python(**case) for case in cases]


def outcome_in_python(*, orderCode: str, now: int, **case: Any) -> str:  # the members of a case
    try:
        verdict = verify_verdict(order_code=orderCode, now=NOW.fromtimestamp(now, NOW.tzinfo), **case)
    except VerdictVerificationError as refused:
        return refused.code
    if verdict.is_paid:
        return "paid"
    return "free" if verdict.is_fulfillable else "not paid"


OTHER_KEYS: list[Case] = [
    {"d": "x"},
    {"d": None},
    {"kty": "RSA"},
    {"kty": None},
    {"crv": "Ed448"},
    {"x": None},
    {"x": 5},
    {"x": ""},
    {"x": "AAAA"},
    {"x": "\u0435" * 43},
    {"x": "A" * 44},
]
CHECKERS = {"python": in_python, "node": other_process("node"), "php": other_process("php")}


@pytest.fixture(params=CHECKERS)
def check(request: pytest.FixtureRequest) -> Callable[[list[Case]], list[str]]:
    return CHECKERS[request.param]


@pytest.fixture
def genuine(world: World, steppay: FakeStepPay) -> Case:
    code = steppay.paid()
    return {
        "token": world.client.post("/v1/verify", json={"orderCode": code}).json["token"],
        "keys": world.client.get("/.well-known/jwks.json").json,
        "issuer": PUBLIC,
        "audience": SHOP,
        "orderCode": code,
        "amount": 10000,
        "currency": "KRW",
        "now": int(NOW.timestamp()),
    }


@pytest.fixture
def key(world: World) -> SigningKey:
    return load_or_create(world.settings.signing_key_file, [])[0]


def test_a_genuine_paid_verdict_is_paid(check: Callable[[list[Case]], list[str]], genuine: Case) -> None:
    second_shop = {**genuine, "audience": "https://www.shop.test"}
    assert check([genuine, second_shop]) == ["paid", "paid"]


def test_a_free_order_is_fulfillable_and_not_paid_where_the_server_says_so(
    check: Callable[[list[Case]], list[str]], genuine: Case, key: SigningKey
) -> None:
    free = {"verdict": "no_charge", "reason": "zero_amount", "fulfill": True, "amount": 0}
    changes = [{}, {"fulfill": False}, {"reason": "payment_method_registered"}, {"verdict": "refunded"}]
    header = {**GOOD_HEADER, "kid": key.kid}
    tokens = [signed(key, {**claims_of(genuine["token"]), **free, **change}, header) for change in changes]
    outcomes = check([{**genuine, "amount": 0, "token": token} for token in tokens])
    assert outcomes == ["free", "not paid", "not paid", "not paid"]


def test_ff_01_and_ff_02_and_ff_04_every_forged_token_is_refused(
    check: Callable[[list[Case]], list[str]], genuine: Case, key: SigningKey
) -> None:
    made = attacks(genuine["token"], key)
    outcomes = check([{**genuine, "token": token} for token, _code in made.values()])
    wanted = {name: code for name, (_token, code) in made.items()}
    assert dict(zip(made, outcomes, strict=True)) == wanted


def test_ff_04_a_genuine_token_pays_nothing_else(check: Callable[[list[Case]], list[str]], genuine: Case) -> None:
    stranger = {"keys": [fixed_key("a stranger").public]}
    ours = genuine["keys"]["keys"][0]
    table: list[tuple[Case, str]] = [
        ({"orderCode": "order_other"}, "wrong_order"),
        ({"orderCode": ""}, "wrong_order"),
        ({"amount": 420000}, "wrong_amount"),
        ({"amount": 10001}, "wrong_amount"),
        ({"amount": True}, "unusable_expectation"),
        ({"amount": None}, "unusable_expectation"),
        ({"amount": "10000"}, "unusable_expectation"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"currency": ""}, "wrong_currency"),
        ({"audience": "https://evil.tld"}, "wrong_audience"),
        ({"audience": "https://shop"}, "wrong_audience"),
        ({"audience": ""}, "wrong_audience"),
        ({"issuer": "https://evil.tld"}, "wrong_issuer"),
        ({"now": genuine["now"] + 660}, "expired"),
        ({"now": genuine["now"] - 61}, "not_yet_valid"),
        ({"keys": {"keys": []}}, "unknown_key"),
        ({"keys": stranger}, "unknown_key"),
        *(({"keys": {"keys": [{**ours, **change}]}}, "unusable_keys") for change in OTHER_KEYS),
        ({"keys": {"keys": [ours, ours]}}, "unusable_keys"),
        ({"keys": {"keys": None}}, "unusable_keys"),
        ({"keys": {}}, "unusable_keys"),
    ]
    outcomes = check([{**genuine, **change} for change, _code in table])
    assert list(zip([change for change, _ in table], outcomes, strict=True)) == table


@pytest.mark.parametrize("missing", ["issuer", "audience", "orderCode", "currency"])
def test_ff_04_an_expectation_of_null_is_never_met(
    check: Callable[[list[Case]], list[str]], genuine: Case, key: SigningKey, missing: str
) -> None:
    """Not even by a signed token that lacks the claim."""
    claim = {"issuer": "iss", "audience": "aud", "orderCode": "sub", "currency": "currency"}[missing]
    claims = {name: value for name, value in claims_of(genuine["token"]).items() if name != claim}
    poor = signed(key, claims, {**GOOD_HEADER, "kid": key.kid})
    outcomes = check([{**genuine, missing: None, "token": token} for token in (genuine["token"], poor)])
    assert set(outcomes) <= {"wrong_issuer", "wrong_audience", "wrong_order", "wrong_currency", "unusable_expectation"}


def test_ff_01_a_genuine_verdict_that_is_not_paid_is_not_paid(
    check: Callable[[list[Case]], list[str]], genuine: Case, key: SigningKey
) -> None:
    claims, header = claims_of(genuine["token"]), {**GOOD_HEADER, "kid": key.kid}
    changes: list[Case] = [
        {"verdict": "pending", "fulfill": True},
        {"verdict": "paid", "fulfill": False},
        {"verdict": "refunded", "fulfill": False},
    ]
    tokens = [signed(key, {**claims, **change}, header) for change in changes]
    assert check([{**genuine, "token": token} for token in tokens]) == ["not paid"] * len(changes)
