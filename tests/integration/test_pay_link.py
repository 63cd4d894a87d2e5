"""The pay link in trouble: people read a page and can go on; payment needs no database."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, func, select

from tests.integration.test_limits import limited
from tests.support.app_fixture import PUBLIC, SHOP, FakeStepPay, World
from tests.support.database_failures import TROUBLES, Trouble
from tests.support.merchant import MORE, bind
from widget_server.adapters.store.tables import checkouts, expectations, jobs, orders
from widget_server.config import RateLimit

BACK, AGAIN = ("쇼핑몰로 돌아가기", "Back to the shop"), ("다시 시도", "Try again")
NO_CODES = [
    *(
        "183682",
        "abc",
        "x" * 65,
        "order_abcd.",
        "order_abcd).",
        "%EA%B2%B0%EC%A0%9C",
        "order_a%2Fx",
        "order_a/",
        "a/b/c",
    ),
    *("", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%22onerror=alert(1)", "order_a%0d%0aX:y"),
]


def is_for_people(page: Any, lang: str) -> bool:
    number = ("ko", "en").index(lang)
    return (
        page.mimetype == "text/html"
        and f'<html lang="{lang}">' in page.text
        and BACK[number] in page.text
        and AGAIN[number] in page.text
        and "default-src 'none'; script-src 'self'" in page.headers["Content-Security-Policy"]
    )


def count(world: World) -> list[int]:
    with world.engine.connect() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in (checkouts, jobs, orders)]


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("code", NO_CODES)
def test_what_is_no_order_code_gets_a_page_for_people(world: World, steppay: FakeStepPay, code: str, lang: str) -> None:
    page = world.client.get(f"/v1/pay/{code}", headers={"Accept-Language": lang, "Referer": f"{SHOP}/x"})
    assert (page.status_code, is_for_people(page, lang)) == (404, True), page.text
    assert f'href="{SHOP}/x"' in page.text
    assert not re.search(r"alert\(1\)|onerror=|결제\.|X:y", page.text + str(page.headers))
    assert "Location" not in page.headers
    assert (count(world), steppay.calls()) == ([0, 0, 0], [])


def test_without_any_code_too(world: World) -> None:
    assert is_for_people(world.client.get("/v1/pay"), "ko")


@pytest.mark.parametrize("mark", [".", ",", ")", "。", ").", "”"])
def test_a_full_stop_of_the_sentence_is_taken_off_by_trying_again(world: World, mark: str) -> None:
    page = world.client.get(f"/v1/pay/order_plain{mark}")
    assert page.status_code == 404
    assert 'href="/v1/pay/order_plain"' in page.text


def test_other_unknown_addresses_stay_problems(world: World) -> None:
    for path in ("/v1/payment", "/v1/pays/x", "/nothing"):
        answer = world.client.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_too_many_questions_are_answered_by_a_page(world: World, lang: str) -> None:
    client = limited(world, limit=RateLimit(1, 3600))
    pages = [client.get("/v1/pay/order_abcd", headers={"Accept-Language": lang}) for _ in range(3)]
    assert (pages[-1].status_code, is_for_people(pages[-1], lang)) == (429, True)
    assert int(pages[-1].headers["Retry-After"]) > 0


@pytest.mark.stores
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
@pytest.mark.parametrize("kind", ["world", "keyed"])
def test_while_the_database_is_away_the_link_leads_on_to_steppay(
    request: pytest.FixtureRequest, steppay: FakeStepPay, trouble: Trouble, kind: str
) -> None:
    shop: World = request.getfixturevalue(kind)  # one of them: both would share a database
    with trouble(shop):
        answer = shop.client.get("/v1/pay/order_abcd")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{steppay.url}/api/public/orders/order_abcd/pay?")
    way = parse_qs(urlsplit(answer.headers["Location"]).query)["cancelUrl"][0]
    assert re.match(rf"{PUBLIC}/v1/return/.{{22}}\?steppay_return=cancel\.order_abcd\.", way)


def test_a_head_request_opens_nothing_and_asks_nothing(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    for _ in range(2):
        answer = world.client.head(f"/v1/pay/{code}")
        assert answer.status_code == 302
    assert (count(world), steppay.calls()) == ([0, 0, 0], [])
    assert world.client.head("/v1/pay/183682").status_code == 404


def test_paid_but_not_what_was_bound_while_steppay_is_away_is_neither_opened_nor_reported_as_paid(
    keyed: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    keyed.client.post("/v1/verify", json={"orderCode": code})
    with keyed.engine.begin() as connection:
        connection.execute(delete(expectations))
    assert bind(keyed, code, MORE).status_code == 201
    steppay.order(503, None, code)
    page = keyed.client.get(f"/v1/pay/{code}")
    assert (page.status_code, 'data-kind="mismatch"' in page.text) == (200, True)
    told = keyed.client.post("/v1/checkouts", json={"orderCode": code, "mode": "tab"}).json["verdict"]
    assert (told["reason"], told["fulfill"], told["final"], told["retryAfter"]) == ("amount_mismatch", False, False, 60)
