"""The signed verdict as the real application gives it, and the public keys that go with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.app_fixture import COMPLETE, NOW, PAID, PUBLIC, SHOP, STANDBY, TOKEN, UNPAID, FakeStepPay, World
from tests.support.forged_tokens import attacks, claims_of, decode
from widget_server.adapters.keys.signing_keys import edit, load_or_create, new_key
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.adapters.store.tables import metadata
from widget_server.app import create_app
from widget_server.config import Secret
from widget_server.errors import ConfigurationError
from widget_server.merchant import VerdictVerificationError, verify_verdict
from widget_server.parts import make_deps

KEYS = "/.well-known/jwks.json"


def ask(client: Any, code: str, **members: Any) -> dict[str, Any]:
    answer = client.post("/v1/verify", json={"orderCode": code, **members})
    assert answer.status_code == 200, answer.text
    body = answer.json
    assert isinstance(body, dict)
    return body


def expected(world: World, code: str, **changes: Any) -> dict[str, Any]:
    keys = world.client.get(KEYS).json
    names = {"issuer": PUBLIC, "audience": SHOP, "order_code": code, "amount": 10000, "currency": "KRW"}
    return {"keys": keys, "now": NOW, **names, **changes}


def test_the_token_says_exactly_what_is_documented(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "orderId": 183682}, COMPLETE)
    head, _body, signature = (token := ask(world.client, code)["token"]).split(".")
    kid = world.client.get(KEYS).json["keys"][0]["kid"]
    assert json.loads(decode(head)) == {"alg": "EdDSA", "typ": "steppay-verdict+jwt", "kid": kid}
    assert len(decode(signature)) == 64
    claims = claims_of(token)
    assert len(claims.pop("jti")) == 22
    assert claims == {
        "iss": PUBLIC,
        "aud": [SHOP, "https://www.shop.test"],
        "sub": code,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "verdict": "paid",
        "fulfill": True,
        "reason": "payment_complete",
        "orderId": 183682,
        "amount": 10000,
        "currency": "KRW",
    }


def test_no_two_tokens_have_the_same_id(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    assert len({claims_of(ask(world.client, code)["token"])["jti"] for _ in range(5)}) == 5


def test_a_backend_believes_a_paid_order(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verdict = verify_verdict(ask(world.client, code)["token"], **expected(world, code))
    assert verdict.is_paid


@pytest.mark.parametrize(
    ("order", "receipt", "status"),
    [
        (UNPAID, STANDBY, "success"),
        (UNPAID, STANDBY, "error"),
        (UNPAID, STANDBY, "cancel"),
        ({**PAID, "returnedAmount": 10000}, {**COMPLETE, "paymentStatus": "CANCELED"}, "success"),
        ({**PAID, "returnedAmount": 1}, {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"}, "success"),
        (PAID, "error", "success"),
        (PAID, {**COMPLETE, "paymentStatus": "SOMETHING_NEW"}, "success"),
    ],
)
def test_ff_01_what_is_signed_is_what_steppay_says_and_never_paid_by_claim(
    world: World, steppay: FakeStepPay, order: Any, receipt: Any, status: str
) -> None:
    code = steppay.order(order, receipt)
    body = ask(world.client, code, status=status)
    verdict = verify_verdict(body["token"], **expected(world, code))
    assert not verdict.is_paid
    assert (verdict.verdict, verdict.reason, verdict.fulfill) == (body["verdict"], body["reason"], False)


def test_ff_01_and_ff_02_every_attack_on_a_token_of_the_real_server_fails(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    told = expected(world, code)
    [key] = load_or_create(world.settings.signing_key_file, [])
    for name, (token, reason) in attacks(ask(world.client, code)["token"], key).items():
        with pytest.raises(VerdictVerificationError) as refused:
            verify_verdict(token, **told)
        assert refused.value.code == reason, name


def test_ff_04_a_token_for_one_order_pays_no_other(world: World, steppay: FakeStepPay) -> None:
    cheap, dear = steppay.order({**PAID, "paidAmount": 1000}, COMPLETE), steppay.paid()
    token = ask(world.client, cheap)["token"]
    assert verify_verdict(token, **expected(world, cheap, amount=1000)).is_paid
    for changes in ({"order_code": dear}, {"amount": 420000}, {"currency": "USD"}, {"audience": "https://evil.tld"}):
        with pytest.raises(VerdictVerificationError):
            verify_verdict(token, **{**expected(world, cheap, amount=1000), **changes})


def test_a_problem_is_never_signed(world: World, steppay: FakeStepPay) -> None:
    answers = [
        world.client.post("/v1/verify", json={"orderCode": "order_missing"}),
        world.client.post("/v1/verify", json={"orderCode": steppay.order("error")}),
        world.client.post("/v1/verify", json={}),
        world.client.post("/v1/verify", data="{"),
    ]
    assert [answer.status_code for answer in answers] == [404, 503, 422, 415]
    assert not any("token" in answer.json for answer in answers)


def test_a_token_is_kept_nowhere(world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    code = steppay.paid()
    opened = world.client.post("/v1/checkouts", json={"orderCode": code, "mode": "tab"}, headers={"Origin": SHOP})
    token = ask(world.client, code, checkout=opened.json["checkout"])["token"]
    polled = world.client.get(f"/v1/checkouts/{opened.json['checkout']}")
    assert polled.json["verdict"]["verdict"] == "paid"
    with world.engine.connect() as connection:
        rows = "".join(str(connection.execute(select(table)).all()) for table in metadata.sorted_tables)
    assert code in rows
    assert token.split(".")[2] not in polled.text + rows + caplog.text


def test_personal_fields_upstream_leave_no_trace_in_the_token(world: World, steppay: FakeStepPay) -> None:
    canary = {"name": "canary", "email": "canary@x.kr", "phone": "canary"}
    order = {**PAID, "customer": canary, "payment": canary, "idKey": "canaryIdKey0123456789"}
    claims = claims_of(ask(world.client, steppay.order(order, {**COMPLETE, "cardNumber": "canary"}))["token"])
    assert "canary" not in json.dumps(claims)
    assert TOKEN not in json.dumps(claims)


def test_the_published_keys_are_public_parts_only(world: World) -> None:
    answer = world.client.get(KEYS, headers={"Origin": "https://anybody.test"})
    assert (answer.status_code, answer.mimetype) == (200, "application/jwk-set+json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    [key] = answer.json["keys"]
    assert {name: value for name, value in key.items() if name not in ("x", "kid")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
    }
    stored = json.loads(world.settings.signing_key_file.read_text("utf-8"))["keys"][0]
    assert stored["d"] not in answer.text
    assert world.client.post(KEYS).status_code == 405


def restarted(world: World) -> Any:
    """The same server after it has read its key file again."""
    return world.with_deps(signer=JwsSigner(load_or_create(world.settings.signing_key_file, world.settings.secrets)))


def test_a_changed_key_leaves_no_moment_without_a_verdict_that_counts(world: World, steppay: FakeStepPay) -> None:
    code, file = steppay.paid(), world.settings.signing_key_file
    fetched_before = expected(world, code)
    old = ask(world.client, code)["token"]

    edit(file, [], lambda keys: [*keys, new_key()])  # published, not yet signing
    server = restarted(world)
    assert verify_verdict(ask(server, code)["token"], **fetched_before)
    fetched_between = {**fetched_before, "keys": server.get(KEYS).json}

    edit(file, [], lambda keys: keys[::-1])  # signing
    server = restarted(world)
    new = ask(server, code)["token"]
    for token in (old, new):
        assert verify_verdict(token, **fetched_between)
        assert verify_verdict(token, **{**fetched_before, "keys": server.get(KEYS).json})

    edit(file, [], lambda keys: keys[:1])  # the old one is gone
    server = restarted(world)
    with pytest.raises(VerdictVerificationError, match="unknown_key"):
        verify_verdict(old, **{**fetched_before, "keys": server.get(KEYS).json})


def test_an_old_token_is_no_proof_of_todays_state(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    token = ask(world.client, code)["token"]
    with pytest.raises(VerdictVerificationError, match="expired"):
        verify_verdict(token, **expected(world, code, now=NOW + timedelta(minutes=11)))


def test_cf_05_no_setting_may_be_the_signing_key_too(world: World) -> None:
    stored = json.loads(world.settings.signing_key_file.read_text("utf-8"))["keys"][0]["d"]
    with pytest.raises(ConfigurationError, match="another setting's secret"):
        make_deps(replace(world.settings, secret_token=Secret(stored)))


def test_cf_05_an_open_key_file_stops_the_application(world: World, tmp_path: Path) -> None:
    world.settings.signing_key_file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="other accounts"):
        create_app(world.settings)
