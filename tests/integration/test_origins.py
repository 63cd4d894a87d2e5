"""Pages of the shop may ask; no other page gets an answer, and no cache can mix the two."""

from __future__ import annotations

import pytest

from tests.support.app_fixture import PUBLIC, SHOP, FakeStepPay, World

GUARDED = ["/v1/verify", "/v1/checkouts"]
FOREIGN = [
    "https://shop.test.attacker.tld",
    "https://evil-shop.test.attacker.tld",
    "https://evilshop.test",
    "https://shop.test@attacker.tld",
    "https://attacker.tld/shop.test",
    "https://shop.test:8443",
    "https://SHOP.test",
    "https://shop.test/",
    "http://shop.test",
    "https://sub.shop.test",
    "null",
    "",
    "*",
    f"{SHOP}, {SHOP}",
    f"{SHOP} https://evil.tld",
]


@pytest.mark.parametrize("origin", [SHOP, "https://www.shop.test", PUBLIC])
@pytest.mark.parametrize("order", ["paid", "missing", "broken"])
def test_CO_01_the_shops_pages_get_answers_and_errors_alike(
    world: World, steppay: FakeStepPay, origin: str, order: str
) -> None:
    code = {"paid": steppay.paid, "missing": lambda: "order_missing", "broken": lambda: "x"}[order]()
    answer = world.client.post("/v1/verify", json={"orderCode": code}, headers={"Origin": origin})
    assert answer.status_code == {"paid": 200, "missing": 404, "broken": 422}[order]
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin]
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("origin", FOREIGN)
def test_CO_02_a_foreign_page_gets_nothing(
    world: World, steppay: FakeStepPay, path: str, method: str, origin: str
) -> None:
    code = steppay.paid()
    steppay.forget_calls()
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = world.client.open(path, method=method, json={"orderCode": code, "mode": "tab"}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert len(origin) < 2 or origin not in answer.text + str(answer.headers)
    assert steppay.calls() == []
    assert world.rows() == 0


def test_CO_02_two_origin_headers_are_refused(world: World) -> None:
    headers = [("Origin", SHOP), ("Origin", SHOP)]
    assert world.client.post("/v1/verify", json={"orderCode": "order_a"}, headers=headers).status_code == 403


def test_a_caller_that_is_no_page_needs_no_origin(world: World, steppay: FakeStepPay) -> None:
    answer = world.client.post("/v1/verify", json={"orderCode": steppay.paid()})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", [*GUARDED, "/v1/checkouts/" + "A" * 22])
def test_CO_05_a_preflight_of_the_shop_is_answered_without_work(world: World, steppay: FakeStepPay, path: str) -> None:
    headers = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = world.client.options(path, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"].lower() == "content-type"
    assert int(answer.headers["Access-Control-Max-Age"]) <= 600
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert steppay.calls() == []


@pytest.mark.parametrize(
    ("method", "header"), [("DELETE", "content-type"), ("POST", "x-evil"), ("POST", "secret-token")]
)
def test_CO_05_a_preflight_that_asks_for_more_does_not_get_it(world: World, method: str, header: str) -> None:
    headers = {
        "Origin": SHOP,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": header,
    }
    answer = world.client.options("/v1/verify", headers=headers)
    assert "DELETE" not in answer.headers.get("Access-Control-Allow-Methods", "")
    assert answer.headers.get("Access-Control-Allow-Headers", "").lower() in ("", "content-type")


@pytest.mark.parametrize("origin", [None, "https://evil.test"])
def test_a_bug_on_a_guarded_route_names_no_page(world: World, origin: str | None) -> None:
    def breaks() -> str:
        raise RuntimeError("broken")

    answer = world.with_deps(new_checkout_id=breaks).post(
        "/v1/checkouts", json={"orderCode": "order_a", "mode": "tab"}, headers={"Origin": origin} if origin else {}
    )
    assert answer.status_code == (403 if origin else 500)
    assert not [name for name, _value in answer.headers if name.startswith("Access-Control-")]
