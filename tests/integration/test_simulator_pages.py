"""The pay link, the pay page and the control API."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.support import app_fixture
from widget_server.demo.simulator.scenarios import SCENARIOS

TOKEN = {"Secret-Token": app_fixture.TOKEN}
CODE = "order_Sample001"
TAIL = f"order_id=7&order_code={CODE}&status=success"


@pytest.fixture
def client() -> FlaskClient:
    """A simulator that knows one unpaid order, number 7."""
    client = app_fixture.simulator("http://pay.localhost:8300", pay_page_headers={"X-Test": "yes"}).test_client()
    client.put(f"/simulator/orders/{CODE}/answer", json={"order": {"orderId": 7}})
    return client


def set_answer(client: FlaskClient, body: Any, code: str = CODE) -> int:
    return client.put(f"/simulator/orders/{code}/answer", json=body).status_code


@pytest.mark.parametrize(
    ("url", "landing"),
    [
        ("http://a.localhost/ok", f"http://a.localhost/ok?{TAIL}"),
        ("http://a.localhost/ok?x=1", f"http://a.localhost/ok?x=1&{TAIL}"),
        ("http://a.localhost/ok#done", f"http://a.localhost/ok?{TAIL}#done"),
        ("https://a.localhost/ok?x=1#a?b", f"https://a.localhost/ok?x=1&{TAIL}#a?b"),
    ],
)
def test_return_parameters_are_added_to_the_query_before_the_fragment(
    client: FlaskClient, url: str, landing: str
) -> None:
    answer = client.post(f"/pay/{CODE}", data={"scenario": "forged", "successUrl": url})
    assert answer.headers["Location"] == landing


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//a.localhost/", "data:,x", "http://", "http://a/\r\nX: y"])
def test_only_http_return_urls_are_accepted(client: FlaskClient, url: str) -> None:
    query = {"successUrl": url}
    assert client.get(f"/api/public/orders/{CODE}/pay", query_string=query).status_code == 400
    assert client.get(f"/pay/{CODE}", query_string=query).status_code == 400
    assert client.post(f"/pay/{CODE}", data=query | {"scenario": "paid"}).status_code == 400


@pytest.mark.parametrize(
    ("lang", "there", "missing"),
    [
        ("ko", ["결제하기", "결제 금액"], ["Amount"]),
        ("en", ["Amount", "₩"], ["결제"]),
        ("xx", ["결제하기", "결제 금액"], ["Amount"]),
    ],
)
def test_the_pay_page_is_in_the_language_of_its_link_else_of_the_browser(
    client: FlaskClient, lang: str, there: list[str], missing: list[str]
) -> None:
    link = client.get(f"/api/public/orders/{CODE}/pay?lang={lang}")
    page = client.get(link.headers["Location"])
    done = client.post(f"/pay/{CODE}", data={"scenario": "paid", "lang": lang})
    assert (link.status_code, page.status_code, done.status_code) == (302, 200, 200)
    assert [word for word in there if word not in page.text] == []
    assert [word for word in missing if word in page.text + done.text] == []
    assert f'<html lang="{"en" if lang == "en" else "ko"}">' in page.text
    assert ('name="lang"' in page.text) == (lang != "xx")
    english = client.get(link.headers["Location"], headers={"Accept-Language": "en-US,en;q=0.9"})
    assert ("already paid" in english.text) == (lang != "ko")


@pytest.mark.parametrize("path", ["/api/public/orders/{}/pay", "/api/v1/orders/{}/pay"])
def test_the_pay_link_leads_to_the_pay_page_with_its_return_urls(client: FlaskClient, path: str) -> None:
    given = {"successUrl": "http://a.localhost/?x=1&y=2", "cancelUrl": "http://a.localhost/#c", "coop": "1"}
    answer = client.get(f"{path.format(CODE)}?{urlencode(given)}", headers=TOKEN)
    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.netloc, target.path) == (302, "pay.localhost:8300", f"/pay/{CODE}")
    assert parse_qs(target.query) == {name: [value] for name, value in given.items()}


def test_the_pay_page_offers_every_scenario_as_a_plain_button(client: FlaskClient) -> None:
    page = client.get(f"/pay/{CODE}?successUrl=http://a.localhost/%3Fq%3D%22%3E").text
    for name in SCENARIOS:
        assert f'name="scenario" value="{name}" data-scenario="{name}"' in page
    assert "모의 결제 · 실제 결제가 아닙니다" in page
    assert 'name="successUrl" value="http://a.localhost/?q=&#34;&gt;"' in page
    assert "<script" not in page
    assert "style=" not in page


def test_the_pay_page_may_be_framed_and_runs_nothing(client: FlaskClient) -> None:
    headers = client.get(f"/pay/{CODE}").headers
    assert headers["Content-Security-Policy"] == ("default-src 'none'; style-src 'self'; img-src 'self'; form-action *")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Test"] == "yes"
    assert "X-Frame-Options" not in headers
    assert "Cross-Origin-Opener-Policy" not in headers


def test_coop_is_kept_from_the_page_over_the_form(client: FlaskClient) -> None:
    page = client.get(f"/pay/{CODE}?coop=1")
    assert 'name="coop" value="1"' in page.text
    after = client.post(f"/pay/{CODE}", data={"scenario": "paid", "coop": "1"})
    for answer in (page, after):
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("scenario", "words"), [("paid", "끝났습니다"), ("declined", "못했습니다"), ("canceled", "취소되었습니다")]
)
def test_without_a_return_url_the_simulator_shows_its_own_result(
    client: FlaskClient, scenario: str, words: str
) -> None:
    answer = client.post(f"/pay/{CODE}", data={"scenario": scenario})
    assert answer.status_code == 200
    assert words in answer.text


def test_an_unknown_order_or_scenario_changes_nothing(client: FlaskClient) -> None:
    assert client.get("/pay/order_missing00").status_code == 404
    assert client.get("/pay/7").status_code == 404
    assert client.post(f"/pay/{CODE}", data={"scenario": "free"}).status_code == 409
    assert client.get(f"/api/v1/orders/{CODE}", headers=TOKEN).get_json()["paymentDate"] is None


@pytest.mark.parametrize(
    ("canned", "status"),
    [(404, 404), ("error", 500), (429, 429), ({"raw": "<html>", "contentType": "text/html"}, 200)],
)
def test_a_canned_answer_replaces_the_models_own_until_it_is_cleared(
    client: FlaskClient, canned: Any, status: int
) -> None:
    id_key = client.get(f"/api/v1/orders/{CODE}", headers=TOKEN).get_json()["idKey"]
    paths = [f"/api/v1/orders/{CODE}", f"/api/payment/receipt/{id_key}"]
    set_answer(client, {"order": canned, "receipt": canned})
    answers = [client.get(path, headers=TOKEN) for path in paths * 2]
    assert {answer.status_code for answer in answers} == {status}
    assert isinstance(canned, dict) is (answers[0].text == "<html>")
    set_answer(client, {})
    assert {client.get(path, headers=TOKEN).status_code for path in paths} == {200}


def test_a_vector_is_merged_into_the_order_and_served_as_the_receipt(client: FlaskClient) -> None:
    code = "order_Vector001"
    order = {"orderId": 8, "type": "ONE_TIME", "paymentDate": None, "paidAmount": 10_000, "idKey": "k" * 30}
    receipt = {"paymentStatus": "FAILED", "paymentDate": None}
    assert set_answer(client, {"order": order, "receipt": receipt}, code) == 200
    read = client.get(f"/api/v1/orders/{code}", headers=TOKEN).get_json()
    assert order.items() <= read.items()
    assert (read["id"], read["code"]) == (8, code)
    served = client.get(f"/api/payment/receipt/{'k' * 30}", headers=TOKEN).get_json()
    assert served == receipt | {"idKey": "k" * 30}


@pytest.mark.parametrize("canned", ["sometimes", 200, True, [], 1.5])
def test_a_canned_answer_that_means_nothing_is_refused(client: FlaskClient, canned: Any) -> None:
    assert set_answer(client, {"receipt": canned}) == 400


def test_the_call_log_lists_api_calls_only_until_it_is_cleared(client: FlaskClient) -> None:
    client.get(f"/api/v1/orders/{CODE}", headers=TOKEN)
    client.get("/api/v1/orders/order_missing00")
    client.get(f"/pay/{CODE}")
    assert client.get("/simulator/calls").get_json() == [
        {"method": "GET", "path": f"/api/v1/orders/{CODE}", "status": 200},
        {"method": "GET", "path": "/api/v1/orders/order_missing00", "status": 403},
    ]
    assert client.delete("/simulator/calls").status_code == 204
    assert client.get("/simulator/calls").get_json() == []
    assert client.get("/healthz").get_json() == {"status": "ok"}


@pytest.mark.parametrize(("amount", "status"), [(None, "CANCELED"), (5_000, "PARTIAL_CANCELED")])
def test_a_refund_by_control_is_whole_or_partial(client: FlaskClient, amount: int | None, status: str) -> None:
    path = f"/simulator/orders/{CODE}/refund"
    body = {} if amount is None else {"amount": amount}
    assert client.post(path, json=body).status_code == 409
    client.post(f"/simulator/orders/{CODE}/scenario", json={"scenario": "paid"})
    assert client.post(path, json=body).get_json()["paymentStatus"] == status


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/public/orders/order_nope/pay", 404), (f"/api/public/orders/{CODE}/pay?successUrl=x:", 400), ("/x", 404)],
)
def test_a_person_with_a_wrong_link_reads_a_page_and_a_program_json(
    client: FlaskClient, path: str, status: int
) -> None:
    page = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.status_code, page.mimetype, "모의 결제" in page.text) == (status, "text/html", True)
    for accepted in ("*/*", "application/json, text/html;q=0.5", ""):
        program = client.get(path, headers={"Accept": accepted})
        assert (program.status_code, program.mimetype) == (status, "application/json")


def test_the_portal_has_the_newest_order_first_and_finds_the_others(client: FlaskClient) -> None:
    other = "order_Sample002"
    client.put(f"/simulator/orders/{other}/answer", json={})
    for code, scenario in ((CODE, "declined"), (other, "paid")):
        client.post(f"/simulator/orders/{code}/scenario", json={"scenario": scenario})

    def listed(query: str) -> list[str]:
        page = client.get(f"/portal?lang=en{query}").text
        assert not re.search("[가-힣]", page.partition("<h2")[2].partition("</section>")[0])
        return re.findall(r'<tr id="o-([^"]+)"( class="new")?>', page)

    assert listed("") == [(other, ' class="new"'), (CODE, "")]
    assert listed("&find=SAMPLE001") == listed("&show=FAILED") == [(CODE, "")]
    assert listed("&find=sample&show=COMPLETE") == [(other, ' class="new"')]
    assert listed("&find=tea") == listed("&show=nonsense") == []
    refunded = client.post(f"/portal/{other}/refund?lang=en").headers["Location"]
    assert refunded == f"/portal?lang=en#o-{other}"


def test_the_result_page_has_the_return_pages_icons(client: FlaskClient) -> None:
    style = client.get("/static/css/simulator.css").text
    used = set(re.findall(r"img/status-\w+\.svg", style))
    assert used == {f"img/status-{name}.svg" for name in ("check", "cross", "minus", "question")}
    assert {client.get(f"/static/{file}").status_code for file in used} == {200}
    pages = {CODE: "check", "order_missing00": "question"}
    client.post(f"/simulator/orders/{CODE}/scenario", json={"scenario": "paid"})
    for code, icon in pages.items():
        assert f'data-icon="{icon}"' in client.get(f"/pay/{code}").text


def test_the_portal_moves_time_and_changes_subscriptions(client: FlaskClient) -> None:
    made = client.post("/simulator/orders", json={"outcome": "subscription"}).get_json()["orderCode"]
    number = client.get(f"/api/v1/orders/{made}", headers=TOKEN).get_json()["subscriptions"][0]["id"]

    def status(*steps: str) -> str:
        answers = [client.post(f"/portal/{step}?lang=ko").status_code for step in steps]
        assert answers == [303] * len(steps)
        read = client.get(f"/api/v1/subscriptions/{number}", headers=TOKEN).get_json()["status"]
        assert f"구독 {number}" in client.get("/portal").text
        return str(read)

    mine = f"subscriptions/{number}"
    assert status(f"{mine}/decline", "time/payment") == "UNPAID"
    assert "카드 거절" in client.get("/portal").text
    card = client.post(f"/portal/{mine}/card?lang=en").headers["Location"]
    assert client.post(card, data={"scenario": "paid"}).status_code == 200
    assert status("time/day") == "ACTIVE"
    assert status(f"{mine}/pause", "time/month") == "PAUSE"
    assert status(f"{mine}/activate", f"{mine}/cancel") == "PENDING_CANCEL"
    assert status("time/month", "time/month") == "CANCELED"
    refused = [
        client.post(f"/portal/{path}").status_code for path in (f"{mine}/renew", f"{mine}/card", f"{made}/renew")
    ]
    assert refused == [409] * 3
    assert "sample@example.com" in client.get("/portal?lang=en").text
