"""`GET /metrics`: who may ask, what it tells, and that it tells nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.attacks import canaries
from tests.integration.test_access import WRONG
from tests.support.app_fixture import METRICS_KEY, NOW, SHOP, FakeStepPay, World
from tests.support.job_helpers import V1_PATH, FakeMerchant, event_body, send, signed, tools
from tests.support.metrics_helpers import ALLOWED, BEARER, client_of, counted_deps, names, scrape, value
from tests.vectors import ONE_OF_EACH
from widget_server.adapters.steppay.breaker import FAILURES_TO_OPEN
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.config import RateLimit
from widget_server.domain.delivery import DeliveryResponse
from widget_server.parts import make_deps
from widget_server.services.job_handlers import handle_job
from widget_server.services.upstream_stats import Snapshot
from widget_server.web.deps import Deps

CODE = "order_15XqwcM1f"
VERIFY = "/v1/verify"


@pytest.fixture
def deps(world: World) -> Deps:
    return counted_deps(world)


@pytest.fixture
def client(world: World, deps: Deps) -> FlaskClient:
    return client_of(world, deps)


@pytest.mark.parametrize("authorization", [word for name, word in WRONG.items() if name != "long"] + [None])
def test_metrics_need_the_key(client: FlaskClient, authorization: str | None) -> None:
    word = authorization and authorization.replace("canary-K3y-9d2c7b1a6f5e4830b7c6d5e4f3a2", METRICS_KEY[:-1])
    answer = client.get("/metrics", headers={"Authorization": word} if word else {})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert "widget_" not in answer.text


@pytest.mark.parametrize(
    "sent", [*({"Origin": origin} for origin in (SHOP, "null", "")), {"Sec-Fetch-Site": "same-origin"}], ids=str
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_co_06_no_page_ever_reads_metrics(client: FlaskClient, sent: dict[str, str], method: str) -> None:
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    answer = client.open("/metrics", method=method, headers={**BEARER, **asks, **sent})
    assert (answer.status_code, answer.json["code"]) == (403, "browser_not_allowed")
    assert not any(name.startswith("Access-Control-") for name, _ in answer.headers.to_wsgi_list())


def test_without_a_key_there_are_no_metrics_and_nothing_is_counted(world: World) -> None:
    answer = world.client.get("/metrics", headers=BEARER)
    assert (answer.status_code, answer.json["code"]) == (404, "metrics_disabled")
    nobody_asks = replace(world.settings, admin_key=None, admin_origin=None)
    assert make_deps(nobody_asks).metrics.snapshot() is None


def test_a_verdict_is_counted_with_its_reason_and_cause(
    world: World, deps: Deps, client: FlaskClient, steppay: FakeStepPay
) -> None:
    client.post(VERIFY, json={"orderCode": steppay.paid()})
    client.post(VERIFY, json={"orderCode": steppay.unpaid(), "status": "error"})
    client.post(VERIFY, json={"orderCode": steppay.paid(), "orderId": 7})
    client.post(VERIFY, json={"orderCode": "order_nobody"})
    client.get(f"/v1/return/{world.create_checkout(steppay.paid())}")
    text = scrape(client)
    for kind, reason, cause in (
        *(("paid", "payment_complete", "verify"), ("failed", "not_paid_after_error", "verify")),
        *(("mismatch", "order_id_mismatch", "verify"), ("unknown", "order_not_found", "verify")),
        ("paid", "payment_complete", "return"),
    ):
        assert value(text, "widget_verdicts_total", kind=kind, reason=reason, cause=cause) == 1, reason
    assert value(text, "widget_verdicts_total") == 5
    assert value(text, "widget_upstream_seconds_count", call="order") == 5
    assert value(text, "widget_upstream_seconds_count", call="receipt") == 3
    assert value(text, "widget_upstream_in_flight") == value(text, "widget_upstream_queued") == 0
    assert value(text, "widget_http_requests_total", route=VERIFY, status="2xx") == 3
    assert value(text, "widget_http_request_seconds_count", route=VERIFY) == 4
    assert value(text, "widget_http_problems_total", code="order_not_found") == 1
    seen = deps.metrics.snapshot()
    assert isinstance(seen, Snapshot)
    assert (seen.calls, seen.failed, seen.breaker) == (8, 0, "closed")


def test_an_outage_shows_as_errors_and_as_an_open_breaker(client: FlaskClient, steppay: FakeStepPay) -> None:
    assert value(scrape(client), "widget_breaker_processes", state="closed") == 1
    for _ in range(FAILURES_TO_OPEN + 1):
        client.post(VERIFY, json={"orderCode": steppay.order({"raw": "down", "status": 500})})
    text = scrape(client)
    assert value(text, "widget_breaker_processes", state="open") == 1
    assert value(text, "widget_breaker_processes", state="closed") == 0
    assert value(text, "widget_upstream_errors_total", call="order", error="upstream_unavailable") == FAILURES_TO_OPEN
    assert value(text, "widget_verdicts_total", kind="unknown") == FAILURES_TO_OPEN + 1


def test_a_refused_token_has_its_own_error(client: FlaskClient, steppay: FakeStepPay) -> None:
    client.post(VERIFY, json={"orderCode": steppay.order(401)})
    assert value(scrape(client), "widget_upstream_errors_total", error="upstream_auth") == 1


def test_what_is_refused_is_counted_by_budget_outcome_and_code(world: World, deps: Deps) -> None:
    limited = replace(deps.settings, rate_limit=RateLimit(1, 3600), webhook_v1=True)
    client = client_of(world, replace(deps, settings=limited))
    for _ in range(3):
        client.post("/v1/checkouts", json={"orderCode": CODE, "mode": "tab"})
    raw = event_body(CODE)
    for header in (signed(raw), signed(raw), "canary", signed(raw, NOW - timedelta(hours=1))):
        client.post("/v1/webhooks/steppay", data=raw, headers={"Steppay-Signature": header})
    client.post(V1_PATH, data=b'{"orderId": 1}')
    text = scrape(client)
    assert value(text, "widget_rate_limited_total", budget="open") == 2
    assert value(text, "widget_rate_limited_total") == 2
    for outcome in ("stored", "known", "invalid_signature", "signature_expired"):
        assert value(text, "widget_webhooks_total", kind="signed", outcome=outcome) == 1, outcome
    assert value(text, "widget_webhooks_total", kind="unsigned", outcome="stored") == 1
    assert value(text, "widget_http_problems_total", code="rate_limited") == 2


def test_what_waits_is_read_from_the_database(world: World, client: FlaskClient, steppay: FakeStepPay) -> None:
    world.create_checkout(steppay.unpaid())
    paid = steppay.paid()
    send(world, event_body(paid))
    world.clock.pass_by(timedelta(seconds=30))
    text = scrape(client)
    assert value(text, "widget_checkouts_open") == 1
    assert value(text, "widget_jobs", kind="webhook") == value(text, "widget_jobs", kind="check") == 1
    assert value(text, "widget_jobs_oldest_due_seconds") == 30
    assert value(text, "widget_database_up") == 1


@pytest.mark.parametrize(
    ("answer", "result", "told"),
    [
        (DeliveryResponse("answered", 204), "delivered", "2xx"),
        (DeliveryResponse("answered", 500), "retry", "5xx"),
        (DeliveryResponse("timeout"), "retry", "timeout"),
    ],
)
def test_the_workers_verdicts_and_deliveries_are_counted(
    world: World,
    deps: Deps,
    client: FlaskClient,
    steppay: FakeStepPay,
    answer: DeliveryResponse,
    result: str,
    told: str,
) -> None:
    send(world, event_body(steppay.paid()))
    work_counted(world, deps, FakeMerchant(lambda _number: answer))
    world.clock.pass_by(timedelta(seconds=1))
    text = scrape(client)
    assert value(text, "widget_verdicts_total", kind="paid", cause="webhook") == 1
    assert value(text, "widget_webhook_attempts_total", result=result, response=told) == 1
    assert value(text, "widget_webhook_attempts_total") == 1
    assert value(text, "widget_deliveries_waiting") == (result == "retry")
    assert (value(text, "widget_deliveries_oldest_seconds") > 0) == (result == "retry")


def work_counted(world: World, deps: Deps, merchant: Any) -> None:
    leases, given = SqlJobs(world.engine), tools(world, merchant)
    given = replace(given, metrics=deps.metrics)
    while found := leases.lease("test", world.clock.now, 8):
        for job in found:
            handle_job(job, given)


def test_without_storage_the_scrape_still_answers(world: World, client: FlaskClient) -> None:
    world.break_storage()
    text = scrape(client)
    assert value(text, "widget_database_up") == 0
    assert "widget_jobs" not in text


def test_LK_01_LK_02_LK_05_no_label_holds_anything_of_an_order_a_secret_or_a_request(
    world: World, client: FlaskClient, steppay: FakeStepPay
) -> None:
    """Every series of every answer in the verdict table, and of what visitors send wrongly."""
    for number, vector in enumerate(ONE_OF_EACH):
        order = canaries.marked(vector["order"], canaries.ORDER | {"idKey": f"{canaries.ID_KEY}{number}"})
        code = steppay.order(order, canaries.marked(vector["receipt"], canaries.RECEIPT))
        client.post(VERIFY, json={"orderCode": code, **vector["claim"]})
    for path in (f"/{canaries.PERSONAL}", f"/v1/checkouts/{canaries.PERSONAL}", f"/v1/pay/{canaries.PERSONAL}"):
        client.get(f"{path}?q={canaries.PERSONAL}", headers={"User-Agent": canaries.PERSONAL})
        client.open(path, method="CANARY-PERSONAL")
    client.get(f"/v1/return/{world.create_checkout('order_canary')}?status={canaries.PERSONAL}")
    client.post("/v1/webhooks/steppay", data=canaries.PERSONAL, headers={"Steppay-Signature": canaries.PERSONAL})
    text = scrape(client)
    assert canaries.found_in(text) == []
    assert "order_test" not in text
    assert "order_canary" not in text
    for name, told in names(text).items():
        assert told <= ALLOWED, name
    routes = {word.removeprefix("route=") for word in names(text)["widget_http_requests_total"] if "route=" in word}
    assert routes == {*(rule.rule for rule in world.app.url_map.iter_rules()), "-"}
