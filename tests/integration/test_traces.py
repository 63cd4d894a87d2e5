"""Traces tell how long and how it ended; never what was asked, or of whom."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.attacks import canaries
from tests.attacks.test_leaks import Breaks
from tests.support.app_fixture import SHOP, FakeStepPay, World
from tests.support.metrics_helpers import client_of, counted_deps
from tests.vectors import ONE_OF_EACH
from tools.wsgi_server import serving
from widget_server.adapters.tracing import check_extra, otlp_traces, traced_work
from widget_server.adapters.tracing.open_telemetry import OpenTelemetry
from widget_server.domain.job import CHECK, Job
from widget_server.errors import ConfigurationError

FACTS = {"http.request.method", "http.route", "http.response.status_code", "widget.request_id", "error.type"}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    exporter.shutdown()


@pytest.fixture
def traces(spans: InMemorySpanExporter) -> OpenTelemetry:
    return OpenTelemetry(SimpleSpanProcessor(spans))


def test_a_request_holds_its_calls_of_steppay(
    world: World, traces: OpenTelemetry, spans: InMemorySpanExporter, steppay: FakeStepPay
) -> None:
    client = client_of(world, counted_deps(world, tracer=traces))
    answer = client.post("/v1/verify", json={"orderCode": steppay.paid()}, headers={"Origin": SHOP})
    order, receipt, asked = spans.get_finished_spans()
    assert [span.name for span in (order, receipt, asked)] == ["steppay order", "steppay receipt", "POST /v1/verify"]
    assert asked.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/verify",
        "http.response.status_code": 200,
        "widget.request_id": answer.headers["X-Request-Id"],
    }
    assert order.parent
    assert receipt.parent
    assert {order.parent.span_id, receipt.parent.span_id} == {asked.context.span_id}
    assert asked.parent is None
    spans.clear()
    client.post("/v1/verify", json={"orderCode": steppay.order(500)})
    assert spans.get_finished_spans()[0].attributes == {"error.type": "upstream_unavailable"}


def test_a_visitor_cannot_choose_a_trace(world: World, traces: OpenTelemetry, spans: InMemorySpanExporter) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    client_of(world, counted_deps(world, tracer=traces)).get(
        "/healthz", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01", "baggage": "a=canary-personal"}
    )
    (span,) = spans.get_finished_spans()
    assert f"{span.context.trace_id:032x}" != trace
    assert span.parent is None


def whole(span: ReadableSpan) -> str:
    return f"{span.to_json()} {span.attributes} {span.events} {span.status.description}"


def test_LK_01_LK_02_no_span_holds_anything_of_an_order_a_secret_or_a_request(
    world: World, traces: OpenTelemetry, spans: InMemorySpanExporter, steppay: FakeStepPay
) -> None:
    deps = counted_deps(world, tracer=traces)
    client = client_of(world, deps)
    for number, vector in enumerate(ONE_OF_EACH):
        order = canaries.marked(vector["order"], canaries.ORDER | {"idKey": f"{canaries.ID_KEY}{number}"})
        code = steppay.order(order, canaries.marked(vector["receipt"], canaries.RECEIPT))
        client.post("/v1/verify", json={"orderCode": code, **vector["claim"]})
    path = f"/v1/return/{world.create_checkout('order_canary')}?status={canaries.PERSONAL}"
    client.get(path, headers={"User-Agent": canaries.PERSONAL, "Cookie": canaries.PERSONAL})
    client.open(f"/{canaries.PERSONAL}", method="CANARY-PERSONAL")
    broken = client_of(world, counted_deps(world, tracer=traces, rules=Breaks(), clock=Breaks()))
    assert broken.get("/v1/pages?path=/").status_code == 500
    told = " ".join(map(whole, spans.get_finished_spans()))
    assert canaries.found_in(told) == []
    assert "order_test" not in told
    assert "order_canary" not in told
    assert all(set(span.attributes or {}) <= FACTS and not span.events for span in spans.get_finished_spans())
    assert len(spans.get_finished_spans()) > 2 * len(ONE_OF_EACH)


def test_a_job_is_named_by_its_kind_alone(world: World, traces: OpenTelemetry, spans: InMemorySpanExporter) -> None:
    def breaks(_job: Job) -> None:
        raise RuntimeError(canaries.PERSONAL)

    with pytest.raises(RuntimeError):
        traced_work(breaks, traces)(Job(CHECK, "order_canary", world.clock.now))
    (span,) = spans.get_finished_spans()
    assert (span.name, span.attributes, span.events) == ("job check", {}, ())


def test_spans_reach_a_collector() -> None:
    received: list[Any] = []
    collector = Flask("collector")

    @collector.post("/v1/traces")
    def take() -> Response:
        received.append(ExportTraceServiceRequest.FromString(request.get_data()))
        return Response(b"", content_type="application/x-protobuf")

    with serving(collector) as url:
        traces = otlp_traces(f"{url}/v1/traces")
        assert isinstance(traces, OpenTelemetry)
        with traces.span("GET /healthz") as tell:
            tell("http.route", "/healthz")
        traces.close()
    (sent,) = received
    resource = {pair.key: pair.value.string_value for pair in sent.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "steppay-widget-server"
    assert sent.resource_spans[0].scope_spans[0].spans[0].name == "GET /healthz"


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "widget_server.adapters.tracing.open_telemetry", None)
    with pytest.raises(ConfigurationError, match=r"WIDGET_TRACES_URL: needs pip install"):
        check_extra()
    with pytest.raises(ConfigurationError):
        otlp_traces("http://127.0.0.1:1/v1/traces")
