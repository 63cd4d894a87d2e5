"""The application with metrics and traces, and readers of what it tells, for tests."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from tests.support.app_fixture import METRICS_KEY, World, client_without_a_pause
from tests.support.openapi_conformance import watch
from widget_server import __version__
from widget_server.adapters.metrics.exposition import Exposition
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.store.backlog import read_backlog
from widget_server.app import create_app
from widget_server.config import Secret
from widget_server.domain.job import ALERT, ASK, CHECK, DELIVERY, ORDER_NUMBER, SUBSCRIPTION, WEBHOOK
from widget_server.parts import ALL_METRICS
from widget_server.services.metrics import Histogram
from widget_server.services.ports import Tracer
from widget_server.web.deps import Deps

BEARER = {"Authorization": f"Bearer {METRICS_KEY}"}
ALLOWED = {
    *(
        f"{label}={word}"
        for metric in ALL_METRICS
        for row in metric.all_rows
        for label, word in zip(metric.labels, row, strict=True)
    ),
    *(f"le={bound}" for metric in ALL_METRICS if isinstance(metric, Histogram) for bound in (*metric.bounds, "+Inf")),
    *(f"kind={kind}" for kind in (ALERT, ASK, CHECK, WEBHOOK, ORDER_NUMBER, SUBSCRIPTION, DELIVERY)),
    *(f"version={__version__}", f"python={sys.version_info.major}.{sys.version_info.minor}"),
}
"""Every label and value that a scrape may hold, whatever happened."""
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def counted_deps(world: World, folder: Path | None = None, tracer: Tracer | None = None, **changes: Any) -> Deps:
    """The world's collaborators, counted as `app.make_deps` does it."""
    metrics = MultiProcessMetrics(ALL_METRICS, folder)
    settings = replace(world.settings, metrics_key=Secret(METRICS_KEY))
    client = client_without_a_pause(settings, world.transport)
    given: dict[str, Any] = {
        "settings": settings,
        "steppay": with_resilience(client, metrics, tracer),
        "metrics": metrics,
        "scrape": Exposition(metrics, partial(read_backlog, world.engine), world.clock).text,
        "tracer": tracer,
    }
    return replace(world.deps, **given | changes)


def client_of(world: World, deps: Deps) -> FlaskClient:
    app = create_app(deps.settings, deps)
    watch(app, world.undescribed)
    return app.test_client()


def scrape(client: FlaskClient) -> str:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    return answer.text


def samples(text: str) -> Samples:
    """Every sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels, and perhaps more."""
    return sum(number for (found, has), number in samples(text).items() if found == name and has >= set(labels.items()))


def names(text: str) -> Mapping[str, set[str]]:
    """Every sample's name and the values of its labels as `label=value`."""
    found: dict[str, set[str]] = {}
    for name, labels in samples(text):
        found.setdefault(name, set()).update(f"{label}={told}" for label, told in labels)
    return found
